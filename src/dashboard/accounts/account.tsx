/** Accounts: who sends events. Their list, their pages, and what is done to them: create, change, token, portal links, removal. */
import type { Account } from "../../accounts/account";
import { listTokens } from "../../accounts/list-tokens";
import { findAccount } from "../../accounts/read-accounts";
import { listDeliveries } from "../../deliveries/reading/read-deliveries";
import type { Destination } from "../../destinations/destination";
import { listDestinations } from "../../destinations/read-destinations";
import { listEvents } from "../../events/read-events";
import { isId } from "../../vocabulary/ids";
import { DeliveryTable } from "../deliveries/list";
import { HealthCell } from "../destinations/health";
import { NoEvents } from "../events/first-event";
import { EventTable } from "../events/list";
import { Ago, At, Copy, Empty, Facts, Foreign, Id, Notice } from "../parts/elements";
import { notFoundPage } from "../parts/not-found";
import { page } from "../parts/page";
import { Pager, viewOf } from "../parts/paging";
import { mayAdminister, mayChange, type PageContext, type Viewer } from "../session/viewer";
import { Suspended, SuspendForm } from "./suspension";
import { Tokens } from "./tokens";

const LATEST = 10;
const DESTINATIONS = 25;

/** One account as operators see it: its destinations, and its latest events and deliveries. */
export function accountPage(c: PageContext) {
  return accountView(c, c.req.param("account_id") ?? "");
}

/** The same account as its tenant sees it: the portal's home. */
export function homePage(c: PageContext) {
  const viewer = c.get("viewer");
  if (viewer.kind !== "tenant") return notFoundPage(c, "page");
  return accountView(c, viewer.accountId);
}

const DONE: Record<string, string> = {
  saved: "Saved.",
  removed: "The destination is removed. Nothing more is sent to it.",
  suspended: "The account is suspended. Its events are refused, and nothing is sent.",
  resumed: "The account goes on. What waited is sent now.",
  token_revoked: "The token is revoked. Whoever sends with it is refused.",
};

async function accountView(c: PageContext, accountId: string) {
  const gateway = c.get("gateway");
  const viewer = c.get("viewer");
  const cursor = isId("dst", c.req.query("cursor") ?? "") ? c.req.query("cursor") : undefined;
  const [account, destinations, events, deliveries, tokens] = await Promise.all([
    findAccount(gateway, accountId),
    listDestinations(gateway, accountId, { cursor, limit: DESTINATIONS }),
    listEvents(gateway, accountId, {}, { cursor: null, limit: LATEST }),
    listDeliveries(gateway, accountId, {}, { cursor: null, limit: LATEST }),
    viewer.kind === "operator" ? listTokens(gateway, accountId) : null,
  ]);
  if (!account || !destinations) return notFoundPage(c, "account");
  const now = gateway.now();
  const add = viewOf(`${viewer.base}/new-destination`, {
    account_id: viewer.kind === "operator" ? accountId : undefined,
  });
  const done = DONE[c.req.query("done") ?? ""];
  const filter = viewer.kind === "operator" ? { account_id: accountId } : {};
  return page(c, {
    of: account.accountName,
    ...(viewer.kind === "operator" && { crumbs: [{ label: "Accounts", href: "/accounts" }, { label: accountId }] }),
    action: (
      <a class="button" href={add}>
        Add a destination
      </a>
    ),
    children: (
      <>
        {done ? <Notice tone="good">{done}</Notice> : null}
        <Suspended viewer={viewer} account={account} />
        <AccountFacts viewer={viewer} account={account} />
        <h2>Destinations</h2>
        {destinations.destinations.length > 0 ? (
          <DestinationTable viewer={viewer} destinations={destinations.destinations} now={now} />
        ) : (
          <Empty>
            No destination yet, so events are stored and sent nowhere.{" "}
            {mayChange(viewer) ? <a href={add}>Add a destination</a> : null}
          </Empty>
        )}
        <Pager
          path={viewer.kind === "operator" ? `/dashboard/accounts/${accountId}` : "/portal"}
          query={{ cursor }}
          next={destinations.nextCursor}
        />
        <h2>Latest events</h2>
        {events.events.length > 0 ? (
          <>
            <EventTable viewer={viewer} events={events.events} now={now} />
            <a href={viewOf(`${viewer.base}/events`, filter)}>All events</a>
          </>
        ) : (
          <NoEvents origin={new URL(c.req.url).origin} />
        )}
        {events.events.length > 0 ? (
          <>
            <h2>Latest deliveries</h2>
            <DeliveryTable viewer={viewer} deliveries={deliveries.deliveries} now={now} />
            <a href={viewOf(`${viewer.base}/deliveries`, filter)}>All deliveries</a>
          </>
        ) : null}
        {tokens ? (
          <Tokens
            path={`/dashboard/accounts/${accountId}`}
            tokens={tokens}
            now={now}
            revocable={viewer.kind === "operator" && mayChange(viewer)}
          />
        ) : null}
      </>
    ),
  });
}

function AccountFacts({ viewer, account }: { viewer: Viewer; account: Account }) {
  const path = `${viewer.base}/accounts/${account.accountId}`;
  return (
    <>
      <Facts
        facts={[
          [
            "Account",
            <>
              <Id of={account.accountId} /> <Copy text={account.accountId} label="the account's id" />
            </>,
          ],
          ["E-mail", <Foreign text={account.email} />],
          ["Website", account.website === null ? "–" : <Website url={account.website} />],
          ["Headers passed on", account.forwardHeaders.join(", ") || "–"],
          ["Headers shown", account.publicHeaders.join(", ") || "–"],
          ["Events a second", String(account.rateLimit ?? "the gateway's default")],
          ["Event type from", typeSourcesOf(account).join(", ")],
          [
            "Event types",
            <a href={viewer.kind === "operator" ? `${path}/event-types` : "/portal/event-types"}>What they are</a>,
          ],
          ["Created", <At at={account.createdAt} />],
        ]}
      />
      {viewer.kind === "operator" && mayChange(viewer) ? (
        <div class="actions">
          <a href={`${path}/edit`}>Edit</a>
          <a href={`${path}/portal-links`}>Portal links</a>
          <a href={`${path}/token`}>Rotate the token</a>
          {mayAdminister(viewer) ? <a href={`${path}/remove`}>Remove</a> : null}
          {mayAdminister(viewer) && account.suspendedAt === null ? <SuspendForm account={account} /> : null}
        </div>
      ) : null}
    </>
  );
}

function Website({ url }: { url: string }) {
  return (
    <a href={url} rel="noreferrer">
      <Foreign text={url} />
    </a>
  );
}

/** An account's destinations: URL, health, since when. */
function DestinationTable(props: { viewer: Viewer; destinations: Destination[]; now: number }) {
  return (
    <div class="scroll">
      <table>
        <thead>
          <tr>
            <th>To</th>
            <th>Health</th>
            <th>Description</th>
            <th>Added</th>
          </tr>
        </thead>
        <tbody>
          {props.destinations.map((destination) => (
            <tr data-row>
              <td class="where">
                <a href={`${props.viewer.base}/destinations/${destination.destinationId}`}>
                  {destination.httpMethod} <Foreign text={destination.url} />
                </a>
              </td>
              <td>
                <HealthCell of={destination} now={props.now} />
              </td>
              <td class="cut-short">{destination.description || <span class="muted">none</span>}</td>
              <td>
                <Ago at={destination.createdAt} now={props.now} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** Where its events have their type, the first that has one first. */
function typeSourcesOf({ eventTypeHeader, eventTypePath }: Account): string[] {
  const header = eventTypeHeader === null ? [] : [eventTypeHeader];
  const path = eventTypePath === null ? [] : [`${eventTypePath} in the payload`];
  return ["CL-X-EVENT-TYPE", ...header, "ce-type", ...path];
}

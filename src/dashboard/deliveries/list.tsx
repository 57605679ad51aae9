import { type Delivery, listDeliveries } from "../../deliveries/read-deliveries";
import { DELIVERY_REASONS, DELIVERY_STATES } from "../../vocabulary/states";
import { Ago, Chips, Empty, Foreign, Id, Notice, Pager, State, viewOf } from "../parts/elements";
import { AccountField, ChoiceField, filtersOf, SearchCut, TimeFields, timesOf } from "../parts/filters";
import { FollowedList } from "../parts/followed-list";
import { PostForm } from "../parts/forms";
import { page } from "../parts/page";
import { accountInView, mayChange, type PageContext, scopeOf, type Viewer } from "../session/viewer";

const PAGE_SIZE = 25;
/** Each takes round trips of its own, and an invocation has 50. */
export const MOST_SELECTED = 15;

/** The list of deliveries, with its filters in the URL. */
export async function deliveriesPage(c: PageContext) {
  const gateway = c.get("gateway");
  const viewer = c.get("viewer");
  const query = c.req.query();
  const range = timesOf(query);
  const list = await listDeliveries(
    gateway,
    accountInView(viewer, query.account_id) ?? scopeOf(viewer),
    {
      destinationId: query.destination_id || undefined,
      state: DELIVERY_STATES.find((state) => state === query.state),
      reason: DELIVERY_REASONS.find((reason) => reason === query.reason),
      statusCode: /^\d{1,3}$/.test(query.status_code ?? "") ? Number(query.status_code) : undefined,
      from: range.from,
      to: range.to,
    },
    { cursor: query.cursor ?? null, limit: PAGE_SIZE },
  );
  const path = `${viewer.base}/deliveries`;
  const { cursor: _, sent: _sent, ...view } = query;
  const filters = filtersOf(viewer, query, [
    ["destination_id", "Destination"],
    ["state", "State"],
    ["reason", "Reason"],
    ["status_code", "Status"],
  ]);
  return page(c, {
    title: "Deliveries",
    children: (
      <>
        <FilterBar viewer={viewer} query={query} path={path} />
        <SelectionSent sent={query.sent} />
        <Chips path={path} filters={filters} />
        <FollowedList view={query.cursor ? null : viewOf(path, view)}>
          {list.deliveries.length === 0 && filters.some(({ value }) => value) ? (
            <Empty>No delivery matches the filters. Remove one, or look further back.</Empty>
          ) : (
            <DeliveryTable
              viewer={viewer}
              deliveries={list.deliveries}
              now={gateway.now()}
              back={viewOf(path, { ...query, sent: undefined })}
            />
          )}
          <SearchCut back={list.searchedBackTo} />
          <Pager path={path} query={{ ...query, sent: "" }} next={list.nextCursor} />
        </FollowedList>
      </>
    ),
  });
}

function SelectionSent({ sent }: { sent: string | undefined }) {
  if (sent === undefined || !/^\d\d?$/.test(sent)) return null;
  if (sent === "0") {
    return <Notice tone="bad">Nothing was sent again: select deliveries whose destination is enabled.</Notice>;
  }
  return <Notice tone="good">{sent === "1" ? "1 delivery is" : `${sent} deliveries are`} under way again.</Notice>;
}

function FilterBar({ viewer, query, path }: { viewer: Viewer; query: Record<string, string>; path: string }) {
  return (
    <form method="get" action={path} class="filters">
      <AccountField viewer={viewer} query={query} />
      <label>
        Destination
        <input name="destination_id" value={query.destination_id} placeholder="dst_…" data-search />
      </label>
      <ChoiceField name="state" label="State" any="any" words={DELIVERY_STATES} query={query} />
      <ChoiceField name="reason" label="Reason" any="any" words={DELIVERY_REASONS} query={query} />
      <label>
        Status code
        <input name="status_code" value={query.status_code} inputmode="numeric" pattern="[0-9]{1,3}" />
      </label>
      <TimeFields query={query} />
      <button type="submit">Filter</button>
    </form>
  );
}

function Next({ at, now }: { at: number; now: number }) {
  return (
    <>
      next <Ago at={at} now={now} />
    </>
  );
}

/** Deliveries as every list shows them: id, state, destination, account, attempts, last answer, time. */
export function DeliveryTable(props: {
  viewer: Viewer;
  deliveries: Delivery[];
  now: number;
  /** The view to come back to after a selection was sent again; without it nothing can be selected. */
  back?: string;
}) {
  const { viewer, deliveries, now, back } = props;
  if (deliveries.length === 0)
    return <Empty>No delivery here. Send an event to an account that has a destination.</Empty>;
  const selectable = back !== undefined && mayChange(viewer);
  const table = (
    <table>
      <thead>
        <tr>
          {selectable ? (
            <th>
              <span class="visually-hidden">Select</span>
            </th>
          ) : null}
          <th>Delivery</th>
          <th>State</th>
          <th>To</th>
          {viewer.kind === "operator" ? <th>Account</th> : null}
          <th class="number">Attempts</th>
          <th class="number">Last answer</th>
          <th>When</th>
        </tr>
      </thead>
      <tbody>
        {deliveries.map((delivery) => (
          <tr data-row id={delivery.deliveryId}>
            {selectable ? (
              <td>
                <input
                  type="checkbox"
                  name="delivery_id"
                  value={delivery.deliveryId}
                  aria-label={`Select ${delivery.deliveryId}`}
                />
              </td>
            ) : null}
            <td>
              <Id of={delivery.deliveryId} href={`${viewer.base}/deliveries/${delivery.deliveryId}`} />
            </td>
            <td>
              <State of={delivery.state} />
              {delivery.reason === null || delivery.reason === "attempts_exhausted" ? null : (
                <span class="muted"> {delivery.reason.replaceAll("_", " ")}</span>
              )}
              {delivery.nextAttemptAt === null ? null : (
                <span class="muted">
                  {" "}
                  {delivery.nextAttemptAt <= now ? "due now" : <Next at={delivery.nextAttemptAt} now={now} />}
                </span>
              )}
            </td>
            <td class="where">
              {delivery.httpMethod} <Foreign text={delivery.url ?? "a removed destination"} />
            </td>
            {viewer.kind === "operator" ? (
              <td>
                <Id of={delivery.accountId} href={`${viewer.base}/accounts/${delivery.accountId}`} />
              </td>
            ) : null}
            <td class="number">{delivery.attemptCount}</td>
            <td class="number">{delivery.lastStatusCode ?? "–"}</td>
            <td>
              <Ago at={delivery.createdAt} now={now} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
  if (!selectable) return <div class="scroll">{table}</div>;
  return (
    <PostForm action={`${viewer.base}/deliveries/redeliver`}>
      <input type="hidden" name="back" value={back} />
      <div class="scroll">{table}</div>
      <button type="submit" class="secondary">
        Send the selected again
      </button>
      <small class="muted"> At most {MOST_SELECTED} at a time.</small>
    </PostForm>
  );
}

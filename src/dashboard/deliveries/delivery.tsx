/** Deliveries: one event on its way to one destination. Their list, and each with its attempts, request and answer. */

import type { Child } from "hono/jsx";
import { dispatch } from "../../deliveries/dispatch";
import { type DeliveryWithAttempts, findDelivery } from "../../deliveries/read-deliveries";
import { readRequest } from "../../deliveries/read-request";
import { redeliver } from "../../deliveries/redeliver";
import { parseDeliveryId } from "../../vocabulary/ids";
import { At, Copy, exactly, Facts, Foreign, Id, Notice, relative, State, viewOf } from "../parts/elements";
import { PostForm, readForm } from "../parts/forms";
import { notFoundPage } from "../parts/not-found";
import { page } from "../parts/page";
import { redirect } from "../parts/redirect";
import { safeBack } from "../session/sign-in";
import { type PageContext, scopeOf } from "../session/viewer";
import { Answer, answerOf, RequestAsSent } from "./exchange";
import { MOST_SELECTED } from "./list";

/** One delivery: its outcome in one sentence, its attempts on a time line, request and answer side by side. */
export async function deliveryPage(c: PageContext) {
  const gateway = c.get("gateway");
  const viewer = c.get("viewer");
  const id = c.req.param("delivery_id") ?? "";
  const before = Number(c.req.query("attempts_before")) || null;
  const delivery = await findDelivery(gateway, scopeOf(viewer), id, before);
  if (!delivery) return notFoundPage(c, "delivery");
  const asked = Number(c.req.query("attempt"));
  const shown = delivery.attempts.find(({ number }) => number === asked) ?? delivery.attempts.at(-1);
  const now = gateway.now();
  const sent = await readRequest(gateway, delivery, shown?.startedAt ?? now);
  const changed = shown !== undefined && sent !== null && sent.settingsSince > shown.startedAt;
  return page(c, {
    title: `Delivery ${id.slice(-12)}`,
    crumbs: [
      ...(viewer.kind === "operator" ? [{ label: delivery.accountId, href: `/accounts/${delivery.accountId}` }] : []),
      { label: "Deliveries", href: "/deliveries" },
      { label: id },
    ],
    action: (
      <PostForm action={`${viewer.base}/deliveries/${id}/redeliver`}>
        <button type="submit">Send again</button>
      </PostForm>
    ),
    children: (
      <>
        {c.req.query("sent") === "0" ? (
          <Notice tone="bad">Not sent again: its destination is disabled or removed. Enable it first.</Notice>
        ) : null}
        {c.req.query("sent") === "1" ? (
          <Notice tone="good">It is under way, with a fresh retry schedule.</Notice>
        ) : null}
        <Outcome delivery={delivery} now={now} />
        <Facts
          facts={[
            [
              "Delivery",
              <>
                <Id of={id} /> <Copy text={id} label="the delivery's id" />
              </>,
            ],
            ["Event", <Id of={delivery.eventId} href={`${viewer.base}/events/${delivery.eventId}`} />],
            [
              "Destination",
              delivery.destinationId === null ? (
                "removed"
              ) : (
                <Id of={delivery.destinationId} href={`${viewer.base}/destinations/${delivery.destinationId}`} />
              ),
            ],
            ["Received", <At at={delivery.createdAt} />],
            ["State", <State of={delivery.state} />],
          ]}
        />
        <TimeLine
          delivery={delivery}
          path={`${viewer.base}/deliveries/${id}`}
          before={before}
          shown={shown?.number}
          now={now}
        />
        <div class="columns" id="exchange">
          <section>
            <h2>{shown ? "Request as sent" : "Request as it will be sent"}</h2>
            {changed ? (
              <p class="muted">
                The destination has been changed since; this is the request with its present settings.
              </p>
            ) : null}
            {sent === null ? (
              <p class="muted">The destination was removed, and its headers with it.</p>
            ) : (
              <RequestAsSent request={sent.request} payloadAt={`${viewer.base}/events/${delivery.eventId}/payload`} />
            )}
          </section>
          <section>
            <h2>{shown && delivery.attempts.length > 1 ? `Answer to attempt ${shown.number}` : "Answer"}</h2>
            {shown ? <Answer attempt={shown} /> : <p class="muted">There has been no attempt yet.</p>}
          </section>
        </div>
      </>
    ),
  });
}

/** Sends one delivery again and shows it. */
export async function redeliverDelivery(c: PageContext) {
  const gateway = c.get("gateway");
  const id = c.req.param("delivery_id") ?? "";
  const delivery = await findDelivery(gateway, scopeOf(c.get("viewer")), id);
  if (!delivery) return notFoundPage(c, "delivery");
  const sent = await sendAgain(c, id);
  return redirect(c, `${c.get("viewer").base}/deliveries/${id}?sent=${sent ? 1 : 0}`);
}

/** Sends the selected deliveries again, as far as they are this viewer's. */
export async function redeliverSelected(c: PageContext) {
  const viewer = c.get("viewer");
  const form = await readForm(c);
  let sent = 0;
  for (const id of form.getAll("delivery_id").slice(0, MOST_SELECTED)) {
    const delivery = await findDelivery(c.get("gateway"), scopeOf(viewer), String(id));
    if (delivery && (await sendAgain(c, delivery.deliveryId))) sent++;
  }
  const [path, search] = safeBack(String(form.get("back") ?? ""), viewer.base).split("?");
  const back = new URLSearchParams(search);
  back.set("sent", String(sent));
  return redirect(c, `${path === viewer.base ? `${viewer.base}/deliveries` : path}?${back}`);
}

async function sendAgain(c: PageContext, id: string): Promise<boolean> {
  const key = parseDeliveryId(id);
  const again = key && (await redeliver(c.get("gateway"), { eventId: key.eventId, destination: key.destinationKey }));
  if (!again) return false;
  c.executionCtx.waitUntil(dispatch(c.get("gateway"), again.dispatch));
  return again.restarted > 0;
}

/** Why it did or did not arrive, and what happens next. */
function Outcome({ delivery, now }: { delivery: DeliveryWithAttempts; now: number }) {
  // Not of the attempts: those of an older page may be shown.
  const { lastOutcome: outcome, lastStatusCode: statusCode } = delivery;
  const answer = outcome === null ? "" : answerOf({ outcome, statusCode });
  const last = delivery.attempts.find(({ number }) => number === delivery.attemptCount);
  const url = <Foreign text={delivery.url ?? "a removed destination"} />;
  const tried = (
    <>
      {url} {answer}
      {delivery.attemptCount > 1 ? `, the last of ${delivery.attemptCount} attempts` : ""}
    </>
  );
  switch (delivery.state) {
    case "delivered":
      return (
        <p class="sentence good">
          <strong>Delivered</strong>
          {delivery.attemptCount > 1 ? ` on attempt ${delivery.attemptCount}` : ""}: {url} {answer}
          {last ? ` after ${last.durationMs} ms` : ""}.
        </p>
      );
    case "pending":
      return (
        <p class="sentence wait">
          <strong>Not delivered yet</strong>
          {outcome === null ? whyNotAttempted(delivery, now) : <>: {tried}</>}
          {whenNext(delivery, now)}.
        </p>
      );
    case "exhausted":
      return (
        <p class="sentence bad">
          <strong>Not delivered</strong>: {tried}. No further attempt; send it again when the receiver works.
        </p>
      );
    case "discarded":
      return (
        <p class="sentence calm">
          <strong>Not delivered</strong>: {whyDiscarded(delivery)}
        </p>
      );
  }
}

function whyNotAttempted({ nextAttemptAt }: DeliveryWithAttempts, now: number): string {
  return nextAttemptAt !== null && nextAttemptAt > now
    ? ": its destination is failing, so it waits for a probe to succeed"
    : ": not attempted yet";
}

function whenNext({ nextAttemptAt }: DeliveryWithAttempts, now: number): string {
  if (nextAttemptAt === null) return "";
  if (nextAttemptAt <= now) return "; an attempt is due now";
  return `; next attempt ${relative(nextAttemptAt, now)}, at ${exactly(nextAttemptAt)}`;
}

function whyDiscarded(delivery: DeliveryWithAttempts): Child {
  switch (delivery.reason) {
    case "gone":
      return (
        <>
          <Foreign text={delivery.url ?? "The receiver"} /> answered 410 Gone, which disabled the destination.
        </>
      );
    case "unsendable":
      return (
        <>
          the request could not be sent:{" "}
          <Foreign text={delivery.attempts.at(-1)?.detail ?? "see the destination's settings"} />
        </>
      );
    case "destination_removed":
      return "its destination was removed.";
    case "attempts_exhausted":
      return "its attempts were used up.";
    case null:
      return "no reason was kept.";
    case "destination_disabled":
      return "its destination was disabled. Enable it, then send this again or recover what was missed.";
  }
}

/** The attempts, each a link to its answer; a page at a time when there are very many. */
function TimeLine(props: {
  delivery: DeliveryWithAttempts;
  path: string;
  before: number | null;
  shown: number | undefined;
  now: number;
}) {
  const { delivery, path, before, shown, now } = props;
  if (delivery.attempts.length === 0 && delivery.nextAttemptAt === null) return null;
  const wayTo = (attempt: number) => viewOf(path, { attempts_before: before?.toString(), attempt: String(attempt) });
  return (
    <section>
      <h2>Attempts</h2>
      <ol class="timeline">
        {delivery.attemptsCursor === null ? null : (
          <li>
            <a href={viewOf(path, { attempts_before: String(delivery.attemptsCursor) })}>
              {delivery.attemptsCursor - 1} earlier ones
            </a>
          </li>
        )}
        {delivery.attempts.map((attempt) => (
          <li {...(attempt.number === shown && { "aria-current": "step" as const })}>
            <a href={`${wayTo(attempt.number)}#exchange`}>Attempt {attempt.number}</a> <State of={attempt.outcome} />{" "}
            {attempt.statusCode === null ? "" : `${attempt.statusCode}, `}
            <At at={attempt.startedAt} />{" "}
            <span class="muted">
              {attempt.durationMs} ms
              {attempt.detail ? (
                <>
                  {" "}
                  · <Foreign text={attempt.detail} />
                </>
              ) : (
                ""
              )}
            </span>
          </li>
        ))}
        {before === null ? null : (
          <li>
            <a href={path}>Latest attempts</a>
          </li>
        )}
        {before === null && delivery.state === "pending" && delivery.nextAttemptAt !== null ? (
          <li>
            Next <State of="pending" /> <At at={delivery.nextAttemptAt} />{" "}
            <span class="muted">{relative(delivery.nextAttemptAt, now)}</span>
          </li>
        ) : null}
      </ol>
    </section>
  );
}

/** Recoveries: sending again what did not arrive in a range of times. Begun and listed on the destination's page. */

import { listDeliveries } from "../../deliveries/reading/read-deliveries";
import {
  beginRecovery,
  cancelRecovery as cancel,
  findRecovery,
  MOST_COUNTED,
  type Recovery,
} from "../../deliveries/recoveries/recover";
import { destinationView } from "../destinations/destination";
import { At, Facts, following, State } from "../parts/elements";
import { timeOf } from "../parts/filters";
import { PostForm, readForm, textOf } from "../parts/forms";
import { notFoundPage } from "../parts/not-found";
import { page } from "../parts/page";
import { viewOf } from "../parts/paging";
import { crumbsBelow, destinationInView } from "../parts/place";
import { redirect } from "../parts/redirect";
import { acting, mayChange, type PageContext, scopeOf } from "../session/viewer";

const MOST_WAITING = 100;

export async function postRecovery(c: PageContext) {
  const gateway = c.get("gateway");
  const destination = await destinationInView(c);
  if (!destination) return notFoundPage(c, "destination");
  const form = await readForm(c);
  const values = { from: textOf(form, "from"), to: textOf(form, "to"), unmatched: form.has("unmatched") };
  const again = (status: 400 | 409, errors: Record<string, string>) =>
    destinationView(c, destination, { ...values, status, errors });
  const { from, to } = { from: timeOf(values.from), to: timeOf(values.to) };
  if (from === undefined) return again(400, { from: "Give a time, such as 2026-11-24T08:30." });
  if (to === undefined && values.to !== "")
    return again(400, { to: "Give a time, such as 2026-11-24T08:30, or none." });
  const range = { from, to: to ?? gateway.now(), unmatched: values.unmatched };
  if (range.from >= range.to)
    return again(400, { to: "Give a time after the first one, and a first one in the past." });
  const begun = await beginRecovery(acting(c), destination.destinationId, range);
  switch (begun.kind) {
    case "begun":
      return redirect(c, `${c.get("viewer").base}/recoveries/${begun.recovery.recoveryId}`);
    case "destination_unknown":
      return notFoundPage(c, "destination");
    case "destination_disabled":
      return again(409, { whole: "The destination is paused or disabled. Resume or enable it first." });
    case "already_running":
      return again(409, { whole: "A recovery of this destination is running. Wait for it, or cancel it." });
    case "from_in_future":
      return again(400, { from: "Give a time in the past." });
    case "range_too_long":
      return again(400, { to: `Between these times are more than ${begun.most} events. Give a shorter time.` });
  }
}

/** How far a recovery has got; the page refreshes itself while it runs. */
export async function recoveryPage(c: PageContext) {
  const viewer = c.get("viewer");
  const recovery = await recoveryInView(c);
  if (!recovery) return notFoundPage(c, "recovery");
  const waiting = recovery.state === "running" && recovery.total > 0 ? 0 : await countWaiting(c, recovery);
  const path = `${viewer.base}/recoveries/${recovery.recoveryId}`;
  const destination = `/destinations/${recovery.destinationId}`;
  return page(c, {
    title: "Recovery",
    crumbs: crumbsBelow(c, recovery, recovery.recoveryId),
    children: (
      <div id="recovery" {...(recovery.state === "running" && following("recovery", path, 2))}>
        <Progress recovery={recovery} waiting={waiting} />
        <Facts
          facts={[
            ["State", <State of={recovery.state} />],
            ["Of", recovery.unmatched === 1 ? "what did not arrive or was filtered out" : "what did not arrive"],
            ["Received from", <At at={recovery.fromTime} />],
            ["Received before", <At at={recovery.toTime} />],
            ["Begun", <At at={recovery.createdAt} />],
            ["Last step", <At at={recovery.updatedAt} />],
          ]}
        />
        {recovery.state === "running" && mayChange(viewer) ? (
          <PostForm action={`${path}/cancel`}>
            <button type="submit" class="secondary outline">
              Cancel the recovery
            </button>
          </PostForm>
        ) : null}
        <p class="actions">
          <a href={viewer.base + destination}>Go to the destination</a>
          <a href={viewOf(`${viewer.base}/deliveries`, { destination_id: recovery.destinationId })}>Its deliveries</a>
        </p>
      </div>
    ),
  });
}

export async function cancelRecovery(c: PageContext) {
  const recovery = await recoveryInView(c);
  if (!recovery) return notFoundPage(c, "recovery");
  await cancel(acting(c), recovery.recoveryId);
  return redirect(c, `${c.get("viewer").base}/recoveries/${recovery.recoveryId}`);
}

function recoveryInView(c: PageContext): Promise<Recovery | null> {
  return findRecovery(c.get("gateway"), scopeOf(c.get("viewer")), c.req.param("recovery_id") ?? "");
}

/** What was received in its range and is neither at its destination nor given up, counted up to `MOST_WAITING`. */
async function countWaiting(c: PageContext, { accountId, destinationId, fromTime, toTime }: Recovery): Promise<number> {
  const filter = { destinationId, state: "pending" as const, from: fromTime, to: toTime };
  const page = { cursor: null, limit: MOST_WAITING };
  return (await listDeliveries(c.get("gateway"), accountId, filter, page)).deliveries.length;
}

function Progress({ recovery, waiting }: { recovery: Recovery; waiting: number }) {
  const { state, total, redelivered, remaining } = recovery;
  const isOver = state !== "running";
  const tone = !isOver ? "wait" : state === "finished" && remaining + waiting === 0 ? "good" : "calm";
  return (
    <>
      <p class={`sentence ${tone}`} role="status">
        <strong>{{ running: "Running", finished: "Finished", cancelled: "Cancelled" }[state]}</strong>:{" "}
        {total === 0
          ? "nothing between these times was given up, so there is nothing to send again."
          : `${redelivered} of ${total} scheduled to be sent again.`}
        {!isOver && total > 0 ? " They go in chunks, so that the receiver keeps up." : ""}
        {isOver && remaining > 0 ? ` ${left(remaining)} received between these times have not arrived.` : ""}
        {waiting === 0
          ? ""
          : ` ${waiting}${waiting === MOST_WAITING ? " or more" : ""} wait for an attempt or are being attempted.`}
      </p>
      {total > 0 ? (
        <progress value={Math.min(redelivered, total)} max={total} aria-label="Scheduled to be sent again">
          {redelivered} of {total}
        </progress>
      ) : null}
    </>
  );
}

/** So many deliveries, which are counted no further than that. */
function left(remaining: number): string {
  return remaining < MOST_COUNTED ? String(remaining) : `${MOST_COUNTED} or more`;
}

import type { Child } from "hono/jsx";
import type { DeliveryWithAttempts } from "../../deliveries/reading/read-deliveries";
import { exactly, Foreign, relative } from "../parts/elements";
import { answerOf } from "./exchange";

/** Why it did or did not arrive, and what happens next. */
export function Outcome({ delivery, now }: { delivery: DeliveryWithAttempts; now: number }) {
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
      if (outcome === "success") {
        return (
          <p class="sentence wait">
            <strong>Being sent again</strong>. It had been delivered: {tried}
            {whenNext(delivery, now)}.
          </p>
        );
      }
      return (
        <p class="sentence wait">
          <strong>Not delivered yet</strong>
          {outcome === null ? whyNotAttempted(delivery, now) : <>: {tried}</>}
          {whenNext(delivery, now)}.
        </p>
      );
    case "filtered":
      return (
        <p class="sentence calm">
          <strong>Not sent</strong>: the destination does not ask for this event.{" "}
          {delivery.explanation === null ? null : <Foreign text={delivery.explanation} />}
        </p>
      );
    case "exhausted":
      return (
        <p class="sentence bad">
          <strong>Not delivered</strong>: {tried}. No further attempt
          {delivery.destinationEnabled === null || delivery.eventWiped ? "" : "; send it again when the receiver works"}
          .
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

function whenNext({ nextAttemptAt, destinationPaused }: DeliveryWithAttempts, now: number): string {
  if (nextAttemptAt === null)
    return destinationPaused ? "; its destination is paused: it waits until that is resumed" : "";
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
          the request could not be sent: <Foreign text={delivery.explanation ?? "see the destination's settings"} />
        </>
      );
    case "destination_removed":
      return "its destination was removed.";
    case "event_wiped":
      return "its event was wiped before it arrived, so that nothing more was sent.";
    case "attempts_exhausted":
      return "its attempts were used up.";
    case "event_type":
    case "filter":
      return "its destination did not ask for the event.";
    case null:
      return "no reason was kept.";
    case "destination_disabled":
      return "its destination was disabled. Enable it, then send this again or recover what was missed.";
  }
}

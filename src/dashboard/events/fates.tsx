import type { AtDestination } from "../../events/fates";
import { maskUrl } from "../../security/masked-url";
import { answerOf } from "../deliveries/exchange";
import { Empty, Foreign, relative, State } from "../parts/elements";
import { PostForm } from "../parts/forms";

/** What was never meant for a destination, or not wanted by it. */
const UNSENT: AtDestination["fate"][] = ["filtered", "not_subscribed", "made_later", "not_sent"];

/**
 * Every destination of the account, with what became of an event there and why.
 *
 * @param eventId to preview what each would get of it, and to deliver it there; null when nothing is left of it
 */
export function Fates(props: {
  base: string;
  of: AtDestination[];
  eventId: string | null;
  mayDeliver: boolean;
  now: number;
}) {
  const { base, of, eventId, mayDeliver, now } = props;
  if (of.length === 0) return <Empty>The account has no destination.</Empty>;
  const isWanted = of.some(({ fate }) => !UNSENT.includes(fate));
  return (
    <>
      {isWanted ? null : <p>No destination asked for this event.</p>}
      <ul class="fates">
        {of.map((one) => (
          <li>
            <a href={`${base}/destinations/${one.destinationId}`}>
              {one.httpMethod} <Foreign text={maskUrl(one.url)} />
            </a>
            <div>
              {one.delivery ? (
                <a href={`${base}/deliveries/${one.delivery.deliveryId}`}>
                  <State of={one.fate} />
                </a>
              ) : (
                <State of={one.fate} />
              )}{" "}
              <Foreign text={whyOf(one, now)} />
            </div>
            {eventId === null ? null : (
              <div>
                <a href={`${base}/destinations/${one.destinationId}/preview?event_id=${eventId}`}>Preview</a>
                {mayDeliver && one.isEnabled && UNSENT.includes(one.fate) ? (
                  <PostForm action={`${base}/events/${eventId}/deliver`} class="inline">
                    <input type="hidden" name="destination_id" value={one.destinationId} />
                    <button type="submit" class="as-link">
                      Deliver
                    </button>
                  </PostForm>
                ) : null}
              </div>
            )}
          </li>
        ))}
      </ul>
    </>
  );
}

function whyOf({ fate, delivery }: AtDestination, now: number): string {
  if (delivery?.explanation) return delivery.explanation;
  const answered = delivery?.lastOutcome
    ? `It ${answerOf({ outcome: delivery.lastOutcome, statusCode: delivery.lastStatusCode })}`
    : null;
  switch (fate) {
    case "delivered":
      return `${answered ?? "It arrived"}.`;
    case "waiting":
      if (answered === null) return "It is on its way, or waits for its destination to work again.";
      return `${answered}; the next attempt ${whenNext(delivery?.nextAttemptAt ?? now, now)}.`;
    case "paused":
      return `${answered === null ? "" : `${answered}. `}The destination is paused: it waits until that is resumed.`;
    case "exhausted":
      return `${answered ?? "It failed"}, and no attempt is left.`;
    case "disabled":
      return "The destination was disabled when the event came.";
    case "made_later":
      return "The destination was added after the event came.";
    case "filtered":
    case "not_subscribed":
      return "The destination did not ask for it.";
    case "not_sent":
      return "The event was not meant for it.";
    case "discarded":
      if (delivery?.reason === "event_wiped") return "The event was wiped before it arrived.";
      return delivery?.reason === "gone"
        ? `${answered ?? "It is gone"}, which disabled the destination.`
        : "It was given up.";
  }
}

function whenNext(at: number, now: number): string {
  return at <= now ? "is due now" : `is ${relative(at, now)}`;
}

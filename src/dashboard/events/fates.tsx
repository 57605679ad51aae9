import type { AtDestination } from "../../events/fates";
import { maskUrl } from "../../security/masked-url";
import { Empty, Foreign, State } from "../parts/elements";
import { PostForm } from "../parts/forms";

/** What was never meant for a destination, or not wanted by it. */
const UNSENT: AtDestination["fate"][] = ["filtered", "not_subscribed", "made_later", "not_sent"];

/**
 * Every destination of the account, with what became of an event there and why.
 *
 * @param eventId to preview what each would get of it, and to deliver it there; null when nothing is left of it
 */
export function Fates(props: { base: string; of: AtDestination[]; eventId: string | null; mayDeliver: boolean }) {
  const { base, of, eventId, mayDeliver } = props;
  if (of.length === 0) return <Empty>The account has no destination.</Empty>;
  const isWanted = of.some(({ fate }) => !UNSENT.includes(fate));
  return (
    <>
      {isWanted ? null : <p>No destination asked for this event.</p>}
      <div class="scroll">
        <table>
          <thead>
            <tr>
              <th>Destination</th>
              <th>Outcome</th>
              <th>Why</th>
              {eventId === null ? null : <th>Request</th>}
            </tr>
          </thead>
          <tbody>
            {of.map(({ destinationId, url, httpMethod, isEnabled, fate, delivery }) => (
              <tr>
                <td class="where">
                  <a href={`${base}/destinations/${destinationId}`}>
                    {httpMethod} <Foreign text={maskUrl(url)} />
                  </a>
                </td>
                <td>
                  {delivery ? (
                    <a href={`${base}/deliveries/${delivery.deliveryId}`}>
                      <State of={fate} />
                    </a>
                  ) : (
                    <State of={fate} />
                  )}
                </td>
                <td>{delivery?.explanation ? <Foreign text={delivery.explanation} /> : REASONS[fate]}</td>
                {eventId === null ? null : (
                  <td>
                    <a href={`${base}/destinations/${destinationId}/preview?event_id=${eventId}`}>Preview</a>{" "}
                    {mayDeliver && isEnabled && UNSENT.includes(fate) ? (
                      <PostForm action={`${base}/events/${eventId}/deliver`} class="inline">
                        <input type="hidden" name="destination_id" value={destinationId} />
                        <button type="submit" class="as-link">
                          Deliver
                        </button>
                      </PostForm>
                    ) : null}
                  </td>
                )}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}

const REASONS: Partial<Record<AtDestination["fate"], string>> = {
  waiting: "It is on its way, or due again.",
  paused: "It waits until the destination is enabled again.",
  exhausted: "All attempts failed.",
  disabled: "The destination was disabled when the event came.",
  made_later: "The destination was added after the event came.",
  not_sent: "The event was not meant for it.",
};

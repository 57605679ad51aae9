import type { AtDestination } from "../../events/fates";
import { maskUrl } from "../../security/masked-url";
import { Empty, Foreign, State } from "../parts/elements";

/**
 * Every destination of the account, with what became of an event there and why.
 *
 * @param eventId to preview what each would get of it; null when nothing is left of it
 */
export function Fates({ base, of, eventId }: { base: string; of: AtDestination[]; eventId: string | null }) {
  if (of.length === 0) return <Empty>The account has no destination.</Empty>;
  const wanted = of.some(({ fate }) => fate !== "filtered" && fate !== "not_subscribed" && fate !== "made_later");
  return (
    <>
      {wanted ? null : (
        <p>No destination asks for this event. Open a delivery that was filtered out to send it all the same.</p>
      )}
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
            {of.map(({ destinationId, url, httpMethod, fate, delivery }) => (
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
                    <a href={`${base}/destinations/${destinationId}/preview?event_id=${eventId}`}>Preview</a>
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

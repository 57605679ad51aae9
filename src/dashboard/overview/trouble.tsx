/** Which destinations fail or are paused now. */
import type { Child } from "hono/jsx";
import type { FailingDestination, PausedDestination } from "../../deliveries/status/read-now";
import { Ago, Foreign, Id, State } from "../parts/elements";
import type { Viewer } from "../session/viewer";

export function Failing({ viewer, failing, now }: { viewer: Viewer; failing: FailingDestination[]; now: number }) {
  return (
    <section>
      <h2 id="failing">Failing now</h2>
      {failing.length === 0 ? (
        <p class="muted">No destination is failing.</p>
      ) : (
        <div class="scroll">
          <table>
            <thead>
              <tr>
                <th>Destination</th>
                <th>Account</th>
                <th>State</th>
                <th class="number">Failures in a row</th>
                <th>Since</th>
                <th>What happens next</th>
              </tr>
            </thead>
            <tbody>
              {failing.map((one) => (
                <tr data-row>
                  <td class="where">
                    <Where viewer={viewer} one={one} />
                  </td>
                  <td>
                    <Id of={one.accountId} href={`${viewer.base}/accounts/${one.accountId}`} />
                  </td>
                  <td>
                    <State of={one.disabledReason === null ? "failing" : "paused"} />
                  </td>
                  <td class="number">{one.consecutiveFailures}</td>
                  <td>
                    <Ago at={one.failingSince} now={now} />
                  </td>
                  <td>{next(one, now)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}

/** What waits for a person, and for nothing else: the gateway's own pauses are among what fails. */
export function Paused({ viewer, paused, now }: { viewer: Viewer; paused: PausedDestination[]; now: number }) {
  if (paused.length === 0) return null;
  return (
    <section>
      <h2 id="paused">Paused by someone</h2>
      <ul>
        {paused.map((one) => (
          <li>
            <Where viewer={viewer} one={one} />, since <Ago at={one.pausedAt} now={now} />
          </li>
        ))}
      </ul>
    </section>
  );
}

type Named = Pick<PausedDestination, "destinationId" | "httpMethod" | "url">;

function Where({ viewer, one }: { viewer: Viewer; one: Named }) {
  return (
    <a href={`${viewer.base}/destinations/${one.destinationId}`}>
      {one.httpMethod} <Foreign text={one.url} />
    </a>
  );
}

function next({ disabledReason, wakeAt }: FailingDestination, now: number): Child {
  switch (disabledReason) {
    case "gone":
      return "It answered 410 Gone; enable it when it is back.";
    case "failing":
      return "It failed for too long; resume it when it works.";
    default:
      return whenProbed(wakeAt, now);
  }
}

function whenProbed(wakeAt: number | null, now: number): Child {
  if (wakeAt === null) return "Each delivery is retried.";
  if (wakeAt <= now) return "Its next probe is due now.";
  return (
    <>
      Probe <Ago at={wakeAt} now={now} />
    </>
  );
}

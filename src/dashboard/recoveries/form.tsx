/** Recoveries as a destination's page shows them: the form that begins one, and the latest. */
import type { Recovery } from "../../deliveries/recoveries/recover";
import type { Destination } from "../../destinations/destination";
import { pauseReasonOf } from "../../vocabulary/states";
import { Ago, exactly, Id, Notice, State } from "../parts/elements";
import { type Errors, Input, PostForm } from "../parts/forms";
import type { Viewer } from "../session/viewer";

const DAY_MS = 86_400_000;

/** What came of the form, when it has to be filled in again. */
export type RecoverValues = { from: string; to: string; unmatched: boolean; errors: Errors; status: 400 | 409 };

export function RecoverForm(props: {
  viewer: Viewer;
  destination: Destination;
  /** When the oldest event was received that is missing there; null when none is. */
  missedSince: number | null;
  now: number;
  values: RecoverValues | undefined;
}) {
  const { viewer, destination, missedSince, now, values } = props;
  if (pauseReasonOf(destination) !== null)
    return <p class="muted">Resume it first; then what it missed can be recovered.</p>;
  if (!destination.enabled) return <p class="muted">Enable it first; then what it missed can be recovered.</p>;
  return (
    <PostForm action={`${viewer.base}/destinations/${destination.destinationId}/recover`}>
      <p>Sends every event that was received between two times and did not arrive. What arrived is not sent again.</p>
      {values?.errors.whole ? <Notice tone="bad">{values.errors.whole}</Notice> : null}
      <div class="columns">
        <Input
          name="from"
          label="From (UTC)"
          type="datetime-local"
          value={values?.from ?? minuteOf(missedSince ?? destination.failingSince ?? now - DAY_MS)}
          error={values?.errors.from}
          help={missedSince === null ? undefined : "From the oldest event on that did not arrive."}
          required
        />
        <Input
          name="to"
          label="To (UTC)"
          type="datetime-local"
          value={values?.to ?? ""}
          error={values?.errors.to}
          help="Leave empty for now."
        />
      </div>
      {destination.eventTypes === null && destination.filter === null ? null : (
        <div class="field">
          <label>
            <input type="checkbox" name="unmatched" value="true" checked={values?.unmatched} /> Also what its event
            types and its filter left out
          </label>
        </div>
      )}
      <button type="submit" class="secondary">
        Recover
      </button>
    </PostForm>
  );
}

/** As `datetime-local` writes it. */
function minuteOf(at: number): string {
  return new Date(at).toISOString().slice(0, 16);
}

export function RecoveryTable({ viewer, recoveries, now }: { viewer: Viewer; recoveries: Recovery[]; now: number }) {
  return (
    <div class="scroll">
      <table>
        <thead>
          <tr>
            <th>Recovery</th>
            <th>State</th>
            <th class="number">Sent again</th>
            <th>Received between</th>
            <th>Begun</th>
          </tr>
        </thead>
        <tbody>
          {recoveries.map((recovery) => (
            <tr data-row>
              <td>
                <Id of={recovery.recoveryId} href={`${viewer.base}/recoveries/${recovery.recoveryId}`} />
              </td>
              <td>
                <State of={recovery.state} />
              </td>
              <td class="number">
                {recovery.redelivered} of {recovery.total}
              </td>
              <td>
                {exactly(recovery.fromTime)} – {exactly(recovery.toTime)}
              </td>
              <td>
                <Ago at={recovery.createdAt} now={now} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

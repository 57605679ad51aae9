/** How well a destination works, in a word for lists and in a sentence for its own page. */
import { isCircuitOpen } from "../../deliveries/recording/circuit";
import { MOST_COUNTED } from "../../deliveries/status/status";
import type { Destination } from "../../destinations/destination";
import type { Stats } from "../../stats/stats";
import { isPausedByPerson, pauseReasonOf } from "../../vocabulary/states";
import { Ago, exactly, relative, State } from "../parts/elements";
import { grouped, percent } from "../parts/numbers";

type Health = Pick<
  Destination,
  | "enabled"
  | "disabledReason"
  | "pausedAt"
  | "consecutiveFailures"
  | "attemptsPerSuccess"
  | "failingSince"
  | "wakeAt"
  | "updatedAt"
>;

function stateOf(health: Health): "enabled" | "failing" | "paused" | "disabled" {
  if (!health.enabled) return pauseReasonOf(health) === null ? "disabled" : "paused";
  return isCircuitOpen(health) ? "failing" : "enabled";
}

export function HealthCell({ of, now }: { of: Health; now: number }) {
  const state = stateOf(of);
  return (
    <>
      <State of={state} />
      {state === "disabled" && of.disabledReason !== null ? (
        <span class="muted"> {of.disabledReason.replaceAll("_", " ")}</span>
      ) : null}
      {isPausedByPerson(of) && of.pausedAt !== null ? (
        <span class="muted">
          {" "}
          since <Ago at={of.pausedAt} now={now} />
        </span>
      ) : state !== "disabled" && of.failingSince !== null ? (
        <span class="muted">
          {" "}
          {of.consecutiveFailures} in a row since <Ago at={of.failingSince} now={now} />
        </span>
      ) : null}
    </>
  );
}

export function HealthSentence(props: {
  of: Health;
  stats: Stats | null;
  attempted: boolean;
  waiting: number;
  now: number;
}) {
  const { of, now } = props;
  const figures = props.stats === null ? null : figuresOf(props.stats, of.consecutiveFailures > 0);
  const attempts = figures ?? (props.attempted ? "" : "There was no attempt in the last 24 hours.");
  const soFar = `${attempts}${filteredOut(props.stats?.totals.filtered ?? 0)}`;
  switch (stateOf(of)) {
    case "disabled":
      return (
        <p class="sentence calm">
          <strong>Disabled</strong>: {whyDisabled(of)}
        </p>
      );
    case "paused":
      return (
        <p class={`sentence ${isPausedByPerson(of) ? "wait" : "bad"}`}>
          <strong>Paused</strong>
          {of.pausedAt === null ? "" : ` since ${exactly(of.pausedAt)}`}: {whyPaused(of)}. Nothing is sent to it, and
          nothing is discarded: what comes waits, {props.waiting === MOST_COUNTED ? "at least " : ""}
          {props.waiting} now, and goes out once{" "}
          {of.disabledReason === "account_suspended" ? "an operator resumes the account" : "it is resumed"}, the oldest
          event first.
        </p>
      );
    case "failing":
      return (
        <p class="sentence bad">
          <strong>Failing</strong>
          {of.failingSince === null ? "" : ` since ${exactly(of.failingSince)}`}: {of.consecutiveFailures} attempts
          failed in a row. Its deliveries wait, and one at a time is sent as a probe
          {of.wakeAt === null ? "" : whenProbed(of.wakeAt, now)}. Pause it to send nothing until it is repaired. {soFar}
        </p>
      );
    case "enabled":
      return of.consecutiveFailures > 0 ? (
        <p class="sentence wait">
          <strong>Enabled</strong>, but the last{" "}
          {of.consecutiveFailures === 1 ? "attempt" : `${of.consecutiveFailures} attempts`} failed. Each delivery is
          tried again on its schedule. {soFar}
        </p>
      ) : (
        <p class="sentence good">
          <strong>Enabled</strong>. {soFar}
        </p>
      );
  }
}

function filteredOut(count: number): string {
  if (count === 0) return "";
  return count === 1 ? " One event was filtered out." : ` ${grouped(count)} events were filtered out.`;
}

function whenProbed(at: number, now: number): string {
  return at <= now ? "; one is due now" : `; the next ${relative(at, now)}, at ${exactly(at)}`;
}

function whyPaused({ disabledReason, consecutiveFailures, failingSince }: Health): string {
  switch (disabledReason) {
    case "account_suspended":
      return "its account is suspended";
    case "failing":
      return `${consecutiveFailures} attempts failed in a row${failingSince === null ? "" : ` since ${exactly(failingSince)}`}`;
    case "paused_by_operator":
      return "an operator paused it";
    default:
      return "someone paused it";
  }
}

function whyDisabled(health: Health): string {
  const meanwhile = "Until it is enabled, new deliveries are discarded; they can be recovered afterwards.";
  switch (health.disabledReason) {
    case "gone":
      return `it answered 410 Gone, on ${exactly(health.updatedAt)}. ${meanwhile}`;
    case "disabled_by_user":
      return `someone disabled it. ${meanwhile}`;
    case "disabled_by_operator":
      return `an operator disabled it. ${meanwhile}`;
    default:
      return `no reason was kept. ${meanwhile}`;
  }
}

/**
 * Success rate and latency of the last 24 hours; null without an attempt in a minute that is over. Where attempts fail
 * that are not counted yet, a rate without failures says nothing.
 */
function figuresOf(stats: Stats, isFailing: boolean): string | null {
  if (stats.totals.successRate === null) return null;
  if (isFailing && stats.totals.successRate === 1) return "";
  const { successRate, p50Ms, p95Ms } = stats.totals;
  const latency =
    p50Ms === null || p95Ms === null ? "" : `; half took at most ${p50Ms} ms, 95 of 100 at most ${p95Ms} ms`;
  return `In the last 24 hours ${percent(successRate)} of attempts succeeded${latency}.`;
}

/** How well a destination works, in a word for lists and in a sentence for its own page. */
import { isCircuitOpen } from "../../deliveries/recording/circuit";
import type { Destination } from "../../destinations/destination";
import type { Stats } from "../../stats/stats";
import type { DisabledReason } from "../../vocabulary/states";
import { Ago, exactly, relative, State } from "../parts/elements";
import { percent } from "../parts/percent";

type Health = Pick<
  Destination,
  "enabled" | "disabledReason" | "consecutiveFailures" | "attemptsPerSuccess" | "failingSince" | "wakeAt" | "updatedAt"
>;

/** Reasons that keep what waits. */
const PAUSES: (DisabledReason | null)[] = ["failing", "account_suspended"];

function stateOf(health: Health): "enabled" | "failing" | "paused" | "disabled" {
  if (!health.enabled) return PAUSES.includes(health.disabledReason) ? "paused" : "disabled";
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
      {state !== "disabled" && of.failingSince !== null ? (
        <span class="muted">
          {" "}
          {of.consecutiveFailures} in a row since <Ago at={of.failingSince} now={now} />
        </span>
      ) : null}
    </>
  );
}

export function HealthSentence(props: { of: Health; stats: Stats | null; attempted: boolean; now: number }) {
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
      return of.disabledReason === "account_suspended" ? (
        <p class="sentence bad">
          <strong>Paused</strong>: its account is suspended. Nothing is sent to it, and nothing is lost: its deliveries
          wait, and go out once an operator resumes the account.
        </p>
      ) : (
        <p class="sentence bad">
          <strong>Paused</strong>: {of.consecutiveFailures} attempts failed in a row
          {of.failingSince === null ? "" : ` since ${exactly(of.failingSince)}`}. Nothing is sent to it, and nothing is
          lost: its deliveries wait, and go out once it is enabled.
        </p>
      );
    case "failing":
      return (
        <p class="sentence bad">
          <strong>Failing</strong>
          {of.failingSince === null ? "" : ` since ${exactly(of.failingSince)}`}: {of.consecutiveFailures} attempts
          failed in a row. Its deliveries wait, and one at a time is sent as a probe
          {of.wakeAt === null ? "" : whenProbed(of.wakeAt, now)}. {soFar}
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
  return count === 1 ? " One event was filtered out." : ` ${count.toLocaleString("en")} events were filtered out.`;
}

function whenProbed(at: number, now: number): string {
  return at <= now ? "; one is due now" : `; the next ${relative(at, now)}, at ${exactly(at)}`;
}

function whyDisabled(health: Health): string {
  const meanwhile = "Until it is enabled, new deliveries are discarded; they can be recovered afterwards.";
  switch (health.disabledReason) {
    case "gone":
      return `it answered 410 Gone, on ${exactly(health.updatedAt)}. ${meanwhile}`;
    case "failing":
      return "it has failed for days. Its deliveries wait, and go out once it is enabled.";
    case "account_suspended":
      return "its account is suspended. Its deliveries wait, and go out once an operator resumes the account.";
    case "disabled_by_user":
      return `someone disabled it. ${meanwhile}`;
    case "disabled_by_operator":
      return `an operator disabled it. ${meanwhile}`;
    case null:
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

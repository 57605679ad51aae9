/** Traffic and backlog in numbers, each with the list behind it. */
import { MOST_NAMED, type Now } from "../../deliveries/status/read-now";
import { MOST_COUNTED } from "../../deliveries/status/status";
import type { Stats } from "../../stats/stats";
import { fieldTime } from "../parts/chart";
import { grouped, percent } from "../parts/numbers";
import { viewOf } from "../parts/paging";
import type { Viewer } from "../session/viewer";

/** The range in numbers, each with the list behind it. */
export function Headline({ viewer, stats }: { viewer: Viewer; stats: Stats }) {
  const { totals } = stats;
  const from = fieldTime(stats.from);
  const deliveries = (query: Record<string, string>) => viewOf(`${viewer.base}/deliveries`, { ...query, from });
  const filteredOut: Tile = ["Filtered out", grouped(totals.filtered), deliveries({ state: "filtered" })];
  return (
    <Tiles
      tiles={[
        ["Events", grouped(totals.events), viewOf(`${viewer.base}/events`, { from })],
        ["Delivered", grouped(totals.delivered), deliveries({ state: "delivered" })],
        ["Exhausted", grouped(totals.exhausted), deliveries({ state: "exhausted" })],
        ["Discarded", grouped(totals.discarded), deliveries({ state: "discarded" })],
        ...(totals.filtered === 0 ? [] : [filteredOut]),
        ["Success rate", totals.successRate === null ? "–" : percent(totals.successRate), deliveries({})],
        ["Latency p50", duration(totals.p50Ms), deliveries({ state: "delivered" })],
        ["Latency p95", duration(totals.p95Ms), deliveries({ state: "delivered" })],
        ["Latency p99", duration(totals.p99Ms), deliveries({ state: "delivered" })],
      ]}
    />
  );
}

/** What fails and what waits right now. */
export function Backlog({ viewer, current }: { viewer: Viewer; current: Now }) {
  const { gatewayStatus, backlog, failing, paused } = current;
  return (
    <Tiles
      tiles={[
        ["Failing destinations", counted(failing.length, MOST_NAMED), failing.length > 0 ? "#failing" : null],
        [
          "Overdue deliveries",
          counted(gatewayStatus.overdueDeliveries, MOST_COUNTED),
          viewOf(`${viewer.base}/deliveries`, { state: "pending" }),
        ],
        [
          "Paused destinations",
          counted(gatewayStatus.pausedDestinations, MOST_COUNTED),
          paused.length > 0 ? "#paused" : null,
        ],
        ["In the queue", backlog === null ? "–" : String(backlog), null],
        ["Dead letters", counted(gatewayStatus.deadLetters, MOST_COUNTED), `${viewer.base}/dead-letters`],
      ]}
    />
  );
}

type Tile = [label: string, value: string, href: string | null];

function Tiles({ tiles }: { tiles: Tile[] }) {
  return (
    <dl class="tiles">
      {tiles.map(([label, value, href]) => (
        <div>
          <dt>{label}</dt>
          <dd>{href === null ? value : <a href={href}>{value}</a>}</dd>
        </div>
      ))}
    </dl>
  );
}

/** A count that stops at `most`. */
function counted(count: number, most: number): string {
  return count >= most ? `${grouped(most)} or more` : String(count);
}

function duration(ms: number | null): string {
  if (ms === null) return "–";
  return ms < 1_000 ? `${Math.round(ms)} ms` : `${(ms / 1_000).toFixed(1)} s`;
}

/** How deliveries ended over time, drawn as SVG. Each outcome has its own pattern, and the same numbers stand in a table. */
import type { Stats } from "../../stats/stats";
import { exactly } from "./elements";
import { grouped } from "./numbers";
import { viewOf } from "./paging";

const WIDTH = 960;
const HEIGHT = 230;
const LEFT = 52;
const BOTTOM = 26;
const TOP = 8;
/** More bars than this would be hairs, and a long page. */
const MOST_BARS = 48;
const LABELS = 6;

type Bucket = Stats["buckets"][number];
const ENDS = ["delivered", "exhausted", "discarded"] as const;
/** All that a range counts. */
export const COUNTED = ["events", "delivered", "failed", "exhausted", "discarded", "filtered"] as const;

export function DeliveryChart({ stats, listPath }: { stats: Stats; listPath: string }) {
  const seconds = stats.bucketSeconds * Math.ceil((stats.to - stats.from) / (stats.bucketSeconds * 1000) / MOST_BARS);
  const buckets = merged(stats.buckets, stats.from, seconds);
  const scale = scaleOf(stats, buckets, seconds);
  const failed = lineOf(buckets, scale);
  return (
    <figure class="chart">
      <figcaption>
        <ul class="legend">
          {ENDS.map((end) => (
            <li>
              <Swatch of={end} /> {end}
            </li>
          ))}
          <li>
            <Swatch of="failed" /> failed attempts
          </li>
          {stats.totals.filtered > 0 ? <li class="muted">○ {filteredOut(stats.totals)}, not drawn</li> : null}
        </ul>
      </figcaption>
      <section class="scroll" tabindex={0} aria-label="Deliveries over time">
        <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={summaryOf(stats)}>
          <Patterns />
          <Axes stats={stats} scale={scale} />
          {ENDS.map((end, i) => (
            <path class={`fill-${end}`} fill={fillOf(end)} d={barsOf(buckets, ENDS.slice(0, i), end, scale)} />
          ))}
          <path class="halo" d={failed} />
          <path class="line-failed" d={failed} />
          {buckets.map((bucket) => (
            <rect class="hit" x={scale.x(bucket.at)} y={TOP} width={scale.step} height={HEIGHT - TOP - BOTTOM}>
              <title>{wordsOf(bucket)}</title>
            </rect>
          ))}
        </svg>
      </section>
      <Numbers buckets={buckets} seconds={seconds} listPath={listPath} />
    </figure>
  );
}

/** The same numbers as text; a time leads to its deliveries. */
function Numbers({ buckets, seconds, listPath }: { buckets: Bucket[]; seconds: number; listPath: string }) {
  return (
    <details>
      <summary>The same as a table</summary>
      <div class="scroll">
        <table class="numbers">
          <thead>
            <tr>
              <th>From</th>
              <th>Events</th>
              <th>Delivered</th>
              <th>Failed attempts</th>
              <th>Exhausted</th>
              <th>Discarded</th>
              <th>Filtered out</th>
            </tr>
          </thead>
          <tbody>
            {buckets.map(({ at, ...counts }) => (
              <tr>
                <td>
                  <a href={viewOf(listPath, { from: fieldTime(at), to: fieldTime(at + seconds * 1000) })}>
                    {exactly(at).slice(0, 16)}
                  </a>
                </td>
                {COUNTED.map((name) => (
                  <td>{counts[name]}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <p class="muted">Times are UTC. Intervals in which nothing happened are left out.</p>
    </details>
  );
}

/** A time as a filter bar's fields hold it. */
export function fieldTime(at: number): string {
  return new Date(at).toISOString().slice(0, 16);
}

/** Longer intervals, those in which something happened. */
function merged(buckets: Bucket[], from: number, seconds: number): Bucket[] {
  const longer = new Map<number, Bucket>();
  for (const bucket of buckets) {
    const at = from + Math.floor((bucket.at - from) / (seconds * 1000)) * seconds * 1000;
    const sum = longer.get(at) ?? { at, events: 0, delivered: 0, failed: 0, exhausted: 0, discarded: 0, filtered: 0 };
    for (const name of COUNTED) sum[name] += bucket[name];
    longer.set(at, sum);
  }
  return [...longer.values()]
    .filter((sum) => sum.events + ended(sum) + sum.failed + sum.filtered > 0)
    .sort((a, b) => a.at - b.at);
}

function ended(bucket: Bucket): number {
  return ENDS.reduce((sum, end) => sum + bucket[end], 0);
}

type Scale = { most: number; step: number; x: (at: number) => number; y: (count: number) => number };

function scaleOf(stats: Stats, buckets: Bucket[], seconds: number): Scale {
  const most = roundUp(Math.max(1, ...buckets.map((bucket) => Math.max(ended(bucket), bucket.failed))));
  const perMs = (WIDTH - LEFT) / (Math.ceil((stats.to - stats.from) / (seconds * 1000)) * seconds * 1000);
  const high = HEIGHT - TOP - BOTTOM;
  return {
    most,
    step: short(seconds * 1000 * perMs),
    x: (at) => short(LEFT + (at - stats.from) * perMs),
    y: (count) => short(TOP + high - (count / most) * high),
  };
}

/** The next of 1, 2, 5, 10, 20, 50 …, or an even number below: an axis that reads well. */
function roundUp(most: number): number {
  const power = 10 ** Math.floor(Math.log10(most));
  const step = [1, 2, 4, 5, 6, 8, 10].find((factor) => factor * power >= most) ?? 10;
  return step * power;
}

function short(length: number): number {
  return Math.round(length * 10) / 10;
}

/** One path for all bars of an outcome, each upon those below it. */
function barsOf(buckets: Bucket[], below: readonly (typeof ENDS)[number][], end: (typeof ENDS)[number], scale: Scale) {
  const wide = short(scale.step * 0.8);
  return buckets
    .filter((bucket) => bucket[end] > 0)
    .map((bucket) => {
      const base = below.reduce((sum, other) => sum + bucket[other], 0);
      const bottom = scale.y(base);
      const top = Math.min(scale.y(base + bucket[end]), bottom - 1);
      return `M${short(scale.x(bucket.at) + scale.step * 0.1)} ${bottom}V${top}h${wide}V${bottom}z`;
    })
    .join("");
}

/** Failed attempts: a mark where there were some, joined where they follow each other. */
function lineOf(buckets: Bucket[], scale: Scale): string {
  let last: number | null = null;
  return buckets
    .filter(({ failed }) => failed > 0)
    .map(({ at, failed }) => {
      const middle = short(scale.x(at) + scale.step / 2);
      const follows = last !== null && middle - last < scale.step * 1.5;
      last = middle;
      return `${follows ? "L" : "M"}${middle} ${scale.y(failed)}m-4 0h8m-4 0`;
    })
    .join("");
}

function Axes({ stats, scale }: { stats: Stats; scale: Scale }) {
  const lines = scale.most % 2 === 0 ? [0, scale.most / 2, scale.most] : [0, scale.most];
  const span = stats.to - stats.from;
  return (
    <g class="axes">
      {lines.map((count) => (
        <>
          <path d={`M${LEFT} ${scale.y(count)}H${WIDTH}`} />
          <text x={LEFT - 6} y={scale.y(count) + 4} text-anchor="end">
            {compact(count)}
          </text>
        </>
      ))}
      {Array.from({ length: LABELS }, (_, i) => {
        const at = stats.from + (span * i) / LABELS;
        return (
          <text x={scale.x(at)} y={HEIGHT - 8}>
            {span > 2 * 86_400_000 ? fieldTime(at).slice(5, 10) : fieldTime(at).slice(11)}
          </text>
        );
      })}
    </g>
  );
}

function compact(count: number): string {
  return count >= 10_000 ? `${count / 1000}k` : String(count);
}

/** What tells outcomes apart without colour: delivered is solid, exhausted striped, discarded dotted. */
function Patterns() {
  return (
    <defs>
      <pattern id="exhausted" width="5" height="5" patternUnits="userSpaceOnUse">
        <path class="ground-exhausted" d="M0 0h5v5H0z" />
        <path class="ink" d="M-1 1 1-1M0 5 5 0M4 6 6 4" />
      </pattern>
      <pattern id="discarded" width="4" height="4" patternUnits="userSpaceOnUse">
        <path class="ground-discarded" d="M0 0h4v4H0z" />
        <circle class="dot" cx="2" cy="2" r="0.9" />
      </pattern>
    </defs>
  );
}

function fillOf(end: (typeof ENDS)[number]): string | undefined {
  return end === "delivered" ? undefined : `url(#${end})`;
}

function Swatch({ of }: { of: (typeof ENDS)[number] | "failed" }) {
  return (
    <svg class="swatch" viewBox="0 0 16 12" aria-hidden="true">
      {of === "failed" ? (
        <path class="line-failed" d="M0 6h16" />
      ) : (
        <path class={`fill-${of}`} fill={fillOf(of)} d="M0 0h16v12H0z" />
      )}
    </svg>
  );
}

function summaryOf({ from, to, totals }: Stats): string {
  return `From ${exactly(from)} to ${exactly(to)}: ${totals.delivered} deliveries arrived, ${totals.exhausted} were exhausted, ${totals.discarded} discarded, ${totals.failed} attempts failed, and ${filteredOut(totals)}.`;
}

function wordsOf({ at, delivered, failed, exhausted, discarded, filtered }: Bucket): string {
  return `${exactly(at).slice(0, 16)}: ${delivered} delivered, ${exhausted} exhausted, ${discarded} discarded, ${failed} attempts failed, ${filteredOut({ filtered })}`;
}

/** What no destination asked for is neither a success nor a failure, and may be far more than both: it is told, not drawn. */
function filteredOut({ filtered }: Pick<Bucket, "filtered">): string {
  return `${grouped(filtered)} filtered out`;
}

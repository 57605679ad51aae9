/** The operators' first page: traffic over time, what fails now, what is due next. */
import type { Child } from "hono/jsx";
import { type FailingDestination, MOST_NAMED, type PausedDestination, readNow } from "../../deliveries/status/read-now";
import { MOST_COUNTED } from "../../deliveries/status/status";
import type { SealingStatus } from "../../destinations/reseal";
import { readSigners, type Signers } from "../../keys/read-signers";
import { readStats } from "../../stats/read-stats";
import { STATS_RANGES, type Stats, type StatsRange } from "../../stats/stats";
import { DeliveryTable } from "../deliveries/list";
import { COUNTED, DeliveryChart, fieldTime } from "../parts/chart";
import { Ago, Empty, Foreign, following, Id, Notice, State } from "../parts/elements";
import { page } from "../parts/page";
import { viewOf } from "../parts/paging";
import { percent } from "../parts/percent";
import type { PageContext, Viewer } from "../session/viewer";

const RANGE_WORDS: Record<StatsRange, string> = { "1h": "1 hour", "24h": "24 hours", "7d": "7 days", "30d": "30 days" };

/** The operators' home: whether everything flows, over time and right now. */
export async function overviewPage(c: PageContext) {
  const gateway = c.get("gateway");
  const viewer = c.get("viewer");
  const range = STATS_RANGES.find((one) => one === c.req.query("range")) ?? "24h";
  const [stats, current, signers] = await Promise.all([
    readStats(gateway, range, {}),
    readNow(gateway),
    readSigners(gateway),
  ]);
  if (!stats) throw new Error("there are no statistics of everything");
  const now = gateway.now();
  const quiet = COUNTED.every((name) => stats.totals[name] === 0);
  return page(c, {
    title: "Overview",
    children: (
      <>
        <Ranges path={viewer.base} chosen={range} />
        <Headline viewer={viewer} stats={stats} />
        {quiet ? (
          <Empty>
            Nothing was counted in the last {range === "1h" ? "hour" : RANGE_WORDS[range]}. A minute is counted once it
            is over. To begin, create an account under <a href={`${viewer.base}/accounts`}>Accounts</a>, give it a
            destination, and send it a test event.
          </Empty>
        ) : (
          <DeliveryChart stats={stats} listPath={`${viewer.base}/deliveries`} />
        )}
        <div id="now" {...following("now", viewOf(viewer.base, { range }), 10)}>
          <Tiles
            tiles={[
              [
                "Failing destinations",
                counted(current.failing.length, MOST_NAMED),
                current.failing.length > 0 ? "#failing" : null,
              ],
              [
                "Overdue deliveries",
                counted(current.gatewayStatus.overdueDeliveries, MOST_COUNTED),
                viewOf(`${viewer.base}/deliveries`, { state: "pending" }),
              ],
              [
                "Paused destinations",
                counted(current.gatewayStatus.pausedDestinations, MOST_COUNTED),
                current.paused.length > 0 ? "#paused" : null,
              ],
              ["In the queue", current.backlog === null ? "–" : String(current.backlog), null],
              ["Dead letters", counted(current.gatewayStatus.deadLetters, MOST_COUNTED), `${viewer.base}/dead-letters`],
            ]}
          />
          <Sealing status={current.sealing} />
          <Signing by={signers} />
          <Failing viewer={viewer} failing={current.failing} now={now} />
          <Paused viewer={viewer} paused={current.paused} now={now} />
          <section>
            <h2 id="due">Due next</h2>
            {current.due.length === 0 ? (
              <p class="muted">Nothing is scheduled. What waits for a failing destination follows its next probe.</p>
            ) : (
              <DeliveryTable viewer={viewer} deliveries={current.due} now={now} />
            )}
          </section>
        </div>
      </>
    ),
  });
}

/** How far the rotation of the sealing keys is. */
function Sealing({ status: { waiting, unreadable } }: { status: SealingStatus }) {
  if (waiting + unreadable === 0) return null;
  return (
    <Notice tone={unreadable > 0 ? "bad" : "wait"}>
      {waiting > 0
        ? `${grouped(waiting)} destinations are not under the first sealing key yet: keep the keys behind it. `
        : ""}
      {unreadable > 0
        ? `${grouped(unreadable)} destinations cannot be read: a sealing key is missing. Put it back, or edit them.`
        : ""}
    </Notice>
  );
}

/** How far the rotation of the token keys is. */
function Signing({ by: { tokens, operator_keys, portal_links } }: { by: Signers }) {
  const of = (which: "older" | "unknown") => [tokens[which], operator_keys[which], portal_links[which]] as const;
  if ([...of("older"), ...of("unknown")].every((count) => count === 0)) return null;
  const words = ([ofTokens, ofKeys, ofLinks]: ReturnType<typeof of>) =>
    `${grouped(ofTokens)} tokens, ${grouped(ofKeys)} operators' keys, ${grouped(ofLinks)} portal links`;
  return (
    <Notice tone="wait">
      Signed by a token key behind the first, which has to stay for them: {words(of("older"))}. From before this was
      kept: {words(of("unknown"))}.
    </Notice>
  );
}

function Ranges({ path, chosen }: { path: string; chosen: StatsRange }) {
  return (
    <nav class="ranges" aria-label="Range">
      {STATS_RANGES.map((range) => (
        <a href={viewOf(path, { range })} {...(range === chosen && { "aria-current": "true" as const })}>
          {RANGE_WORDS[range]}
        </a>
      ))}
    </nav>
  );
}

/** The range in numbers, each with the list behind it. */
function Headline({ viewer, stats }: { viewer: Viewer; stats: Stats }) {
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

function Failing({ viewer, failing, now }: { viewer: Viewer; failing: FailingDestination[]; now: number }) {
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
function Paused({ viewer, paused, now }: { viewer: Viewer; paused: PausedDestination[]; now: number }) {
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

function grouped(count: number): string {
  return count.toLocaleString("en");
}

/** A count that stops at `most`. */
function counted(count: number, most: number): string {
  return count >= most ? `${grouped(most)} or more` : String(count);
}

function duration(ms: number | null): string {
  if (ms === null) return "–";
  return ms < 1_000 ? `${Math.round(ms)} ms` : `${(ms / 1_000).toFixed(1)} s`;
}

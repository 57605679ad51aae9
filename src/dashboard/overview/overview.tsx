/** The operators' first page: traffic over time, what fails now, what is due next. */
import { readNow } from "../../deliveries/status/read-now";
import { readSigners } from "../../keys/read-signers";
import { readStats } from "../../stats/read-stats";
import { STATS_RANGES, type StatsRange } from "../../stats/stats";
import { DeliveryTable } from "../deliveries/list";
import { COUNTED, DeliveryChart } from "../parts/chart";
import { Empty, following } from "../parts/elements";
import { page } from "../parts/page";
import { viewOf } from "../parts/paging";
import type { PageContext } from "../session/viewer";
import { Backlog, Headline } from "./figures";
import { Sealing, Signing } from "./rotations";
import { Failing, Paused } from "./trouble";

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
          <Backlog viewer={viewer} current={current} />
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

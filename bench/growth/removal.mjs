// How many events the cron removes in a run, of which there is one a minute, while new events come in as fast as they are
// taken. Here one run follows the other.
import { DatabaseSync } from "node:sqlite";
import { firstIdAt } from "../../src/vocabulary/ids.ts";
import { databaseFile } from "../fill/fill.mjs";
import { DAY_MS } from "../fill/times.mjs";
import { measure } from "../measure.mjs";
import { Served } from "../serving/served.mjs";

const PLANS = ["free", "paid"];
/** Of the 30 days that are filled, half have expired. */
const KEPT_DAYS = 15;
/** Without destinations: attempts would take from the requests of an invocation, and on the Free plan last for minutes. */
export const INGEST = { destinations: 0, connections: 16, events: 2_000 };
/** Few enough for something to be left. */
const MOST_RUNS = 10;

/**
 * @param side one of `growth`, closed
 * @returns of each plan how many events a run of the cron removes and how long that takes in ms; the slowest answers beside it
 *   and without it, in ms; and how many expired events are `left`: none means that a run may remove more than was there
 */
export async function removal(load, built, { served, senders }) {
  const rows = [];
  for (const plan of PLANS) {
    const before = countExpired(served.folder);
    const { runs, ...measured } = await withCron(load, built, served.folder, senders, plan);
    const after = countExpired(served.folder);
    rows.push({ plan, ...measured, removedPerRun: (before - after) / runs, left: after });
  }
  return rows;
}

async function withCron(load, built, folder, senders, plan) {
  const served = await Served.start({
    scripts: [built.script],
    config: built.config,
    data: folder,
    settings: { PLAN: plan, RETENTION_DAYS: String(KEPT_DAYS) },
  });
  try {
    const contender = { served, senders: movedTo(senders, served.url), tells: true };
    const alone = await measure(load, contender, INGEST);
    const times = [];
    const beside = await measure(load, contender, INGEST, async (isSending) => {
      while (isSending() && times.length < MOST_RUNS) times.push(await runCron(served.url));
    });
    return {
      runs: times.length,
      msPerRun: times.reduce((sum, ms) => sum + ms, 0) / times.length,
      answerP99Ms: beside.answerP99Ms,
      answerP99MsAlone: alone.answerP99Ms,
    };
  } finally {
    await served.close();
  }
}

async function runCron(url) {
  const begun = performance.now();
  const response = await fetch(`${url}/cdn-cgi/local/scheduled?cron=*+*+*+*+*`);
  if (!response.ok) throw new Error(`the cron failed: ${await response.text()}`);
  await response.body?.cancel();
  return performance.now() - begun;
}

function movedTo(senders, url) {
  const moved = Object.entries(senders).map(([key, one]) => [key, { ...one, url: url + new URL(one.url).pathname }]);
  return Object.fromEntries(moved);
}

function countExpired(folder) {
  const db = new DatabaseSync(databaseFile(folder));
  const before = firstIdAt("evt", Date.now() - KEPT_DAYS * DAY_MS);
  const { n } = db.prepare("SELECT count(*) AS n FROM events WHERE event_id < ?").get(before);
  db.close();
  return n;
}

// `npm run bench:paused`: a destination that was paused for a week, with 100,000 events that wait for it. How long the pages take
// with nothing waiting, with all of them, and while they go out; how fast that is, in which order they arrive, and whether a
// neighbour's events wait for it. The built Worker with D1 on disk. It fails when one is lost, comes twice or comes much out of
// its order, when a page takes longer than 150 ms, or when a neighbour's event takes longer than a second.
//
//   npm run bench:paused -- --events 2000     fewer events, two minutes
//   npm run bench:paused -- --drained 2000    only so many of them go out
import { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { newId } from "../src/vocabulary/ids.ts";
import { Receiver } from "../test/e2e/support/receiver.ts";
import { openRun } from "../test/e2e/support/run-folder.ts";
import { addDestination, call, newAccount, send } from "../test/support/client.ts";
import { databaseFile } from "./fill/fill.mjs";
import { buildCheckout } from "./serving/build.mjs";
import { Served } from "./serving/served.mjs";

const { values: given } = parseArgs({
  options: { events: { type: "string", default: "100000" }, drained: { type: "string" } },
});
const EVENTS = Number(given.events);
const DRAINED = Number(given.drained ?? EVENTS);
const WEEK_MS = 7 * 86_400_000;
const RUNS = 15;
const SLOW_MS = 150;
const MOST_OUT_OF_ORDER = 25;
const MOST_NEIGHBOUR_MS = 1_000;
const NEIGHBOUR_EVERY_MS = 2_000;
/** Ten times what a chunk of 25 a second takes. */
const GIVE_UP_AFTER_MS = 300_000 + DRAINED * 400;

setTimeout(() => {
  console.error("This takes too long; it was given up.");
  process.exit(1);
}, GIVE_UP_AFTER_MS).unref();

const faults = [];
const receiver = await Receiver.open();
let served = null;
try {
  await main();
} finally {
  receiver.close();
  await served?.close();
}
console.log(faults.length === 0 ? "All of it is as promised." : faults.join("\n"));
process.exitCode = faults.length === 0 ? 0 : 1;

async function main() {
  openRun();
  const built = await buildCheckout(fileURLToPath(new URL("..", import.meta.url)));
  const worker = { scripts: [built.script], config: built.config };
  served = await Served.start({ ...worker, emptyData: built.emptyData });
  const [paused, neighbour] = [await newAccount(served.client), await newAccount(served.client)];
  const { destination_id } = await addDestination(served.client, paused, `${receiver.url}?paused`);
  await addDestination(served.client, neighbour, `${receiver.url}?neighbour`);
  await call(served.client, "PUT", `/destinations/${destination_id}/pause`);
  const pages = [
    "/health",
    `/destinations/${destination_id}`,
    `/deliveries?account_id=${paused.account_id}&state=pending`,
    `/deliveries?destination_id=${destination_id}&account_id=${paused.account_id}&state=delivered`,
    `/events?account_id=${paused.account_id}`,
    "/dashboard",
    `/dashboard/destinations/${destination_id}`,
    `/dashboard/deliveries?account_id=${paused.account_id}`,
  ];
  const table = new Map(pages.map((page) => [page.replace(/dst_\w+/g, "…").replace(/acc_\w+/g, "…"), {}]));
  const measure = async (when) => {
    const times = await timesOf(pages);
    [...table.values()].forEach((row, i) => {
      row[when] = times[i];
      if (times[i] > SLOW_MS) faults.push(`${pages[i]} takes ${times[i]} ms ${when}`);
    });
  };

  await measure("with none");
  const { folder } = served;
  await served.close();
  wait(folder, destination_id);
  served = await Served.start({ ...worker, data: folder });
  await measure("waiting");

  const begun = performance.now();
  await call(served.client, "DELETE", `/destinations/${destination_id}/pause`);
  const waits = [];
  const arrived = () => receiver.arrivals.filter(({ target }) => target.endsWith("paused"));
  for (let measured = false; arrived().length < DRAINED; ) {
    waits.push(await neighbourWaits(neighbour));
    if (!measured && arrived().length > DRAINED / 3) {
      await measure("draining");
      measured = true;
    }
    await sleep(NEIGHBOUR_EVERY_MS);
  }
  const seconds = (performance.now() - begun) / 1_000;
  await sleep(NEIGHBOUR_EVERY_MS);
  console.table(Object.fromEntries(table));
  const places = arrived().map(({ body }) => JSON.parse(body.toString()).n);
  const furthest = places.reduce((most, n, place) => Math.max(most, Math.abs(n - place)), 0);
  console.log(
    `${places.length} of ${EVENTS} events in ${seconds.toFixed(0)} s, ${(places.length / seconds).toFixed(0)} a second; at most ${furthest} places out of their order; a neighbour's event took ${Math.max(...waits).toFixed(0)} ms at most.`,
  );
  const isWhole = DRAINED < EVENTS || places.length === EVENTS;
  if (!isWhole || new Set(places).size !== places.length) faults.push("An event was lost, or came twice.");
  if (furthest > MOST_OUT_OF_ORDER) faults.push(`An event came ${furthest} places out of its order.`);
  if (Math.max(...waits) > MOST_NEIGHBOUR_MS) faults.push("A neighbour's event waited.");
}

/** Stores the events of a week that wait for the destination, as if they had come while it was paused. */
function wait(folder, destinationId) {
  const db = new DatabaseSync(databaseFile(folder));
  const start = Date.now() - WEEK_MS;
  const at = (n) => start + Math.floor((n * WEEK_MS) / EVENTS);
  db.function("id_of", (n) => newId("evt", at(n)));
  db.function("time_of", at);
  const { key, account } = db
    .prepare("SELECT key, account FROM destinations WHERE destination_id = ?")
    .get(destinationId);
  db.exec("BEGIN");
  db.prepare(
    `WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < ? - 1)
     INSERT INTO events (event_id, account, size_bytes, received_at, payload)
     SELECT id_of(i), ?, length(i) + 6, time_of(i), '{"n":' || i || '}' FROM n`,
  ).run(EVENTS, account);
  db.prepare(
    `INSERT INTO deliveries (event_id, destination, state, not_before, created_at, updated_at)
     SELECT event_id, ?, 'pending', 0, received_at, received_at FROM events WHERE account = ?`,
  ).run(key, account);
  db.prepare("UPDATE destinations SET paused_at = ? WHERE key = ?").run(start, key);
  db.exec("COMMIT");
  db.close();
}

/** How long each takes, the middle one of some runs. */
async function timesOf(pages) {
  const { url, operatorKey } = served.client;
  const signedIn = await fetch(`${url}/dashboard/sign-in`, {
    method: "POST",
    headers: { origin: url, "content-type": "application/x-www-form-urlencoded" },
    body: `key=${operatorKey}`,
    redirect: "manual",
  });
  const cookie = signedIn.headers
    .getSetCookie()
    .map((line) => line.split(";", 1)[0])
    .join("; ");
  const medians = [];
  for (const page of pages) {
    const headers = page.startsWith("/dashboard") ? { cookie } : { authorization: `Bearer ${operatorKey}` };
    const times = [];
    for (let run = 0; run < RUNS; run++) {
      const begun = performance.now();
      const answer = await fetch(url + page, { headers });
      await answer.text();
      if (answer.status !== 200) throw new Error(`${page} answered ${answer.status}`);
      times.push(performance.now() - begun);
    }
    medians.push(Number(times.toSorted((a, b) => a - b)[RUNS >> 1].toFixed(1)));
  }
  return medians;
}

/** From sending one event until it has arrived. */
async function neighbourWaits(account) {
  const begun = performance.now();
  const before = receiver.arrivals.filter(({ target }) => target.endsWith("neighbour")).length;
  await send(served.client, account, "{}");
  while (receiver.arrivals.filter(({ target }) => target.endsWith("neighbour")).length === before) await sleep(5);
  return performance.now() - begun;
}

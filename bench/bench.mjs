// `npm run bench`: what an event costs here, beside the least that it could cost, see bench/README.md. It ends by itself and
// leaves nothing behind but its results in out/bench.
//
//   npm run bench -- --quick            one round of a quarter of the events, about a minute
//   npm run bench -- --rounds 3         fewer rounds (default 7)
//   npm run bench -- --worker ../old    another checkout of it, with its packages installed, measured in the same turns
//   npm run bench -- --growth           with 10,000, 100,000 and 1,000,000 events stored, and how fast they are removed
//   npm run bench -- --write            writes bench/RESULTS.md as well and, of another checkout, bench/before.json; with
//                                       --growth bench/GROWTH.md
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { openRun } from "../test/e2e/support/run-folder.ts";
import { beside } from "./beside.mjs";
import { count } from "./count/count.mjs";
import { extras } from "./extras.mjs";
import { growth } from "./growth/growth.mjs";
import { openLoad } from "./load/open.mjs";
import { splitByIsolate } from "./profile/isolates.mjs";
import { printedGrowth } from "./report/growth.mjs";
import { commitOf, loadOfMachine, machine } from "./report/machine.mjs";
import { printed } from "./report/printed.mjs";
import { keepJson, writeGrowth, writeResults } from "./report/results.mjs";
import { buildCheckout } from "./serving/build.mjs";
import { fewer, situations } from "./situations.mjs";

const HERE = fileURLToPath(new URL("..", import.meta.url));
const GIVE_UP_AFTER_MS = { quick: 10 * 60_000, whole: 40 * 60_000 };

const { values: given } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    rounds: { type: "string" },
    worker: { type: "string" },
    growth: { type: "boolean", default: false },
    write: { type: "boolean", default: false },
  },
});
const rounds = Number(given.rounds ?? (given.quick ? 1 : 7));

setTimeout(
  () => {
    console.error("This takes too long; it was given up.");
    process.exit(1);
  },
  GIVE_UP_AFTER_MS[given.quick ? "quick" : "whole"],
).unref();

openRun();
const load = await openLoad();
try {
  const checkouts = { gateway: HERE, ...(given.worker && !given.growth && { before: resolve(given.worker) }) };
  const commits = Object.fromEntries(Object.entries(checkouts).map(([name, root]) => [name, commitOf(root)]));
  const built = {};
  for (const [name, root] of Object.entries(checkouts)) built[name] = await buildCheckout(root);
  const about = { date: new Date().toISOString(), machine: machine(), loadBefore: loadOfMachine(), commits };
  await (given.growth ? showGrowth(about, built.gateway) : showCosts(about, built));
} finally {
  await load.close();
}

async function showCosts(about, built) {
  const all = situations(given);
  const results = { ...about, rows: await beside(load, built, all, rounds), counted: {}, isolates: {} };
  for (const [name, worker] of Object.entries(built)) {
    results.counted[name] = await count(load, worker, all.map(fewer));
    results.isolates[name] = await splitByIsolate(load, worker, all);
  }
  results.extras = await extras(load, built.gateway, given, rounds);
  console.log(printed(results));
  console.log(`\nAll of it: ${keepJson("costs", results)}`);
  if (given.write) writeResults(results);
}

async function showGrowth(about, worker) {
  const results = { ...about, ...(await growth(load, worker, { quick: given.quick, rounds })) };
  console.log(printedGrowth(results));
  console.log(`\nAll of it: ${keepJson("growth", results)}`);
  if (given.write) writeGrowth(results);
}

// `npm run bench`: what an event costs here, beside the least that it could cost, see bench/README.md. It ends by itself and
// leaves nothing behind but its results in out/bench.
//
//   npm run bench -- --quick            one round of a quarter of the events, about a minute
//   npm run bench -- --rounds 3         fewer rounds (default 7)
//   npm run bench -- --worker ../old    another checkout of it, with its packages installed, measured in the same turns
//   npm run bench -- --write            writes bench/RESULTS.md as well, and of another checkout bench/before.json
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { openRun } from "../test/e2e/support/run-folder.ts";
import { openFloors, openGateway } from "./contenders.mjs";
import { count } from "./count/count.mjs";
import { Rounds } from "./figures/rounds.ts";
import { openLoad } from "./load/open.mjs";
import { measure } from "./measure.mjs";
import { splitByIsolate } from "./profile/isolates.mjs";
import { commitOf, machine } from "./report/machine.mjs";
import { printed } from "./report/printed.mjs";
import { keepJson, writeResults } from "./report/results.mjs";
import { buildCheckout } from "./serving/build.mjs";
import { destinationsOf, situations } from "./situations.mjs";

const HERE = fileURLToPath(new URL("..", import.meta.url));
const GIVE_UP_AFTER_MS = { quick: 10 * 60_000, whole: 25 * 60_000 };
/** A round here is long enough to count: rows are no matter of chance. */
const MOST_COUNTED = 200;

const { values: given } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    rounds: { type: "string" },
    worker: { type: "string" },
    write: { type: "boolean", default: false },
  },
});
const all = situations(given);
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
const opened = [];
try {
  const checkouts = { gateway: HERE, ...(given.worker && { before: resolve(given.worker) }) };
  const built = {};
  for (const [name, root] of Object.entries(checkouts)) built[name] = await buildCheckout(root);
  const results = {
    date: new Date().toISOString(),
    machine: machine(),
    commits: Object.fromEntries(Object.entries(checkouts).map(([name, root]) => [name, commitOf(root)])),
    rows: await inTurns(built),
    counted: {},
    isolates: {},
  };
  for (const [name, worker] of Object.entries(built)) {
    results.counted[name] = await count(load, worker, all.map(fewer));
    results.isolates[name] = await splitByIsolate(load, worker, all);
  }
  console.log(printed(results));
  console.log(`\nAll of it: ${keepJson(results)}`);
  if (given.write) writeResults(results);
} finally {
  for (const { served } of opened) await served.close();
  await load.close();
}

/** Every round measures every contender in every situation, one after the other, the last first in every other round. */
async function inTurns(built) {
  const receiverUrl = await load.receiver.ask("url");
  const contenders = {};
  for (const [name, worker] of Object.entries(built)) {
    contenders[name] = await openGateway(worker, receiverUrl, destinationsOf(all));
    opened.push(contenders[name]);
  }
  Object.assign(contenders, await openFloors(built.gateway.config, receiverUrl, destinationsOf(all)));
  opened.push(...Object.values(contenders));
  const turns = all.flatMap((situation) =>
    Object.entries(contenders)
      .filter(([, { senders }]) => situation.destinations in senders)
      .map(([name, contender]) => ({ situation, name, contender })),
  );
  for (const { situation, contender } of turns) await measure(load, contender, fewer(situation));
  const noted = new Rounds();
  for (let round = 0; round < rounds; round++) {
    for (const { situation, name, contender } of round % 2 === 0 ? turns : turns.toReversed()) {
      noted.note(situation, name, await measure(load, contender, situation));
    }
    console.log(`round ${round + 1} of ${rounds}`);
  }
  return noted.rows();
}

function fewer(situation) {
  return { ...situation, events: Math.min(situation.events, MOST_COUNTED) };
}

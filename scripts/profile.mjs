// `npm run profile`: where the Worker's processor time goes. Serves the unminified Worker by workerd, sends it events over
// 64 connections, and prints the functions that cost most; the profile itself opens in the developer tools of a browser.
//
//   npm run profile -- --destinations 10 --events 500 --connections 1    (default 1, 4,000 shared by its destinations, 64)
import { mkdirSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { openGateway } from "../bench/contenders.mjs";
import { openLoad } from "../bench/load/open.mjs";
import { measure } from "../bench/measure.mjs";
import { Profiler } from "../bench/profile/inspector.mjs";
import { placesIn } from "../bench/profile/places.mjs";
import { rollUp } from "../bench/profile/roll-up.mjs";
import { buildCheckout } from "../bench/serving/build.mjs";
import { openRun } from "../test/e2e/support/run-folder.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const WORKER = "core:user:";
const INTERVAL_US = 500;
const DELIVERIES = 4_000;
const WARM_UP_EVENTS = 200;
const SHOWN = 40;
const GIVE_UP_AFTER_MS = 5 * 60_000;

const { values: given } = parseArgs({
  options: {
    destinations: { type: "string", default: "1" },
    events: { type: "string" },
    connections: { type: "string", default: "64" },
  },
});
const destinations = Number(given.destinations);
const events = Number(given.events ?? Math.ceil(DELIVERIES / Math.max(1, destinations)));
const situation = { destinations, connections: Number(given.connections), events };

setTimeout(() => {
  console.error("This takes too long; it was given up.");
  process.exit(1);
}, GIVE_UP_AFTER_MS).unref();

openRun();
const load = await openLoad();
let gateway = null;
try {
  const built = await buildCheckout(ROOT, { minify: false });
  gateway = await openGateway(built, await load.receiver.ask("url"), [destinations], { inspect: true });
  await measure(load, gateway, { ...situation, events: WARM_UP_EVENTS });
  const profiler = await Profiler.start(gateway.served.inspector, WORKER, INTERVAL_US);
  await measure(load, gateway, situation);
  const profile = await profiler.stop();
  const file = join(ROOT, `out/profile-${destinations}.cpuprofile`);
  mkdirSync(join(ROOT, "out"), { recursive: true });
  writeFileSync(file, JSON.stringify(profile));
  print(rollUp(profile, placesIn(built.script)));
  console.log(`\n${events} events to ${destinations} destinations: ${relative(ROOT, file)}`);
} finally {
  await gateway?.served.close();
  await load.close();
}

function print({ running, self, within, own, caused }) {
  const lists = [
    ["By function, without what it calls", self],
    ["By function of src, with all that it calls", within],
    ["By folder, without what it calls", own],
    ["By folder of src, with what it calls outside of src", caused],
  ];
  for (const [title, samples] of lists) {
    const first = [...samples].sort((a, b) => b[1] - a[1]).slice(0, SHOWN);
    const lines = first.map(([name, count]) => `${((100 * count) / running).toFixed(1).padStart(6)} %  ${name}`);
    console.log(`\n${title}\n\n${lines.join("\n")}`);
  }
}

// `npm run chaos`: kills the built Worker at random moments under load and fails when anything that was answered 2xx is
// lost, sent twice without a crash, retried too early or reported wrongly. Takes some minutes, since half of the leases
// that a kill leaves behind run out in real time. SEED=… repeats the times of the kills.
import { build } from "../test/e2e/support/build.ts";
import { chaos } from "../test/e2e/support/chaos.ts";

const seed = Number(process.env.SEED || Date.now() % 1_000_000);
console.log(`Building the Worker; SEED=${seed}`);
await build();
const toll = await chaos({
  events: 10_000,
  kills: 24,
  longOutage: (kill) => kill < 24 && kill % 2 === 1,
  withinMs: 20 * 60_000,
  seed,
  say: console.log,
});
const counted = Object.entries(toll).map(([name, value]) => [name, Array.isArray(value) ? value.length : value]);
console.table(Object.fromEntries(counted));
const broken = Object.entries(toll).filter(([, value]) => Array.isArray(value) && value.length > 0);
for (const [name, ids] of broken) console.error(`${name}: ${ids.slice(0, 20).join(", ")}`);
if (broken.length + toll.pending + toll.afterRemoval > 0) process.exit(1);

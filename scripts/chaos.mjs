// `npm run chaos`: kills the built Worker at random moments under load and fails when anything that was answered 2xx is
// lost. Takes some minutes, since the leases of the dead run out in real time. SEED=… repeats the moments of a run.
import { build } from "../test/e2e/support/build.ts";
import { chaos } from "../test/e2e/support/chaos.ts";

const seed = Number(process.env.SEED || Date.now() % 1_000_000);
console.log(`Building the Worker; SEED=${seed}`);
await build();
const { lost, ...toll } = await chaos({
  events: 10_000,
  kills: 24,
  longOutage: (kill) => kill < 24 && kill % 2 === 1,
  withinMs: 15 * 60_000,
  seed,
  say: console.log,
});
console.table({ ...toll, lost: lost.length });
if (lost.length > 0) console.error(`Lost: ${lost.slice(0, 20).join(", ")}`);
if (lost.length + toll.renamed + toll.pending > 0) process.exit(1);

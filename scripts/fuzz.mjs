// `npm run fuzz`: sends 100,000 inputs to the ingest, the API and the pages, in workerd. Fails when one is answered with a
// fault, in another shape than the OpenAPI document has, or is refused and changes something all the same. FUZZ=… sets how
// many, SEED=… repeats those of a run.
import { spawnSync } from "node:child_process";

const { FUZZ = "100000", SEED = String(Date.now() % 1_000_000) } = process.env;
console.log(`${FUZZ} inputs; SEED=${SEED}`);
const { status } = spawnSync("vitest", ["run", "--project", "worker", "test/fuzz", ...process.argv.slice(2)], {
  stdio: "inherit",
  env: { ...process.env, FUZZ, SEED },
  shell: process.platform === "win32",
});
process.exit(status ?? 1);

// `npm run mutants`: puts one small bug at a time into a copy of the working tree, and fails when one survives the tests that
// should catch it, or when the code it replaces has changed. Arguments are ids of mutants to run; `--check` only checks
// that the code of each is found. test/mutants/score.md keeps how each last ended.
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { inRun, openRun } from "../test/e2e/support/run-folder.ts";
import { MUTANTS } from "../test/mutants/list.ts";
import { faultOf } from "../test/mutants/mutant.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
/** Tests that hang have caught the bug as well. */
const LONGEST_RUN_MS = 600_000;
const SCORE = "test/mutants/score.md";
const SURVIVED = "**survived**";

const names = process.argv.slice(2).filter((name) => !name.startsWith("--"));
const unknown = names.filter((name) => !MUTANTS.some(({ id }) => id === name));
const chosen = MUTANTS.filter(({ id }) => names.length === 0 || names.includes(id));
const faults = [
  ...unknown.map((name) => `${name}: there is no such mutant`),
  ...chosen.flatMap((mutant) => faultOf(mutant, read(mutant.file)) ?? []),
];
if (faults.length > 0) {
  console.error(faults.join("\n"));
  process.exit(1);
}
console.log(`${chosen.length} mutants: the code of each is found`);
if (!process.argv.includes("--check")) await run();

async function run() {
  const copy = copyOfTree();
  const files = [...new Set(chosen.flatMap(({ tests }) => tests))];
  console.log(`Without a mutant: ${files.join(", ")}`);
  const untouched = await testsIn(copy, files, 6 * LONGEST_RUN_MS);
  if (untouched.killed) throw new Error(`the tests fail without any mutant: ${untouched.by}`);

  const results = [];
  for (const mutant of chosen) {
    const path = join(copy, mutant.file);
    const source = readFileSync(path, "utf8");
    // as a function: a replacement may hold a $
    writeFileSync(
      path,
      source.replace(mutant.find, () => mutant.replace),
    );
    const result = await testsIn(copy, mutant.tests, LONGEST_RUN_MS);
    writeFileSync(path, source);
    results.push({ ...mutant, ...result });
    keep(results);
    console.log(`${result.killed ? "killed  " : "SURVIVED"}  ${mutant.id}${result.killed ? `: ${result.by}` : ""}`);
  }
  const survived = results.filter(({ killed }) => !killed);
  console.log(`${results.length - survived.length} of ${results.length} mutants killed`);
  if (survived.length > 0) process.exitCode = 1;
}

/** What git knows, with what is not committed yet. It goes with this run. */
function copyOfTree() {
  openRun();
  const copy = inRun("mutants");
  const listed = execFileSync("git", ["ls-files", "-coz", "--exclude-standard"], { cwd: ROOT, encoding: "utf8" });
  for (const file of listed.split("\0").filter((name) => name && read(name) !== undefined)) {
    mkdirSync(dirname(join(copy, file)), { recursive: true });
    cpSync(join(ROOT, file), join(copy, file));
  }
  symlinkSync(join(ROOT, "node_modules"), join(copy, "node_modules"));
  execFileSync(process.execPath, ["scripts/assets.mjs"], { cwd: copy, stdio: "ignore" });
  return copy;
}

/** Runs these test files in the copy, up to the first that fails. */
async function testsIn(copy, files, withinMs) {
  const report = join(copy, "out/mutant.json");
  rmSync(report, { force: true });
  const vitest = join(copy, "node_modules/vitest/vitest.mjs");
  const args = [vitest, "run", "--bail=1", "--reporter=json", `--outputFile.json=${report}`, ...files];
  // a process group of its own: workerd ends with it
  const { DATA_PUSHER_RUN: _, ...env } = process.env;
  const child = spawn(process.execPath, args, { cwd: copy, env, stdio: "ignore", detached: true });
  const end = () => {
    try {
      process.kill(-child.pid, "SIGKILL");
    } catch {
      // it has ended by itself
    }
  };
  process.prependListener("exit", end);
  const timer = setTimeout(end, withinMs);
  const [code, signal] = await once(child, "exit");
  clearTimeout(timer);
  process.off("exit", end);
  if (signal !== null) return { killed: true, by: "the tests did not end" };
  if (code === 0) return { killed: false, by: null };
  const results = JSON.parse(readFileSync(report, "utf8")).testResults;
  const failed = results.flatMap((file) => file.assertionResults).find(({ status }) => status === "failed");
  // A file that fails to load has tested nothing.
  if (!failed) throw new Error(`no test failed, and yet vitest did: ${results.map((file) => file.message).join(" ")}`);
  return { killed: true, by: failed.fullName };
}

/** Puts the results beside those of earlier runs. */
function keep(results) {
  const earlier = [...(read(SCORE) ?? "").matchAll(/^\| ([\w-]+) \| `[^`]+` \| (.*) \|$/gm)].map(([, id, by]) => [
    id,
    by,
  ]);
  const known = new Map([...earlier, ...results.map(({ id, killed, by }) => [id, killed ? by : SURVIVED])]);
  const shown = MUTANTS.filter(({ id }) => known.has(id)).map(({ id, file }) => ({ id, file, by: known.get(id) }));
  const killed = shown.filter(({ by }) => by !== SURVIVED).length;
  const rows = shown.map(({ id, file, by }) => `| ${id} | \`${file}\` | ${by} |`);
  const head = `# ${killed} of ${MUTANTS.length} mutants killed\n\nWritten by \`npm run mutants\`.\n\n| bug | in | killed by |\n|---|---|---|`;
  writeFileSync(join(ROOT, SCORE), `${head}\n${rows.join("\n")}\n`);
}

function read(file) {
  try {
    return readFileSync(join(ROOT, file), "utf8");
  } catch {
    return undefined;
  }
}

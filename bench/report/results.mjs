import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { printedGrowth } from "./growth.mjs";
import { printed } from "./printed.mjs";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const RESULTS = join(ROOT, "bench/RESULTS.md");
const GROWTH = join(ROOT, "bench/GROWTH.md");
const BEFORE = join(ROOT, "bench/before.json");

/** @returns {string} the path of the results as JSON */
export function keepJson(name, results) {
  const folder = join(ROOT, "out/bench");
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `${name}-${results.date.replaceAll(/\D/g, "").slice(0, 14)}.json`);
  writeFileSync(file, JSON.stringify(results, null, 2));
  return relative(ROOT, file);
}

/**
 * Writes bench/RESULTS.md. What an earlier commit did stands beside it: as it was measured in the same turns, and is kept for
 * later, or else as it was kept.
 */
export function writeResults(results) {
  const before = beforeOf(results);
  if (before !== null) write(BEFORE, JSON.stringify(before, roundedNumbers));
  const kept = before === null && existsSync(BEFORE) ? JSON.parse(readFileSync(BEFORE, "utf8")) : null;
  const shown = kept === null ? results : withEarlier(results, kept);
  write(RESULTS, `${heading("npm run bench", shown)}\n\n${printed(shown)}`);
}

/** Writes bench/GROWTH.md. */
export function writeGrowth(results) {
  write(GROWTH, `${heading("npm run bench -- --growth", results)}\n\n${printedGrowth(results)}`);
}

/** As the static checks want it. */
function write(file, text) {
  writeFileSync(file, `${text}\n`);
  execFileSync(join(ROOT, "node_modules/.bin/biome"), ["format", "--write", file]);
}

function beforeOf({ commits, rows, counted, isolates, date, machine }) {
  if (commits.before === undefined) return null;
  return {
    commit: commits.before,
    date,
    machine,
    rows: rows.filter(({ contender }) => contender === "before"),
    counted: counted.before,
    isolates: isolates.before,
  };
}

function withEarlier(results, { commit, rows, counted, isolates, date }) {
  return {
    ...results,
    earlierDate: date,
    commits: { ...results.commits, before: commit },
    earlier: rows,
    counted: { ...results.counted, before: counted },
    isolates: { ...results.isolates, before: isolates },
  };
}

function heading(command, { date, machine, loadBefore, commits, earlierDate }) {
  const { cores, model, memoryGb, system, node, workerd, miniflare, wrangler } = machine;
  const sameTurns =
    earlierDate === undefined ? "in the same turns" : `on ${earlierDate.slice(0, 10)}, in another run: compare ratios`;
  return `# Results of \`${command}\`

Written by that with \`--write\`; what the figures mean stands in [README.md](README.md). Compare ratios: another machine
has other numbers.

- ${date.slice(0, 10)}, ${cores} cores of ${model}, ${memoryGb} GB, ${system}; load average ${loadBefore} before it began
- Node ${node}, workerd ${workerd}, Miniflare ${miniflare}, wrangler ${wrangler}
- \`gateway\` is commit ${commits.gateway}${commits.before ? `; \`before\` is commit ${commits.before}, measured ${sameTurns}` : ""}`;
}

/** Four digits say all there is to say. */
function roundedNumbers(_name, value) {
  return typeof value === "number" ? Number(value.toPrecision(4)) : value;
}

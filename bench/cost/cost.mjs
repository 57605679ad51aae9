// `npm run cost`: writes docs/cost.md and the README's paragraph on the Free plan.
//
//   npm run cost -- out/bench/….json    takes the CPU from those results of `npm run bench` first
import { readFileSync, writeFileSync } from "node:fs";
import { measuredBy } from "./measured.ts";
import { costPage, freePlanParagraph } from "./page.ts";

const README = here("../../README.md");
const MEASURED = here("measured.json");

const [, , results] = process.argv;
if (results) writeFileSync(MEASURED, `${JSON.stringify(measuredBy(read(results)), null, 2)}\n`);

const given = [read(here("inputs.json")), read(here("counted.json")), read(MEASURED)];
writeFileSync(here("../../docs/cost.md"), costPage(...given));
const readme = readFileSync(README, "utf8");
writeFileSync(
  README,
  readme.replace(/^- \*\*Free plan\.\*\* .*(?:\n {2}.*)*$/m, () => freePlanParagraph(...given)),
);

function here(path) {
  return new URL(path, import.meta.url);
}

function read(file) {
  return JSON.parse(readFileSync(file, "utf8"));
}

// What growth.mjs found, as tables of Markdown.
import { numberText, ratios, section, speed, table } from "./tables.mjs";

const REMOVAL = [
  ["events removed a run", "removedPerRun"],
  ["ms a run", "msPerRun"],
  ["answer p99 ms meanwhile", "answerP99Ms"],
  ["without", "answerP99MsAlone"],
  ["expired events left", "left"],
];

/** @returns {string} every table, with its title */
export function printedGrowth({ rows, stored, removal }) {
  return [
    section("Beside the fewest events", ratios(rows)),
    section("Speed: the median of the rounds (lowest to highest)", speed(rows)),
    section("On disk", table([["", "contender"]], [["MB", "megabytes"]], stored.map(inMegabytes), numberText)),
    section("Removal, while events are sent", table([["plan", "plan"]], REMOVAL, removal, numberText)),
  ].join("\n\n");
}

function inMegabytes({ contender, bytes }) {
  return { contender, megabytes: bytes / 1e6 };
}

// What the bench found, as tables of Markdown.
import { numberText, ratios, SITUATION, section, sorted, speed, spreadText, table } from "./tables.mjs";

const COUNTED = [
  ["D1 calls", "calls"],
  ["statements", "statements"],
  ["rows read", "rowsRead"],
  ["rows written", "rowsWritten"],
  ["messages sent", "messagesSent"],
  ["messages read", "messagesRead"],
  ["payload bytes", "payloadBytes"],
  ["bytes stored", "bytesStored"],
];
const ISOLATES = [
  ["all of workerd", "processorMsPerEvent"],
  ["the Worker", "worker"],
  ["the emulated D1", "database"],
  ["the emulated queue", "queue"],
];

const EXTRAS = [
  ["all of workerd", "all"],
  ["times none of it", "allTimes"],
  ["the Worker", "worker"],
  ["times none of it", "workerTimes"],
];

/**
 * @param results `earlier` are rows of another run
 * @returns {string} every table, with its title
 */
export function printed({ rows, counted, isolates, extras, earlier = [] }) {
  const all = [...rows, ...earlier];
  return [
    section("Beside the floors", ratios(all)),
    section("Speed: the median of the rounds (lowest to highest)", speed(all)),
    section("Counted, for one event", table(SITUATION, COUNTED, named(counted), numberText)),
    section("CPU by isolate, in ms of an event", table(SITUATION, ISOLATES, named(isolates), numberText)),
    section("What types, a filter and a transformation cost, in ms of CPU of an event", extrasText(extras)),
  ].join("\n\n");
}

/** CPU alone: of the other figures no round tells what is theirs and what is chance. */
function extrasText(rows) {
  const told = sorted(rows).map(({ processorMsPerEvent: all, worker, ...row }) => ({
    ...{ ...row, all, worker },
    ...{ allTimes: all?.times, workerTimes: worker.times },
  }));
  return table(SITUATION, EXTRAS, told, spreadText);
}

function named(tables) {
  const rows = Object.entries(tables).flatMap(([contender, own]) => own.map((row) => ({ ...row, contender })));
  return sorted(rows);
}

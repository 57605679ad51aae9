// Results as tables of Markdown, for the terminal and for bench/RESULTS.md.

const SPEED = [
  ["accepted/s", "acceptedPerSecond"],
  ["delivered/s", "deliveredPerSecond"],
  ["answer p50 ms", "answerP50Ms"],
  ["answer p99 ms", "answerP99Ms"],
  ["end to end p50 ms", "endToEndP50Ms"],
  ["end to end p99 ms", "endToEndP99Ms"],
  ["CPU ms an event", "processorMsPerEvent"],
  ["memory MB", "memoryMb"],
];
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
const SITUATION = ["destinations", "connections"];

/** @returns {string} every table, with its title */
export function printed({ rows, counted, isolates, earlier = null }) {
  const all = earlier === null ? rows : [...rows, ...earlier.rows];
  const names = Object.keys(counted);
  const apart = (tables) => names.flatMap((name) => tables[name].map((row) => ({ ...row, contender: name })));
  return [
    section("Beside the floors", ratios(all)),
    section("Speed: the median of the rounds (lowest to highest)", table(SPEED, sorted(all), spreadText)),
    section("Counted, for one event", table(COUNTED, sorted(apart(counted)), numberText)),
    section("CPU by isolate: ms of an event", table(ISOLATES, sorted(apart(isolates)), numberText)),
  ].join("\n\n");
}

/** How many times its floor: of accepts and answers `one-write`, of deliveries `bare-fan-out`. */
function ratios(rows) {
  const own = rows.filter((row) => SPEED.some(([, name]) => row[name]?.times));
  const text = (figure) => (figure?.times ? spreadText(figure.times) : "");
  return table(SPEED, sorted(own), text);
}

function section(title, body) {
  return `## ${title}\n\n${body}`;
}

function table(columns, rows, text) {
  const shown = columns.filter(([, name]) => rows.some((row) => text(row[name]) !== ""));
  const lines = [
    [...SITUATION, "", ...shown.map(([title]) => title)],
    [...SITUATION.map(() => "--:"), "---", ...shown.map(() => "--:")],
    ...rows.map((row) => [
      ...SITUATION.map((name) => row[name]),
      row.contender,
      ...shown.map(([, name]) => text(row[name])),
    ]),
  ];
  return lines.map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

function sorted(rows) {
  return rows.toSorted((a, b) => a.destinations - b.destinations || a.connections - b.connections);
}

function spreadText(figure) {
  if (!figure) return "";
  const { median, low, high } = figure;
  return low === high ? numberText(median) : `${numberText(median)} (${numberText(low)}–${numberText(high)})`;
}

function numberText(number) {
  if (number === null || number === undefined) return "";
  return number.toLocaleString("en", { maximumSignificantDigits: number >= 1_000 ? 4 : 3 });
}

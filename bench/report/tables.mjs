// Tables of Markdown, for the terminal and for the files beside this folder.

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
/** What a row is about. */
export const SITUATION = [
  ["destinations", "destinations"],
  ["connections", "connections"],
  ["", "contender"],
];

export function section(title, body) {
  return `## ${title}\n\n${body}`;
}

/** The figures of `Rounds`, by situation. */
export function speed(rows) {
  return table(SITUATION, SPEED, sorted(rows), spreadText);
}

/** How many times its floor each of them is. */
export function ratios(rows) {
  const own = rows.filter((row) => SPEED.some(([, name]) => row[name]?.times));
  return table(SITUATION, SPEED, sorted(own), (figure) => spreadText(figure?.times));
}

/**
 * @param {[title: string, name: string][]} heads what the rows are about
 * @param {[title: string, name: string][]} columns left out where no row has anything
 * @param {object[]} rows
 * @param {(value: unknown) => string} text
 */
export function table(heads, columns, rows, text) {
  const shown = columns.filter(([, name]) => rows.some((row) => text(row[name]) !== ""));
  const lines = [
    [...heads, ...shown].map(([title]) => title),
    [...heads.map(([, name]) => (typeof rows[0]?.[name] === "number" ? "--:" : "---")), ...shown.map(() => "--:")],
    ...rows.map((row) => [...heads.map(([, name]) => row[name]), ...shown.map(([, name]) => text(row[name]))]),
  ];
  return lines.map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

export function sorted(rows) {
  return rows.toSorted((a, b) => a.destinations - b.destinations || a.connections - b.connections);
}

/** Three digits say all there is to say, of large numbers four. */
export function numberText(number) {
  if (number === null || number === undefined) return "";
  return number.toLocaleString("en", { maximumSignificantDigits: Math.abs(number) >= 1_000 ? 4 : 3 });
}

export function spreadText(figure) {
  if (!figure) return "";
  const { median, low, high } = figure;
  return low === high ? numberText(median) : `${numberText(median)} (${numberText(low)}–${numberText(high)})`;
}

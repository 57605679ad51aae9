// GitHub's published payloads, each with a mark in front by which the receiver knows which event of which run it is.
import { createRequire } from "node:module";

const EXAMPLES = createRequire(import.meta.url)("@octokit/webhooks-examples/api.github.com/index.json");
const MARK = '{"bench":"';
const RUN_DIGITS = 5;
const EVENT_DIGITS = 7;
/** How much of a body has to be there to read its mark. */
export const MARK_LENGTH = MARK.length + RUN_DIGITS + EVENT_DIGITS;

const all = EXAMPLES.flatMap(({ name, examples }) => examples.map((example) => ({ name, example })));
const bodies = all.map(({ example }) =>
  Buffer.from(`${MARK}${"0".repeat(RUN_DIGITS + EVENT_DIGITS)}",${JSON.stringify(example).slice(1)}`),
);

/** The body of that event: the same example for the same number. */
export function payloadOf(run, event) {
  const body = Buffer.from(bodies[event % bodies.length]);
  body.write(String(run).padStart(RUN_DIGITS, "0") + String(event).padStart(EVENT_DIGITS, "0"), MARK.length, "latin1");
  return body;
}

/** What GitHub calls that event in its header: `push`. */
export function typeOf(event) {
  return all[event % all.length].name;
}

/** @returns {{ run: number, event: number } | null} null where it is none of ours */
export function markOf(body) {
  const [, run, event] = /^\{"bench":"(\d{5})(\d{7})"/.exec(body.toString("latin1", 0, MARK_LENGTH + 1)) ?? [];
  return run === undefined ? null : { run: Number(run), event: Number(event) };
}

/** The mean size of so many events, in bytes. */
export function meanBytes(events) {
  let sum = 0;
  for (let event = 0; event < events; event++) sum += bodies[event % bodies.length].length;
  return events === 0 ? 0 : sum / events;
}

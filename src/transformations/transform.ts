import { isRaw, type Json } from "../json/json";
import { compile, type Failure, failureOf } from "./compile";
import { readPayload, type TransformedEvent } from "./event";
import { type Fault, isFunction } from "./jsonata.gen";
import { Meter } from "./meter";

/** Bytes of what comes of an expression. */
export const OUTPUT_MAX = 1_000_000;

/** JSON text, and how many steps it took. */
export type Transformed = { body: string; steps: number; failed?: never };

/**
 * What the expression makes of the event; or why it makes nothing, and where. Bounded in steps, depth and size, whatever
 * expression and payload are. Numbers that a double would change pass through as they were written, and are refused
 * where they would be reckoned with.
 *
 * @param meter of this run alone; says afterwards how many steps it took
 */
export function transform(
  text: string,
  { payload, facts }: TransformedEvent,
  meter = new Meter(),
): Transformed | Failure {
  const compiled = compile(text);
  if (!compiled.expression) return compiled;
  const input = readPayload(payload);
  if (input.failed !== undefined) return failure(input.failed);
  const now = () => facts.received_at;
  const millis = () => Date.parse(facts.received_at);
  try {
    const result = meter.read(compiled.expression.evaluate(input.value, { event: facts, now, millis }, meter));
    const fault = result === undefined ? "The expression gives nothing for this event" : faultIn(result as Json);
    if (fault !== null) return failure(fault);
    const body = JSON.stringify(result);
    return new TextEncoder().encode(body).length > OUTPUT_MAX
      ? failure(`The result is larger than ${OUTPUT_MAX} bytes`)
      : { body, steps: Math.ceil(meter.steps) };
  } catch (thrown) {
    return failureOf(thrown as Fault);
  }
}

/** Why the result is no JSON; null when it is. */
function faultIn(value: Json): string | null {
  if (isFunction(value)) return "The result holds a function";
  if (typeof value === "number" && !Number.isFinite(value)) return "The result holds a number that is none";
  if (typeof value !== "object" || value === null || isRaw(value)) return null;
  for (const member of Object.values(value)) {
    const fault = faultIn(member);
    if (fault !== null) return fault;
  }
  return null;
}

function failure(failed: string): Failure {
  return { failed, place: null };
}

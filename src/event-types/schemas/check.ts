/** The check of one event by a schema: what it may cost, and what it finds. */
import type { FieldError } from "../../errors/field-error";
import type { Json } from "../../json/json";
import { pathText } from "../../json/path";

/** About twenty milliseconds. */
const STEPS_MAX = 300_000;
/** Of checks in checks: more than a schema of as many levels as it may have. */
const DEPTH_MAX = 300;
const MOST_ERRORS = 10;
const TEXT_MAX = 200;

/** Where in an event, from its end. */
export type Place = { key: string | number; of: Place } | null;
/** Says in `run` how the value breaks the schema that it was made of. */
export type Check = (value: Json, place: Place, run: Run) => void;
/** Reads schemas in a schema, and refuses what is wrong with it. */
export interface SchemaReader {
  compile(given: Json | undefined, path: readonly string[]): Check;
  refuse(path: readonly string[], message: string): Check;
}

export class TooMuchWork extends Error {}

/** The check of one event. */
export class Run {
  errors: FieldError[] = [];
  #steps = STEPS_MAX;
  #depth = 0;

  spend(steps: number): void {
    this.#steps -= steps;
    if (this.#steps < 0) throw new TooMuchWork();
  }

  fail(place: Place, message: string): void {
    if (this.errors.length < MOST_ERRORS) {
      const steps: (string | number)[] = [];
      for (let at = place; at !== null; at = at.of) steps.unshift(at.key);
      this.errors.push({ path: pathText(steps).slice(0, TEXT_MAX), message: message.slice(0, TEXT_MAX) });
    }
  }

  ask(check: Check, value: Json, place: Place): void {
    this.spend(1);
    if (++this.#depth > DEPTH_MAX) throw new TooMuchWork();
    check(value, place, this);
    this.#depth--;
  }

  /** Whether the value keeps to the schema, of which nothing is said. */
  holds(check: Check, value: Json, place: Place): boolean {
    const { errors } = this;
    this.errors = [];
    this.ask(check, value, place);
    const holds = this.errors.length === 0;
    this.errors = errors;
    return holds;
  }
}

import { placed } from "../json/exact";
import { isRaw, type Json } from "../json/json";
import { pathText, valueAt } from "../json/path";
import type { EventView } from "./event-view";
import type { Operand, Test } from "./filter";
import { cut, shown, type Unmet } from "./mismatch";

/** Steps of one filter for one event: a test, a value compared with another, or so many characters of a long text. */
export const STEPS_MAX = 100_000;
/** Levels of lists in lists, and of values compared with each other. */
export const NESTING_MAX = 100;

/** One filter being asked of one event: where it is, what it has cost, and what did not hold last. */
export class Run {
  readonly event: EventView;
  readonly payload: Json;
  /** Where in the event the value is that is being asked. */
  readonly at: (string | number)[] = [];
  mismatch: Unmet | null = null;
  /** It was too much work: whatever the tests say now, nothing is known. */
  stopped = false;

  readonly #numbers: readonly string[];
  #explaining: boolean;
  #stepsLeft = STEPS_MAX;

  constructor(event: EventView, explaining: boolean) {
    this.event = event;
    this.payload = event.payload.value;
    this.#numbers = event.payload.numbers;
    this.#explaining = explaining;
  }

  /** What it has cost so far. */
  get steps(): number {
    return STEPS_MAX - this.#stepsLeft;
  }

  /** False when that was too much; from then on always. */
  spend(steps: number): boolean {
    this.#stepsLeft -= steps;
    this.stopped ||= this.#stepsLeft < 0;
    return !this.stopped;
  }

  /** Whether an element of the list that the run is at passes. If none does, the first says what did not hold. */
  someElement(list: readonly Json[], passes: (element: Json) => boolean): boolean {
    const explaining = this.#explaining;
    let passed = false;
    this.stopped ||= this.at.length > NESTING_MAX;
    for (let i = 0; i < list.length && !this.stopped && !passed; i++) {
      this.at.push(i);
      passed = passes(list[i] as Json);
      this.at.pop();
      // what is said of the others would not be heard, and costs much more than to ask them
      this.#explaining = false;
    }
    this.#explaining = explaining;
    if (explaining && !passed && this.mismatch) {
      this.mismatch = { ...this.mismatch, list: { path: pathText(this.at), length: list.length } };
    }
    return passed;
  }

  /** The value of the payload, a raw number where digits were kept aside. */
  exact(value: Json): Json {
    const exact = placed(value, this.#numbers);
    if (exact !== value && isRaw(exact)) this.spend(exact.rawJSON.length >> 6);
    return exact;
  }

  /** What an operand stands for; undefined for a path that leads to nothing. */
  resolve(operand: Operand): Json | undefined {
    if (!("path" in operand)) return operand.literal;
    this.spend(operand.path.length);
    return valueAt(
      this.payload,
      operand.path,
      this.at.filter((step) => typeof step === "number"),
    );
  }

  /** Says that the test does not hold for the value, nor for what its reference found, if it has one. */
  fail(test: Test, value: Json | undefined, target?: Json): false {
    if (!this.#explaining) return false;
    const operand = "operand" in test ? test.operand : null;
    const isReference = operand !== null && "path" in operand;
    const expected = isReference ? target : operand?.literal;
    this.mismatch = {
      kind: "condition",
      filterPath: test.at,
      path: pathText(this.at),
      operator: test.operator,
      expected: expected === undefined ? null : isReference ? this.#shown(expected) : cut(JSON.stringify(expected)),
      reference: isReference ? operand.ref : null,
      found: value === undefined ? null : this.#shown(value),
      list: null,
    };
    return false;
  }

  // costs no steps: who asks why must hear the same as who asks whether
  #shown(value: Json): string {
    return shown(placed(value, this.#numbers));
  }
}

import { isObject, type Json, memberOf } from "../json/json";
import { compare } from "./compare";
import type { EventView } from "./event-view";
import type { Condition, Filter, Test } from "./filter";
import type { Mismatch } from "./mismatch";
import { Run } from "./run";

/** Whether the event is one that the filter asks for. Too much work (`STEPS_MAX`, `EVENT_STEPS_MAX`) is a no. */
export function matches(filter: Filter, event: EventView): boolean {
  if (event.stepsLeft <= 0) return false;
  const run = new Run(event, false);
  const held = holds(filter, run.payload, run) && !run.stopped;
  event.stepsLeft -= run.steps;
  return held;
}

/** Null when the event is one that the filter asks for; else the first condition that did not hold, and what was found. */
export function explain(filter: Filter, event: EventView): Mismatch | null {
  const run = new Run(event, true);
  const held = holds(filter, run.payload, run);
  if (run.stopped) return { kind: "too_much_work" };
  return held ? null : run.mismatch;
}

function holds(condition: Condition, value: Json | undefined, run: Run): boolean {
  return condition.whole.every((test) => testHolds(test, value, run)) && eachHolds(condition.each, value, run);
}

/** One element of a list must pass all of them. */
function eachHolds(tests: readonly Test[], value: Json | undefined, run: Run): boolean {
  const [first] = tests;
  if (!first) return true;
  if (!Array.isArray(value)) return tests.every((test) => testHolds(test, value, run));
  if (value.length === 0) return run.fail(first, value);
  return run.someElement(value, (element) => eachHolds(tests, element, run));
}

/** `value` is undefined where there is nothing: what asks for something does not hold then. */
function testHolds(test: Test, value: Json | undefined, run: Run): boolean {
  if (!run.spend(1)) return false;
  switch (test.operator) {
    case "$exist":
      return (value !== undefined) === test.wanted || run.fail(test, value);
    case "$and":
      return test.conditions.every((condition) => holds(condition, value, run));
    case "$or":
      return test.conditions.some((condition) => holds(condition, value, run)) || run.fail(test, value);
    case "$not":
      return !holds(test.condition, value, run) || run.fail(test, value);
    case "$type":
      return within(test.operator, run, () => holds(test.condition, run.event.type ?? undefined, run));
    case "$headers":
      return within(test.operator, run, () => holds(test.condition, run.event.headers, run));
    case "object":
      if (!isObject(value)) return run.fail(test, value);
      return test.members.every(([name, condition]) =>
        within(name, run, () => holds(condition, memberOf(value, name), run)),
      );
    case "contain":
      if (!Array.isArray(value)) return run.fail(test, value);
      if (value.length === 0 && test.conditions.length > 0) return run.fail(test, value);
      return test.conditions.every((one) => run.someElement(value, (element) => holds(one, element, run)));
    default: {
      const target = run.resolve(test.operand);
      if (value !== undefined && compare(test.operator, value, target, run)) return true;
      // what is to be equal may be in a list, and in the lists of that
      const isList = test.operator === "equal" && Array.isArray(value) && value.length > 0;
      return isList ? run.someElement(value, (one) => testHolds(test, one, run)) : run.fail(test, value, target);
    }
  }
}

function within(name: string, run: Run, ask: () => boolean): boolean {
  run.at.push(name);
  const held = ask();
  run.at.pop();
  return held;
}

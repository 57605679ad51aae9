import type { FieldError } from "../errors/field-error";
import { parseExact } from "../json/exact";
import { isObject, type Json, memberOf } from "../json/json";
import { parsePath } from "../json/path";
import { depthOf } from "../json/scan";
import {
  COMPARISONS,
  type Comparison,
  type Condition,
  FILTER_DEPTH_MAX,
  FILTER_LENGTH_MAX,
  FILTER_TESTS_MAX,
  type Filter,
  OPERATORS,
  type Operand,
  type Operator,
  type Test,
} from "./filter";
import { OPERANDS, unknownOperator } from "./operands";

export type Compiled = { kind: "compiled"; filter: Filter } | { kind: "refused"; errors: FieldError[] };

/**
 * Reads a filter from its JSON, numbers as they are written in it. Refused with every place that is wrong and what to do
 * about it, named as in the request (`filter.order.total.$gte`). An empty object matches every event.
 */
export function compileFilter(json: string): Compiled {
  const refused = (message: string): Compiled => ({ kind: "refused", errors: [{ path: "filter", message }] });
  if (json.length > FILTER_LENGTH_MAX) return refused(`Use at most ${FILTER_LENGTH_MAX} characters.`);
  if (depthOf(json) > FILTER_DEPTH_MAX) return refused(`Use at most ${FILTER_DEPTH_MAX} levels.`);
  const value = parsed(json);
  if (!isObject(value)) return refused('Give a JSON object, such as {"order": {"total": {"$gte": 100}}}.');
  const compiler = new Compiler();
  const empty = Object.keys(value).length === 0;
  const condition = empty ? { whole: [], each: [] } : compiler.condition(value, "", "event");
  if (compiler.tests > FILTER_TESTS_MAX) return refused(`Use at most ${FILTER_TESTS_MAX} conditions.`);
  if (compiler.errors.length > 0) return { kind: "refused", errors: compiler.errors };
  return { kind: "compiled", filter: condition };
}

function parsed(json: string): Json | undefined {
  try {
    return parseExact(json);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** What a condition is asked of: only the event has a type and headers, and headers' names have no case. */
type Subject = "event" | "headers" | "value";

class Compiler {
  readonly errors: FieldError[] = [];
  tests = 0;

  condition(json: Json, at: string, subject: Subject): Condition {
    if (Array.isArray(json))
      return { whole: [this.test({ at, operator: "contain", conditions: this.list(json, at) })], each: [] };
    if (!isObject(json)) return { whole: [this.test({ at, operator: "equal", operand: { literal: json } })], each: [] };
    const condition: Condition = { whole: [], each: [] };
    const members: [string, Condition][] = [];
    for (const [name, value] of Object.entries(json)) {
      const here = at === "" ? name : `${at}.${name}`;
      if (name.startsWith("$") && !name.startsWith("$$")) {
        const test = this.operator(name, value, here, subject);
        if (test) (OF_ELEMENTS.has(test.operator) ? condition.each : condition.whole).push(this.test(test));
      } else {
        const member = name.replace(/^\$\$/, "$");
        members.push([subject === "headers" ? member.toLowerCase() : member, this.condition(value, here, "value")]);
      }
    }
    if (members.length > 0 || Object.keys(json).length === 0) {
      condition.each.push(this.test({ at, operator: "object", members }));
    }
    return condition;
  }

  private operator(name: string, value: Json, at: string, subject: Subject): Test | null {
    if (!isOneOf(OPERATORS, name)) return this.refuse(at, unknownOperator(name));
    if (isOneOf(COMPARISONS, name)) return this.comparison(name, value, at);
    switch (name) {
      case "$exist":
        return typeof value === "boolean"
          ? { at, operator: name, wanted: value }
          : this.refuse(at, "Give true or false.");
      case "$ref": {
        const operand = this.reference(value, at);
        return operand && { at, operator: "equal", operand };
      }
      case "$and":
      case "$or":
        if (!Array.isArray(value) || value.length === 0)
          return this.refuse(at, "Give a list of one or more conditions.");
        return { at, operator: name, conditions: this.list(value, at, subject) };
      case "$not":
        return { at, operator: name, condition: this.condition(value, at, subject) };
      case "$type":
      case "$headers":
        if (subject !== "event") return this.refuse(at, `Move ${name} to the top: only the event itself has it.`);
        if (name === "$type") return { at, operator: name, condition: this.condition(value, at, "value") };
        if (!isObject(value)) return this.refuse(at, 'Give an object of header names, such as {"x-priority": "high"}.');
        return { at, operator: name, condition: this.condition(value, at, "headers") };
    }
  }

  private comparison(operator: Comparison, value: Json, at: string): Test | null {
    const path = isObject(value) && Object.keys(value).length === 1 ? memberOf(value, "$ref") : undefined;
    if (path !== undefined) {
      const operand = this.reference(path, `${at}.$ref`);
      return operand && { at, operator, operand };
    }
    const { takes, message } = OPERANDS[operator];
    return takes(value) ? { at, operator, operand: { literal: value } } : this.refuse(at, message);
  }

  private list(conditions: Json[], at: string, subject: Subject = "value"): Condition[] {
    return conditions.map((condition, i) => this.condition(condition, `${at}.${i}`.replace(/^\./, ""), subject));
  }

  private reference(value: Json, at: string): Operand | null {
    const path = typeof value === "string" ? parsePath(value) : null;
    if (typeof value !== "string" || !path) {
      return this.refuse(at, 'Give the path of a member of the payload, such as "order.items[0].price".');
    }
    return { path, ref: value };
  }

  private test(test: Test): Test {
    this.tests++;
    return test;
  }

  private refuse(at: string, message: string): null {
    this.errors.push({ path: `filter.${at}`, message });
    return null;
  }
}

/** These ask the elements of a list, together with the members that stand beside them. */
const OF_ELEMENTS: ReadonlySet<string> = new Set(["$gt", "$gte", "$lt", "$lte", "$startsWith", "$endsWith"]);

function isOneOf<Name extends Operator>(names: readonly Name[], name: string): name is Name {
  return (names as readonly string[]).includes(name);
}

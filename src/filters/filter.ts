import type { Json } from "../json/json";
import type { Path } from "../json/path";

/** Characters of a filter's JSON. Every event reads the filters of all its destinations. */
export const FILTER_LENGTH_MAX = 8_192;
/** Levels of objects and lists in a filter. */
export const FILTER_DEPTH_MAX = 20;
/** Tests in a filter: operators, values to equal, and members to have conditions of their own. */
export const FILTER_TESTS_MAX = 200;

export const COMPARISONS = [
  "$eq",
  "$neq",
  "$gt",
  "$gte",
  "$lt",
  "$lte",
  "$in",
  "$nin",
  "$startsWith",
  "$endsWith",
] as const;
export const OPERATORS = [...COMPARISONS, "$exist", "$ref", "$or", "$and", "$not", "$type", "$headers"] as const;

export type Comparison = (typeof COMPARISONS)[number];
export type Operator = (typeof OPERATORS)[number];

/** What is compared with: a value of the filter's, or what the payload has at a path. */
export type Operand = { literal: Json } | { path: Path; ref: string };

/** `at` is the place in the filter: `order.total.$gte`. */
export type Test = { at: string } & (
  | { operator: Comparison | "equal"; operand: Operand }
  | { operator: "$exist"; wanted: boolean }
  | { operator: "$and" | "$or" | "contain"; conditions: Condition[] }
  | { operator: "$not" | "$type" | "$headers"; condition: Condition }
  | { operator: "object"; members: [name: string, condition: Condition][] }
);

/** Holds when all tests do: `whole` ask the value itself, `each` one element of it where it is a list, all of them the same. */
export type Condition = { whole: Test[]; each: Test[] };

/** A filter that was found to be right, ready to be asked. */
export type Filter = Condition;

import { isObject, isRaw, type Json, memberOf } from "../json/json";
import { orderOf } from "../json/order";
import type { Comparison } from "./filter";
import { NESTING_MAX, type Run } from "./run";

/** Whether the comparison holds. What a reference did not find is equal to nothing, has nothing in it, and has no order. */
export function compare(operator: Comparison | "equal", value: Json, target: Json | undefined, run: Run): boolean {
  if (target === undefined) return operator === "$neq" || operator === "$nin";
  switch (operator) {
    case "equal":
    case "$eq":
      return isEqual(value, target, run);
    case "$neq":
      return !isEqual(value, target, run);
    case "$in":
      return isIn(value, target, run);
    case "$nin":
      return !isIn(value, target, run);
    case "$gt":
      return order(value, target, run) > 0;
    case "$gte":
      return order(value, target, run) >= 0;
    case "$lt":
      return order(value, target, run) < 0;
    case "$lte":
      return order(value, target, run) <= 0;
    case "$startsWith":
      return isText(value, target, run, (text, part) => text.startsWith(part));
    case "$endsWith":
      return isText(value, target, run, (text, part) => text.endsWith(part));
  }
}

/** Deeply, whatever the order of members; numbers by their values. */
function isEqual(a: Json, b: Json, run: Run, depth = 0): boolean {
  run.stopped ||= depth > NESTING_MAX;
  if (!run.spend(1)) return false;
  if (typeof a === "string" && typeof b === "string") return run.spend(Math.min(a.length, b.length) >> 8) && a === b;
  if (Array.isArray(a)) {
    if (!Array.isArray(b) || a.length !== b.length) return false;
    return a.every((item, i) => isEqual(item, b[i] as Json, run, depth + 1));
  }
  if (isObject(a)) {
    const names = Object.keys(a);
    if (!isObject(b) || !run.spend(names.length) || names.length !== Object.keys(b).length) return false;
    return names.every((name) => {
      const other = memberOf(b, name);
      return other !== undefined && isEqual(memberOf(a, name) as Json, other, run, depth + 1);
    });
  }
  return a === b || order(a, b, run) === 0;
}

/** A text in a text; else a value, or an element of it, among values. */
function isIn(value: Json, target: Json, run: Run): boolean {
  if (typeof value === "string" && typeof target === "string") {
    // the search takes the product of the lengths at worst
    return run.spend((value.length * target.length) / 128) && value.includes(target);
  }
  const wanted = Array.isArray(target) ? target : [target];
  return (
    among(value, wanted, run) || (Array.isArray(value) && some(value, run, (element) => among(element, wanted, run)))
  );
}

function among(value: Json, wanted: readonly Json[], run: Run): boolean {
  return some(wanted, run, (one) => isEqual(value, one, run));
}

function isText(value: Json, target: Json, run: Run, test: (text: string, part: string) => boolean): boolean {
  if (typeof value !== "string") return false;
  return some(Array.isArray(target) ? target : [target], run, (part) => {
    return typeof part === "string" && run.spend(1 + (Math.min(value.length, part.length) >> 8)) && test(value, part);
  });
}

/** NaN where there is none. */
function order(a: Json, b: Json, run: Run): number {
  const [left, right] = [run.exact(a), run.exact(b)];
  const bothTexts = typeof left === "string" && typeof right === "string";
  const cost = bothTexts ? Math.min(left.length, right.length) >> 8 : costOf(left) + costOf(right);
  return run.spend(cost) ? orderOf(left, right) : Number.NaN;
}

/** Reading a decimal takes longer than comparing doubles. */
function costOf(value: Json): number {
  const text = isRaw(value) ? value.rawJSON : value;
  return typeof text === "string" ? 4 + (text.length >> 4) : 0;
}

/** Like `Array.some`, but stops with the work: as many values may wait behind each of these. */
function some(values: readonly Json[], run: Run, passes: (value: Json) => boolean): boolean {
  for (const value of values) {
    if (passes(value)) return true;
    if (run.stopped) return false;
  }
  return false;
}

/** The keywords of a schema. Each makes the check of what it has in one, or refuses that. */
import { isObject, isRaw, type Json, type JsonObject, memberOf } from "../../json/json";
import type { Check, Place, Run, SchemaReader } from "./check";
import { FORMATS } from "./formats";
import { isTaken } from "./pattern";

type Around = { compiler: SchemaReader; path: string[]; beside: JsonObject };
type Keyword = (given: Json, around: Around) => Check | undefined;

/** In `enum` or `required`. */
const MOST_LISTED = 500;
const REMARK: Keyword = () => undefined;
const TYPES: Json[] = ["null", "boolean", "object", "array", "number", "string", "integer"];

const list =
  (ask: (checks: Check[], value: Json, place: Place, run: Run) => void): Keyword =>
  (given, { compiler, path }) => {
    if (!Array.isArray(given)) return compiler.refuse(path, "Give a list of schemas.");
    const checks = given.map((one, i) => compiler.compile(one, [...path, String(i)]));
    return (value, place, run) => ask(checks, value, place, run);
  };

const one =
  (ask: (check: Check, value: Json, place: Place, run: Run, beside: JsonObject) => void): Keyword =>
  (given, { compiler, path, beside }) => {
    const check = compiler.compile(given, path);
    return (value, place, run) => ask(check, value, place, run, beside);
  };

const members =
  (ask: (check: Check, name: string, value: JsonObject, place: Place, run: Run) => void): Keyword =>
  (given, { compiler, path }) => {
    if (!isObject(given)) return compiler.refuse(path, "Give an object of schemas.");
    const checks = Object.keys(given).map((name) => ({
      name,
      check: compiler.compile(memberOf(given, name), [...path, name]),
    }));
    return (value, place, run) => {
      if (!isObject(value)) return;
      run.spend(checks.length / 10);
      for (const { name, check } of checks) if (Object.hasOwn(value, name)) ask(check, name, value, place, run);
    };
  };

/** `sizeOf` is null for values that have none. */
const bound =
  (
    sizeOf: (value: Json, run: Run) => number | null,
    breaks: (size: number, bound: number) => boolean,
    words: string,
  ): Keyword =>
  (given, { compiler, path }) => {
    const counts = words.includes("N");
    if (typeof given !== "number" || (counts && (given < 0 || given % 1 !== 0))) {
      return compiler.refuse(path, isRaw(given) ? INEXACT : "Give a number; of what is counted a whole one.");
    }
    return (value, place, run) => {
      const size = sizeOf(value, run);
      if (size !== null && breaks(size, given))
        run.fail(place, counts ? words.replace("N", String(given)) : `${words} ${given}.`);
    };
  };

const number = (value: Json) => (typeof value === "number" ? value : null);
const characters = (value: Json, run: Run) => {
  if (typeof value !== "string") return null;
  run.spend(value.length / 10);
  return [...value].length;
};
const items = (value: Json) => (Array.isArray(value) ? value.length : null);
const properties = (value: Json) => (isObject(value) ? Object.keys(value).length : null);
const below = (size: number, bound: number) => size < bound;
const above = (size: number, bound: number) => size > bound;

const INEXACT = "This number has more digits than are compared, see docs/event-types.md.";

const values: Keyword = (given, { compiler, path }) => {
  const allowed = Array.isArray(given) ? given : [];
  if (!Array.isArray(given) || given.length > MOST_LISTED)
    return compiler.refuse(path, `Give a list of at most ${MOST_LISTED} values.`);
  for (const value of allowed) {
    if (isRaw(value)) compiler.refuse(path, INEXACT);
    else if (typeof value === "object" && value !== null)
      compiler.refuse(path, "Compare with texts, numbers, true, false and null only.");
  }
  const text = allowed.map((value) => JSON.stringify(value)).join(", ");
  return (value, place, run) => {
    run.spend(allowed.length / 10);
    if (!allowed.includes(value)) run.fail(place, `This is not ${allowed.length === 1 ? "" : "one of "}${text}.`);
  };
};

const text =
  (read: (given: string) => ((value: string) => boolean) | string | undefined, words: string): Keyword =>
  (given, { compiler, path }) => {
    const test = typeof given === "string" ? read(given) : "Give a text.";
    if (typeof test === "string") return compiler.refuse(path, test);
    return (
      test &&
      ((value, place, run) => {
        if (typeof value !== "string") return;
        run.spend(value.length / 10);
        if (!test(value)) run.fail(place, `${words} ${given}.`);
      })
    );
  };

const PATTERN =
  "Some texts could take this expression very long. Use single characters, and at most one that repeats, at the end; see docs/event-types.md.";

export const KEYWORDS: Record<string, Keyword> = {
  ...Object.fromEntries(
    "title description default examples $schema $id $comment $defs definitions deprecated readOnly writeOnly then else"
      .split(" ")
      .map((name) => [name, REMARK]),
  ),
  type: (given, { compiler, path }) => {
    const types = [given].flat();
    if (!types.every((type) => TYPES.includes(type)))
      return compiler.refuse(path, `Give one of ${TYPES.join(", ")}, or a list of them.`);
    return (value, place, run) => {
      const type = value === null ? "null" : Array.isArray(value) ? "array" : typeof value;
      if (types.includes(type) || (types.includes("integer") && Number.isInteger(value))) return;
      run.fail(place, `This is of type ${type}, not ${types.join(" or ")}.`);
    };
  },
  enum: values,
  const: (given, around) => values([given], around),
  required: (given, { compiler, path }) => {
    if (!Array.isArray(given) || given.length > MOST_LISTED || !given.every((name) => typeof name === "string")) {
      return compiler.refuse(path, `Give a list of at most ${MOST_LISTED} names.`);
    }
    return (value, place, run) => {
      run.spend(given.length / 10);
      if (!isObject(value)) return;
      for (const key of given) if (!Object.hasOwn(value, key)) run.fail({ key, of: place }, "This is missing.");
    };
  },
  minimum: bound(number, below, "This is less than"),
  maximum: bound(number, above, "This is more than"),
  exclusiveMinimum: bound(number, (size, least) => size <= least, "This is not more than"),
  exclusiveMaximum: bound(number, (size, most) => size >= most, "This is not less than"),
  multipleOf: bound(number, (size, factor) => !isWhole(size / factor), "This is not a multiple of"),
  minLength: bound(characters, below, "Give at least N characters."),
  maxLength: bound(characters, above, "Give at most N characters."),
  minItems: bound(items, below, "Give at least N items."),
  maxItems: bound(items, above, "Give at most N items."),
  minProperties: bound(properties, below, "Give at least N members."),
  maxProperties: bound(properties, above, "Give at most N members."),
  pattern: text((given) => {
    if (!isTaken(given)) return PATTERN;
    const expression = new RegExp(given, "u");
    return (value) => expression.test(value);
  }, "This does not match"),
  format: text((given) => (Object.hasOwn(FORMATS, given) ? FORMATS[given] : undefined), "This is no"),
  allOf: list((checks, value, place, run) => {
    for (const check of checks) run.ask(check, value, place);
  }),
  anyOf: list((checks, value, place, run) => {
    if (!checks.some((check) => run.holds(check, value, place)))
      run.fail(place, "This fits none of the schemas of anyOf.");
  }),
  oneOf: list((checks, value, place, run) => {
    const fit = checks.filter((check) => run.holds(check, value, place)).length;
    if (fit !== 1) run.fail(place, `This fits ${fit} of the schemas of oneOf, not one.`);
  }),
  not: one((check, value, place, run) => {
    if (run.holds(check, value, place)) run.fail(place, "This is not allowed here.");
  }),
  if: (given, { compiler, path, beside }) => {
    const [condition, yes, no] = [given, memberOf(beside, "then") ?? true, memberOf(beside, "else") ?? true].map(
      (schema, i) => compiler.compile(schema, [...path.slice(0, -1), ["if", "then", "else"][i] ?? ""]),
    ) as [Check, Check, Check];
    return (value, place, run) => run.ask(run.holds(condition, value, place) ? yes : no, value, place);
  },
  properties: members((check, key, value, place, run) =>
    run.ask(check, memberOf(value, key) ?? null, { key, of: place }),
  ),
  dependentSchemas: members((check, _name, value, place, run) => run.ask(check, value, place)),
  additionalProperties: one((check, value, place, run, { properties: known = {} }) => {
    if (!isObject(value) || !isObject(known)) return;
    for (const [key, item] of Object.entries(value))
      if (!Object.hasOwn(known, key)) run.ask(check, item, { key, of: place });
  }),
  propertyNames: one((check, value, place, run) => {
    if (isObject(value)) for (const key of Object.keys(value)) run.ask(check, key, { key, of: place });
  }),
  prefixItems: list((checks, value, place, run) => {
    if (Array.isArray(value))
      for (const [key, check] of checks.slice(0, value.length).entries())
        run.ask(check, value[key] ?? null, { key, of: place });
  }),
  items: one((check, value, place, run, { prefixItems }) => {
    const from = Array.isArray(prefixItems) ? prefixItems.length : 0;
    if (Array.isArray(value))
      for (const [i, item] of value.slice(from).entries()) run.ask(check, item, { key: from + i, of: place });
  }),
};

/** As exactly as doubles divide: 0.0075 is a multiple of 0.0001. */
function isWhole(quotient: number): boolean {
  return Math.abs(quotient - Math.round(quotient)) <= Math.abs(quotient) * Number.EPSILON * 2;
}

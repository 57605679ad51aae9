/**
 * The JSON Schemas that a type may have: of draft 2020-12 what `keywords` has. Each event has so many steps, so that none can
 * hold up its neighbours, whatever the schema. A validator of our own: the maintained ones know no such bound.
 */
import type { FieldError } from "../../errors/field-error";
import { parseExact } from "../../json/exact";
import { isObject, type Json, memberOf } from "../../json/json";
import { depthOf } from "../../json/scan";
import { type Check, Run, type SchemaReader, TooMuchWork } from "./check";
import { KEYWORDS } from "./keywords";

/** Bytes of a schema's JSON. */
export const SCHEMA_BYTES_MAX = 16_384;
/** Levels in a schema. */
const DEPTH_MAX = 100;
const MOST_ERRORS = 10;

export type SchemaReading =
  | { kind: "compiled"; schema: Check }
  /** Paths lead into the schema: `properties.total.pattern`. */
  | { kind: "refused"; errors: FieldError[] };

/** Reads a schema's JSON. It is safe to ask of any event. */
export function compileSchema(json: string): SchemaReading {
  const compiler = new Compiler(json);
  return compiler.errors.length > 0
    ? { kind: "refused", errors: compiler.errors.slice(0, MOST_ERRORS) }
    : { kind: "compiled", schema: compiler.schema };
}

/** How the payload, which is JSON, breaks the schema, the first few; empty where it does not. What takes too many steps breaks it. */
export function violationsOf(schema: Check, payload: string): FieldError[] {
  const run = new Run();
  try {
    run.ask(schema, JSON.parse(payload), null);
    return run.errors;
  } catch (error) {
    if (error instanceof TooMuchWork) return [{ path: "", message: "It takes too much work to be checked." }];
    throw error;
  }
}

class Compiler implements SchemaReader {
  readonly errors: FieldError[] = [];
  readonly schema: Check;
  readonly #root: Json = null;
  /** By `$ref`: null while it is being followed. */
  readonly #followed = new Map<string, Check | null>();

  constructor(json: string) {
    if (new TextEncoder().encode(json).length > SCHEMA_BYTES_MAX)
      this.refuse([], `Use at most ${SCHEMA_BYTES_MAX} bytes.`);
    else if (depthOf(json) > DEPTH_MAX) this.refuse([], `Use at most ${DEPTH_MAX} levels.`);
    else {
      try {
        this.#root = parseExact(json);
      } catch {
        this.refuse([], "This is no JSON.");
      }
    }
    this.schema = this.errors.length > 0 ? HOLDS : this.compile(this.#root, []);
    if (this.errors.length === 0 && violationsOf(this.schema, "null").some(({ message }) => /too much/.test(message))) {
      this.refuse([], "This stands for too many schemas, with all that each $ref stands for.");
    }
  }

  compile(given: Json | undefined, path: readonly string[]): Check {
    if (path.length > DEPTH_MAX)
      return this.refuse([], `Use at most ${DEPTH_MAX} levels, with all that each $ref stands for.`);
    if (given === true) return HOLDS;
    if (given === false) return (_value, place, run) => run.fail(place, "This is not allowed here.");
    if (!isObject(given)) return this.refuse(path, "Give a schema: an object, true or false.");
    const checks = Object.entries(given).flatMap(([name, value]) => {
      const here = [...path, name];
      if (name === "$ref") return this.#follow(value, here);
      const keyword = Object.hasOwn(KEYWORDS, name) ? KEYWORDS[name] : undefined;
      if (!keyword && !/^x-/.test(name)) this.refuse(here, "This keyword is not taken here, see docs/event-types.md.");
      return keyword?.(value, { compiler: this, path: here, beside: given }) ?? [];
    });
    return (value, place, run) => {
      for (const check of checks) run.ask(check, value, place);
    };
  }

  refuse(path: readonly string[], message: string): Check {
    this.errors.push({ path: path.join("."), message });
    return HOLDS;
  }

  #follow(ref: Json, path: string[]): Check {
    if (typeof ref !== "string" || !/^#(?:\/|$)/.test(ref)) {
      return this.refuse(path, "Refer to a schema in this one, such as #/$defs/order. Nothing is fetched.");
    }
    const known = this.#followed.get(ref);
    if (known === null || ref === "#") {
      return this.refuse(path, "This schema is part of itself. Write out as many levels as are needed.");
    }
    if (known) return known;
    const target = decoded(ref.slice(2)).split("/").reduce(inside, this.#root);
    if (target === null) return this.refuse(path, "There is nothing at this place of the schema.");
    this.#followed.set(ref, null);
    const check = this.compile(target, path);
    this.#followed.set(ref, check);
    return check;
  }
}

const HOLDS: Check = () => undefined;

/** Percent-decoded as in a query: what is not UTF-8 becomes U+FFFD. */
function decoded(fragment: string): string {
  return new URLSearchParams(`=${fragment.replace(/[+&]/g, encodeURIComponent)}`).get("") ?? "";
}

/** What a step of a JSON pointer leads to; null is nothing. */
function inside(here: Json, step: string): Json {
  const name = step.replaceAll("~1", "/").replaceAll("~0", "~");
  if (Array.isArray(here)) return here[Number(name)] ?? null;
  return isObject(here) ? (memberOf(here, name) ?? null) : null;
}

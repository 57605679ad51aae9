import { isRaw } from "../json/json";
import type { Fault } from "./jsonata.gen";
import { isFunction } from "./jsonata.gen";

/** Steps of an evaluation: one for each part of the expression each time it is come to, more for what is long. */
export const STEPS_MAX = 100_000;
/** Parts of the expression within each other, calls of functions included. */
export const DEPTH_MAX = 300;
/** Characters of a text, or of a value's JSON, while an expression is evaluated. */
export const SIZE_MAX = 1_000_000;

/** Characters and items that are worth a step: about what one takes. */
const CHARACTERS_A_STEP = 256;
const ITEMS_A_STEP = 16;

/**
 * Counts what an evaluation does, since the clock of a Worker stands still meanwhile, and ends it by a `Fault` when it is
 * too much. A value that holds another many times is as large as its JSON would be.
 */
export class Meter {
  #steps = 0;
  #depth = 0;
  #sizes = new WeakMap<object, number>();

  /** Steps taken so far. */
  get steps(): number {
    return this.#steps;
  }

  /** A part of the expression is come to. */
  enter(): void {
    this.#spend(1);
    if (++this.#depth > DEPTH_MAX) throw faultOf("DEPTH");
  }

  /** It is left, or a function is, with that value. */
  leave(value: unknown): void {
    this.#depth--;
    this.made(value);
  }

  /** A text or list has been made. */
  made(value: unknown): void {
    if (typeof value === "string") {
      if (value.length > SIZE_MAX) throw faultOf("SIZE");
      this.#spend(value.length / CHARACTERS_A_STEP);
    } else if (Array.isArray(value)) this.#spend(value.length / ITEMS_A_STEP);
  }

  /** The value is about to be looked at, whole. */
  read<Value>(value: Value): Value {
    this.#spend(this.#sizeOf(value) / CHARACTERS_A_STEP);
    return value;
  }

  /** A built-in function is called. */
  call(args: readonly unknown[]): void {
    this.#spend(1);
    for (const value of args) this.read(value);
  }

  /** A value has been changed: sizes that were known are so no more. */
  forget(): void {
    this.#sizes = new WeakMap();
  }

  #spend(steps: number): void {
    this.#steps += steps;
    if (this.#steps > STEPS_MAX) throw faultOf("STEPS");
  }

  #sizeOf(value: unknown): number {
    if (typeof value === "string") return value.length + 2;
    if (typeof value !== "object" || value === null || isFunction(value)) return 4;
    if (isRaw(value)) return value.rawJSON.length;
    const known = this.#sizes.get(value);
    if (known !== undefined) return known;
    // until it is known: a value that holds itself has no end
    this.#sizes.set(value, Number.POSITIVE_INFINITY);
    let size = 2;
    if (Array.isArray(value)) for (const item of value) size += this.#sizeOf(item) + 1;
    else for (const [name, member] of Object.entries(value)) size += name.length + 4 + this.#sizeOf(member);
    if (size > SIZE_MAX) throw faultOf("SIZE");
    this.#sizes.set(value, size);
    this.#spend(size / CHARACTERS_A_STEP);
    return size;
  }
}

function faultOf(code: string): Fault {
  return { code };
}

import { isRaw, type Json } from "./json";

const NUMBER = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/;
const EXPONENT_MAX = 1e15;

/**
 * Below, equal or above: -1, 0 or 1 for two numbers, by their decimal values (1.0 is 1, 12345678901234567891 is more than
 * 12345678901234567890), for two texts, by their UTF-16 code units, and for a number and a text that is one number and
 * nothing else. NaN for everything else, which has no order. Exponents count up to ±10^15.
 */
export function orderOf(a: Json, b: Json): number {
  if (typeof a === "number" && typeof b === "number") return sign(a, b);
  if (typeof a === "string" && typeof b === "string") return sign(a, b);
  const left = decimalOf(a);
  const right = left && decimalOf(b);
  return left && right ? compare(left, right) : Number.NaN;
}

/** Whether the value is a number, or a text that is one. */
export function isNumber(value: Json): boolean {
  return typeof value === "number" || isRaw(value) || (typeof value === "string" && NUMBER.test(value));
}

type Decimal = { sign: -1 | 0 | 1; digits: string; magnitude: number };

function decimalOf(value: Json): Decimal | null {
  const text = isRaw(value) ? value.rawJSON : typeof value === "object" ? "" : String(value);
  const [, minus, whole = "", fraction = "", exponent = "0"] = NUMBER.exec(text) ?? [];
  if (minus === undefined) return null;
  const digits = whole + fraction;
  let start = 0;
  let end = digits.length;
  // by hand: /0+$/ takes the square of the length where zeros are followed by another digit
  while (digits.charCodeAt(start) === 0x30) start++;
  while (end > start && digits.charCodeAt(end - 1) === 0x30) end--;
  const shift = Math.min(Math.max(Number(exponent), -EXPONENT_MAX), EXPONENT_MAX);
  return {
    sign: start === end ? 0 : minus ? -1 : 1,
    digits: digits.slice(start, end),
    magnitude: whole.length - start + shift,
  };
}

function compare(a: Decimal, b: Decimal): number {
  if (a.sign !== b.sign || a.sign === 0) return sign(a.sign, b.sign);
  return a.sign * (sign(a.magnitude, b.magnitude) || sign(a.digits, b.digits)) || 0;
}

function sign<Value extends number | string>(a: Value, b: Value): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/**
 * The ways in which encoders write a text inside JSON: as it is, with quotes and backslashes escaped, `/` as `\/`, and
 * what is not ASCII, or what HTML minds, as `\uXXXX` in lower or upper case. Plain words have one.
 */
export function jsonSpellings(text: string): string[] {
  const bases = [text, JSON.stringify(text).slice(1, -1)];
  const spelt = bases.flatMap((base) => ESCAPES.map((spell) => spell(base)));
  return [...new Set(spelt.flatMap((one) => [one, one.replaceAll("/", "\\/")]))];
}

const NOT_ASCII = /[\u0080-\uffff]/g;
const HTML = /[<>&]/g;
const NOT_ASCII_OR_HTML = /[\u0080-\uffff]|[<>&'+]/g;

const ESCAPES: ((text: string) => string)[] = [
  (text) => text,
  (text) => text.replace(NOT_ASCII, lower),
  (text) => text.replace(NOT_ASCII, upper),
  (text) => text.replace(HTML, lower),
  (text) => text.replace(NOT_ASCII_OR_HTML, upper),
];

/** Code units, as JSON has them: two for what lies beyond the first 65,536 characters. */
function lower(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

function upper(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")}`;
}

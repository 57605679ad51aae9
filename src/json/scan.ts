const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/**
 * Where in a JSON text numbers stand that are longer than `length` characters or have an exponent: pairs of start and
 * end. `json` must be valid.
 */
export function* numbersIn(json: string, length: number): Generator<[number, number]> {
  for (let at = 0; at < json.length; at++) {
    const code = json.charCodeAt(at);
    if (code === QUOTE) at = closingQuote(json, at);
    else if (isNumeric(code)) {
      const start = at;
      let exponent = false;
      for (; isNumeric(json.charCodeAt(at)) || isExponent(json.charCodeAt(at)); at++) {
        exponent ||= isExponent(json.charCodeAt(at));
      }
      if (exponent || at - start > length) yield [start, at];
      at--;
    }
  }
}

/** How deep the arrays and objects of a JSON text are nested; of any text, without parsing it. */
export function depthOf(json: string): number {
  let level = 0;
  let depth = 0;
  for (let at = 0; at < json.length; at++) {
    const char = json.charAt(at);
    if (char === '"') at = closingQuote(json, at);
    else if (char === "[" || char === "{") depth = Math.max(depth, ++level);
    else if (char === "]" || char === "}") level--;
  }
  return depth;
}

/** The index of the quote that closes the string that opens at `start`. */
function closingQuote(json: string, start: number): number {
  for (let at = json.indexOf('"', start + 1); at >= 0; at = json.indexOf('"', at + 1)) {
    let before = at;
    while (json.charCodeAt(before - 1) === BACKSLASH) before--;
    if ((at - before) % 2 === 0) return at;
  }
  return json.length;
}

/** A digit, a point or a sign: outside of strings these are in numbers alone. */
function isNumeric(code: number): boolean {
  return code <= 0x39 && code >= 0x2b && code !== 0x2c && code !== 0x2f;
}

function isExponent(code: number): boolean {
  return (code | 0x20) === 0x65;
}

/**
 * How JSON travels in the query of a GET. The text is cut, not parsed into values: numbers stay as they were written,
 * members keep their order (JavaScript would put `"2"` before `"b"`), `__proto__` is a name like any other, and depth
 * costs no stack.
 */

/**
 * The query string, without `?`, for a JSON text. An object's members become parameters: a string its text, a number as
 * written, `true`, `false`, `null` an empty value, an array of scalars one parameter each (an empty one none), anything
 * deeper its JSON text without white space. A body that is no object becomes the parameter `data` with the JSON text.
 * `payload` must be valid JSON.
 */
export function queryOf(payload: string): string {
  const text = payload.trim();
  if (!text.startsWith("{")) return parameter("data", text);
  const parameters: string[] = [];
  for (const member of itemsOf(text)) {
    const nameEnd = endOfString(member, 0);
    const name = scalarText(member.slice(0, nameEnd));
    const value = member.slice(member.indexOf(":", nameEnd) + 1).trim();
    for (const valueText of valueTexts(value)) parameters.push(parameter(name, valueText));
  }
  return parameters.join("&");
}

/**
 * The URL, without its fragment, with `query` appended to its own query, which stays as it is. `query` must be encoded as
 * by `queryOf`.
 */
export function mergeQuery(url: URL, query: string): string {
  const address = new URL(url);
  if (address.hash !== "") address.hash = "";
  if (query === "") return address.href;
  const own = address.search.slice(1);
  address.search = "";
  return `${address.href}?${own === "" ? query : `${own}&${query}`}`;
}

// The apostrophe too, since URL parsing would encode it after the signature was made.
function parameter(name: string, value: string): string {
  const encode = (text: string) => encodeURIComponent(text.toWellFormed()).replaceAll("'", "%27");
  return `${encode(name)}=${encode(value)}`;
}

function valueTexts(json: string): string[] {
  if (json.startsWith("{")) return [compact(json)];
  if (!json.startsWith("[")) return [scalarText(json)];
  const items = itemsOf(json);
  return items.some((item) => /^[[{]/.test(item)) ? [compact(json)] : items.map(scalarText);
}

function scalarText(json: string): string {
  if (json.startsWith('"')) return String(JSON.parse(json));
  return json === "null" ? "" : json;
}

/** The JSON texts between the outer brackets, cut at the commas of that level: `name: value` for an object. */
function itemsOf(json: string): string[] {
  const items: string[] = [];
  let depth = 0;
  let start = 1;
  for (let at = 0; at < json.length; at++) {
    const char = json.charAt(at);
    if (char === '"') at = endOfString(json, at) - 1;
    else if (char === "{" || char === "[") depth++;
    else if (char === "}" || char === "]") depth--;
    else if (char === "," && depth === 1) {
      items.push(json.slice(start, at).trim());
      start = at + 1;
    }
  }
  const last = json.slice(start, -1).trim();
  return last === "" ? items : [...items, last];
}

function compact(json: string): string {
  let text = "";
  for (let at = 0; at < json.length; at++) {
    const char = json.charAt(at);
    if (char === '"') {
      const end = endOfString(json, at);
      text += json.slice(at, end);
      at = end - 1;
    } else if (char !== " " && char !== "\n" && char !== "\r" && char !== "\t") text += char;
  }
  return text;
}

/** The index after the closing quote of the string that opens at `start`. */
function endOfString(json: string, start: number): number {
  for (let at = start + 1; at < json.length; at++) {
    const char = json.charAt(at);
    if (char === "\\") at++;
    else if (char === '"') return at + 1;
  }
  return json.length;
}

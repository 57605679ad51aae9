import type { MaskedRequest } from "../../attempts/request";
import { isDeceptive } from "../parts/visible";

/** A longer body is not written into the command. */
const LONGEST_BODY = 4_000;

/** Whether the command reads the body from payload.json. */
export function readsPayloadFile({ body }: MaskedRequest): boolean {
  return body !== null && body.length > LONGEST_BODY;
}

/**
 * The request as a command for bash, zsh or another shell that knows `$'…'`: curl sends it byte for byte. What curl
 * would do of its own accord is taken away: globs in the URL, headers of its own, `@` and line breaks in the body.
 */
export function curlOf(request: MaskedRequest): string {
  const names = request.headers.map(([name]) => name.toLowerCase());
  const parts = [
    `curl -g -X ${request.method} ${quoted(request.url)}`,
    ...request.headers.map(([name, value]) => `-H ${quoted(headerOf(name, value))}`),
    ...["Accept", "User-Agent", "Expect"]
      .filter((own) => !names.includes(own.toLowerCase()))
      .map((own) => `-H '${own}:'`),
    ...bodyOf(request),
  ];
  return parts.join(" \\\n  ");
}

/** To curl, a name with a colon and nothing behind it is a header to leave out. */
function headerOf(name: string, value: string): string {
  const trimmed = value.replace(/^[\t ]+|[\t ]+$/g, "");
  return trimmed === "" ? `${name};` : `${name}: ${trimmed}`;
}

function bodyOf(request: MaskedRequest): string[] {
  if (request.body === null) return [];
  return readsPayloadFile(request) ? ["--data-binary @payload.json"] : [`--data-raw ${quoted(request.body)}`];
}

// A page turns CR LF into LF, and what cannot be seen would be copied unseen: both are written as escapes.
function quoted(text: string): string {
  if (![...text].some(mustBeEscaped)) return `'${text.replaceAll("'", `'\\''`)}'`;
  const escaped = [...text].map((char) => {
    if (char === "'" || char === "\\") return `\\${char}`;
    return mustBeEscaped(char) ? bytesOf(char) : char;
  });
  return `$'${escaped.join("")}'`;
}

function mustBeEscaped(char: string): boolean {
  return char !== "\n" && char !== "\t" && isDeceptive(char);
}

/** In octal, which has three digits: a hexadecimal escape would take what follows for its own. */
function bytesOf(char: string): string {
  const bytes = [...new TextEncoder().encode(char)];
  return bytes.map((byte) => `\\${byte.toString(8).padStart(3, "0")}`).join("");
}

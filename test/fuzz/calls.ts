/** One HTTP request, as somebody may send it. */
import fc from "fast-check";
import type { Operation } from "./document";
import { type Schemas, valueFor } from "./from-schema";
import { hostileHeaders, hostileJson, hostileSegment, hostileText } from "./hostile";
import { idLike } from "./ids";

export type Call = {
  method: string;
  path: string;
  query: string;
  headers: [name: string, value: string][];
  body: string | Uint8Array | null;
};

export const NO_HEADERS = fc.constant<[string, string][]>([]);
const METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

/** A call of an operation, right as a whole or wrong in one place or more. */
export function callOf({ method, path, described }: Operation, schemas: Schemas): fc.Arbitrary<Call> {
  const parameters = (described.parameters ?? []).filter((one) => one.in === "query");
  const [mediaType, content] = Object.entries(described.requestBody?.content ?? {})[0] ?? [];
  const query = fc.record(
    Object.fromEntries(parameters.map(({ name, schema }) => [name, valueFor(schema ?? {}, schemas, name)])),
    { requiredKeys: [] },
  );
  return fc.record({
    method: seldom(fc.constantFrom(...METHODS), fc.constant(method)),
    path: fc
      .tuple(pathOf(path), seldom(fc.constantFrom("/", "//", "/x", "/.."), fc.constant("")))
      .map(([a, b]) => a + b),
    query: seldom(hostileQuery(parameters.map(({ name }) => name)), query.map(encodeQuery)),
    headers: fc
      .tuple(
        fc.constant<[string, string][]>(content ? [["content-type", mediaType ?? ""]] : []),
        seldom(hostileHeaders, NO_HEADERS),
      )
      .map(([usual, further]) => [...usual, ...further]),
    body: content
      ? seldom(
          hostileBody,
          valueFor(content.schema, schemas).map((value) => JSON.stringify(value) ?? ""),
        )
      : seldom(hostileBody, fc.constant(null)),
  });
}

/** A path with ids of what there is in the place of its parameters, written `{name}` or `:name`. */
export function pathOf(path: string): fc.Arbitrary<string> {
  const segments = path.split("/").map((segment) => {
    const name = /^(?::(\w+)|\{(\w+)\})$/.exec(segment);
    if (!name) return fc.constant(segment);
    return seldom(hostileSegment, idLike(name[1] ?? name[2] ?? "") ?? hostileSegment);
  });
  return fc.tuple(...segments).map((parts) => parts.join("/"));
}

export function hostileQuery(names: string[]): fc.Arbitrary<string> {
  const name = names.length > 0 ? fc.oneof(fc.constantFrom(...names), hostileText) : hostileText;
  const pairs = fc.array(fc.tuple(name, hostileText), { maxLength: 4 });
  return fc.oneof(
    pairs.map((some) => some.map(([key, value]) => `${encode(key)}=${encode(value)}`).join("&")),
    fc.constantFrom("&", "=", "%", "%=%", "a=%ff", "&&a&&", "cursor=%00", "limit=1&limit=2", `q=${"a".repeat(20_000)}`),
  );
}

export const hostileBody: fc.Arbitrary<string | Uint8Array | null> = fc.oneof(
  hostileJson,
  fc.uint8Array({ maxLength: 40 }),
  fc.constantFrom(null, new Uint8Array([0xff, 0xfe, 0x7b, 0]), new Uint8Array([0x1f, 0x8b, 8, 0, 0]), new Uint8Array()),
);

/** Mostly the usual, and one time in eight the other. */
export function seldom<Value>(other: fc.Arbitrary<Value>, usual: fc.Arbitrary<Value>): fc.Arbitrary<Value> {
  return fc.oneof({ weight: 7, arbitrary: usual }, { weight: 1, arbitrary: other });
}

function encodeQuery(query: Record<string, unknown>): string {
  return Object.entries(query)
    .map(([name, value]) => `${name}=${encode(typeof value === "string" ? value : (JSON.stringify(value) ?? ""))}`)
    .join("&");
}

/** Percent-encoded but for the names of what there is, see ids. */
function encode(text: string): string {
  return encodeURIComponent(text.toWellFormed()).replace(/%7B%7B(\w+\.\d+)%7D%7D/g, "{{$1}}");
}

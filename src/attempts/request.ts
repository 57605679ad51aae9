import type { HeaderMap, HttpMethod } from "../vocabulary/http-method";
import { USER_AGENT } from "../vocabulary/version";
import { mergeQuery, queryOf } from "./query";
import { sign } from "./signature";

/** One delivery's request to one URL. `payload` is JSON text, `secrets` are all live signing secrets of the destination. */
export type RequestSpec = {
  deliveryId: string;
  url: string;
  method: HttpMethod;
  headers: HeaderMap;
  payload: string;
  secrets: string[];
  timeoutMs: number;
};

/** A request as it goes out. `headers` are lines: a name comes once for each of its values. */
export type BuiltRequest = { url: string; method: HttpMethod; headers: [string, string][]; body: string | null };

/**
 * What is sent for a spec at that time (seconds since 1970): the payload as body, or for GET in the query, the
 * destination's headers over our defaults, and the Standard Webhooks headers. Throws a TypeError when the URL is none.
 */
export async function buildRequest(spec: RequestSpec, timestampSeconds: number): Promise<BuiltRequest> {
  const isGet = spec.method === "GET";
  const url = isGet ? mergeQuery(new URL(spec.url), queryOf(spec.payload)) : mergeQuery(new URL(spec.url), "");
  const signedBody = isGet ? new URL(url).search.slice(1) : spec.payload;
  const headers = [
    ...withDefaults(linesOf(spec.headers), isGet),
    ["webhook-id", spec.deliveryId],
    ["webhook-timestamp", String(timestampSeconds)],
    ["webhook-signature", await sign(spec.secrets, spec.deliveryId, timestampSeconds, signedBody)],
  ] satisfies [string, string][];
  return { url, method: spec.method, headers, body: isGet ? null : spec.payload };
}

// `webhook-*` cannot be saved; that nobody can forge our signature's headers does not rest on that alone.
function linesOf(headers: HeaderMap): [string, string][] {
  return Object.entries(headers)
    .filter(([name]) => !name.toLowerCase().startsWith("webhook-"))
    .flatMap(([name, value]) => [value].flat().map((line): [string, string] => [name, line]));
}

function withDefaults(lines: [string, string][], isGet: boolean): [string, string][] {
  const given = new Set(lines.map(([name]) => name.toLowerCase()));
  const defaults: [string, string][] = [
    ["accept", "*/*"],
    ["user-agent", USER_AGENT],
  ];
  if (!isGet) defaults.unshift(["content-type", "application/json"]);
  return [...lines, ...defaults.filter(([name]) => !given.has(name))];
}

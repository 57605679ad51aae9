import { maskUrl, secretsOfUrl } from "../security/masked-url";
import { isPublicHeader, isSensitiveHeader, type MaskedLines, maskLines } from "../security/masking";
import type { HeaderMap } from "../vocabulary/headers";
import type { HttpMethod } from "../vocabulary/http-method";
import { USER_AGENT } from "../vocabulary/version";
import { HOPS_HEADER } from "./hops";
import { mergeQuery, queryOf } from "./query";
import { contentOf, sign } from "./signature";

/**
 * One delivery's request to one URL. `payload` is JSON text of the media type `contentType` (null: `application/json`),
 * `forwarded` are headers kept from the incoming request, `hops` counts the gateways that the event has passed, `secrets`
 * are all live signing secrets of the destination.
 */
export type RequestSpec = {
  deliveryId: string;
  url: string;
  method: HttpMethod;
  headers: HeaderMap;
  /** Which of those may be shown, in lower case, besides those that anybody's may. */
  publicHeaders: readonly string[];
  forwarded: HeaderMap;
  hops: number;
  contentType: string | null;
  payload: string;
  /** What templates make of the event: stands behind the URL's path and query, and before all other headers. */
  filled: { path: string; query: string; headers: [string, string][] } | null;
  secrets: string[];
  timeoutMs: number;
};

/** A request as it goes out. `headers` are lines: a name comes once for each of its values. `bytes` are the body's. */
export type BuiltRequest = {
  url: string;
  method: HttpMethod;
  headers: [string, string][];
  body: string | null;
  bytes: Uint8Array | null;
};

/** A request as it may be shown. */
export type MaskedRequest = Omit<BuiltRequest, "headers" | "bytes"> & { headers: MaskedLines };

/**
 * What is sent for a spec at that time (seconds since 1970): the payload as body, or for GET in the query, the
 * destination's headers over the event's and those over our defaults, and the Standard Webhooks headers.
 *
 * @throws TypeError when the URL cannot be parsed
 */
export async function buildRequest(spec: RequestSpec, timestampSeconds: number): Promise<BuiltRequest> {
  const isGet = spec.method === "GET";
  const url = urlOf(spec, spec.url);
  const content = contentOf(spec.deliveryId, timestampSeconds, isGet ? new URL(url).search.slice(1) : spec.payload);
  const headers = [
    ...linesOf(spec, isGet),
    [HOPS_HEADER, String(spec.hops + 1)],
    ["webhook-id", spec.deliveryId],
    ["webhook-timestamp", String(timestampSeconds)],
    ["webhook-signature", await sign(spec.secrets, content.signed)],
  ] satisfies [string, string][];
  return {
    ...{ url, method: spec.method, headers },
    ...(isGet ? { body: null, bytes: null } : { body: spec.payload, bytes: content.body }),
  };
}

/** The request that this spec made, as it may be shown: what is secret of the destination reads `***`. */
export function maskRequest(spec: RequestSpec, { headers, bytes: _, ...request }: BuiltRequest): MaskedRequest {
  const own = new Set(Object.keys(spec.headers).map((name) => name.toLowerCase()));
  for (const [name] of spec.filled?.headers ?? []) own.delete(name.toLowerCase());
  const isSecret = (name: string) =>
    own.has(name.toLowerCase()) ? !isPublicHeader(name, spec.publicHeaders) : isSensitiveHeader(name);
  return { ...request, url: urlOf(spec, maskUrl(spec.url)), headers: maskLines(headers, isSecret) };
}

/** What a receiver must not say again where people see it. */
export function secretsOf(spec: RequestSpec): string[] {
  const headers = [
    ...Object.entries(spec.headers).filter(([name]) => !isPublicHeader(name, spec.publicHeaders)),
    ...[...Object.entries(spec.forwarded), ...(spec.filled?.headers ?? [])].filter(([name]) => isSensitiveHeader(name)),
  ];
  return [
    ...headers.flatMap(([, value]) => value).flatMap((value) => [value, value.slice(value.indexOf(" ") + 1)]),
    ...secretsOfUrl(spec.url),
    ...spec.secrets.flatMap((secret) => [secret, secret.slice(secret.indexOf("_") + 1)]),
  ];
}

function urlOf({ method, payload, filled }: RequestSpec, url: string): string {
  const address = new URL(url);
  if (filled?.path) address.pathname = address.pathname.replace(/\/$/, "") + filled.path;
  const queries = [filled?.query ?? "", method === "GET" ? queryOf(payload) : ""];
  return mergeQuery(address, queries.filter((query) => query !== "").join("&"));
}

/** The destination's headers, then those of the event and the defaults whose names are not taken yet. */
function linesOf(spec: RequestSpec, isGet: boolean): [string, string][] {
  const defaults: HeaderMap = {
    ...(!isGet && { "content-type": spec.contentType ?? "application/json" }),
    accept: "*/*",
    "user-agent": USER_AGENT,
  };
  const lines: [string, string][] = [];
  const given = new Set<string>();
  const filled = Object.fromEntries(spec.filled?.headers ?? []);
  for (const headers of [filled, spec.headers, spec.forwarded, defaults]) {
    const names = Object.keys(headers);
    for (const name of names) {
      if (!given.has(name.toLowerCase()) && !isOurs(name)) addLines(lines, name, headers[name] ?? "");
    }
    for (const name of names) given.add(name.toLowerCase());
  }
  return lines;
}

/** A line for each value, except cookies, which share one line (RFC 6265, section 5.4). */
function addLines(lines: [string, string][], name: string, value: string | string[]): void {
  if (typeof value === "string") lines.push([name, value]);
  else if (name.toLowerCase() === "cookie") lines.push([name, value.join("; ")]);
  else for (const one of value) lines.push([name, one]);
}

// Validation refuses these names as well; signature and hop count must not depend on that alone.
function isOurs(name: string): boolean {
  return /^(webhook-|data-pusher-)/i.test(name);
}

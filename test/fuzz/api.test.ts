/** Whatever is sent to the API, it answers as its OpenAPI document says, and what it refuses changes nothing. */
import { env } from "cloudflare:workers";
import fc from "fast-check";
import { expect, it } from "vitest";
import { request } from "../support/gateway";
import { INGEST } from "../support/tenants";
import { type Call, callOf, hostileBody, hostileQuery, NO_HEADERS, seldom } from "./calls";
import { type Document, operationsIn } from "./document";
import { hostileHeaders, hostileJson, hostileSegment, hostileText } from "./hostile";
import { fuzz, TIMEOUT_MS } from "./run";
import { WatchedGateway } from "./watched";

const { json: document } = await request<Document>("GET", "/openapi.json");
const operations = operationsIn(document);
const gateway = new WatchedGateway(document);

const KEYS: fc.Arbitrary<[string, string][]> = seldom(
  fc.constantFrom<[string, string][]>(
    [],
    [["authorization", "Bearer {{operator_key.0}}"]],
    [["authorization", "Bearer {{app_secret_token.0}}"]],
    [["authorization", `bearer  ${env.ADMIN_TOKEN}`]],
    [["authorization", "Basic Og=="]],
  ),
  fc.constant([["authorization", `Bearer ${env.ADMIN_TOKEN}`]]),
);

it("the management API, each operation right, nearly right and wrong", { timeout: TIMEOUT_MS }, async () => {
  const calls = fc
    .tuple(KEYS, fc.oneof(...operations.map((operation) => callOf(operation, document.components.schemas))))
    .map(([key, call]): Call => ({ ...call, headers: [...key, ...call.headers] }));
  const statuses = await fuzz(gateway, 0.35, calls);
  expect([...statuses.keys()]).toEqual(expect.arrayContaining([200, 201, 204, 400, 401, 404, 405, 415]));
});

it("the ingest, with any token, body, coding and header", { timeout: TIMEOUT_MS }, async () => {
  const json: [string, string][] = [["content-type", "application/json"]];
  const calls = fc.record<Call>({
    method: seldom(fc.constantFrom("GET", "HEAD", "PUT", "OPTIONS"), fc.constant("POST")),
    path: seldom(fc.constantFrom(`${INGEST}/`, `/api${INGEST}`, `/${INGEST}`, `${INGEST}%2F`), fc.constant(INGEST)),
    query: seldom(hostileQuery([]), fc.constant("")),
    headers: fc
      .tuple(
        seldom(NO_HEADERS, fc.constant(json)),
        seldom(
          hostileText.map((text): [string, string][] => [["cl-x-token", text]]),
          fc.constant<[string, string][]>([["cl-x-token", "{{app_secret_token.0}}"]]),
        ),
        fc.oneof(
          NO_HEADERS,
          fc.constantFrom("a", "b").map((key): [string, string][] => [["idempotency-key", key]]),
          fc
            .constantFrom("gzip", "br", "deflate", "zstd")
            .map((one): [string, string][] => [["content-encoding", one]]),
          hostileHeaders,
        ),
      )
      .map((all) => all.flat()),
    body: fc.oneof(fc.json(), hostileJson, hostileBody),
  });
  const statuses = await fuzz(gateway, 0.15, calls);
  expect([...statuses.keys()]).toEqual(expect.arrayContaining([200, 400, 401, 409, 413, 415]));
});

it("any path, with any query, headers and body", { timeout: TIMEOUT_MS }, async () => {
  const known = [...operations.map(({ path }) => path), "/dashboard", "/portal", "/docs", "/openapi.json", "/assets/x"];
  const segments = fc.oneof(
    fc.constantFrom(...new Set(known.flatMap((path) => path.split("/"))), "api"),
    hostileSegment,
  );
  const calls = fc.record<Call>({
    method: fc.constantFrom("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND"),
    path: fc.array(segments, { minLength: 1, maxLength: 6 }).map((parts) => `/${parts.join("/")}`),
    query: seldom(hostileQuery(["limit", "cursor", "back", "q"]), fc.constant("")),
    headers: fc.tuple(KEYS, hostileHeaders).map(([key, further]) => [...key, ...further]),
    body: hostileBody,
  });
  const statuses = await fuzz(gateway, 0.1, calls);
  expect([...statuses.keys()]).toEqual(expect.arrayContaining([404, 405]));
});

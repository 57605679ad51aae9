import { OpenAPIHono } from "@hono/zod-openapi";
import { type Context, Hono } from "hono";
import { HTTPException } from "hono/http-exception";
import { TrieRouter } from "hono/router/trie-router";
import * as z from "zod/v4";
import { accountRoutes } from "./api/accounts/accounts";
import { portalLinkRoutes } from "./api/accounts/portal-links";
import { tokenRoutes } from "./api/accounts/tokens";
import type { AppEnv } from "./api/context";
import { deliverEventRoutes } from "./api/deliveries/deliver-event";
import { deliveryRoutes } from "./api/deliveries/deliveries";
import { destinationActionRoutes } from "./api/destinations/destination-actions";
import { destinationRoutes } from "./api/destinations/destinations";
import { filterTestRoutes } from "./api/destinations/filter-tests";
import { previewRoutes } from "./api/destinations/preview";
import { publicKeyRoutes } from "./api/destinations/public-key";
import { recoveryRoutes } from "./api/destinations/recoveries";
import { eventTypeRoutes } from "./api/event-types/event-types";
import { eventRoutes } from "./api/events";
import { requireOperatorKey } from "./api/guards/operator-key";
import { ownAccountsOnly } from "./api/guards/own-accounts";
import { refusalOfPlainHttp } from "./api/guards/plain-http";
import { limitBody, requireJson } from "./api/guards/require-json";
import { limitActs } from "./api/guards/too-many";
import { describeIngest } from "./api/ingest/document";
import { INGEST_PATH, ingest } from "./api/ingest/ingest";
import { openApiRoutes } from "./api/openapi";
import { auditRoutes } from "./api/operation/audit";
import { deadLetterRoutes } from "./api/operation/dead-letters";
import { healthRoutes } from "./api/operation/health";
import { keyRoutes } from "./api/operation/keys";
import { statsRoutes } from "./api/operation/stats";
import { problem } from "./api/problem";
import { strictBody } from "./api/strict/body";
import { plainMessage } from "./api/strict/messages";
import { methodsOfPath } from "./api/strict/methods";
import { strictQuery } from "./api/strict/query";
import { pages } from "./dashboard/routes";
import { gatewayOf } from "./env";
import { isDatabaseUnavailable } from "./errors/database-errors";
import { logFault } from "./observability/log";
import { newId } from "./vocabulary/ids";

z.config({ customError: plainMessage });

/** The HTTP application: API, pages and documentation. */
export function createApp(): OpenAPIHono<AppEnv> {
  const app = new OpenAPIHono<AppEnv>({
    router: new TrieRouter(),
    getPath: (request) => canonicalPath(new URL(request.url).pathname),
    defaultHook: (result, c) => {
      if (result.success) return undefined;
      const errors = result.error.issues.map((issue) => ({ path: issue.path.join("."), message: issue.message }));
      return problem(c, 400, "invalid_input", "The input is not valid.", errors);
    },
  });

  app.use(async (c, next) => begin(c) ?? next());
  app.all(INGEST_PATH, ingest);
  describeIngest(app, INGEST_PATH);
  app.use("/health", strictQuery(app));
  healthRoutes(app);
  openApiRoutes(app);
  app.use("/destinations/:destination_id/public-key", strictQuery(app));
  publicKeyRoutes(app);
  for (const path of [
    "/accounts/*",
    "/destinations/*",
    "/events/*",
    "/deliveries/*",
    "/recoveries/*",
    "/dead-letters/*",
    "/keys/*",
    "/stats/*",
    "/audit/*",
  ]) {
    app.use(path, requireOperatorKey, ownAccountsOnly, limitBody, requireJson, strictQuery(app), strictBody(app));
  }
  limitActs(app);
  accountRoutes(app);
  tokenRoutes(app);
  eventTypeRoutes(app);
  destinationRoutes(app);
  destinationActionRoutes(app);
  filterTestRoutes(app);
  previewRoutes(app);
  deliverEventRoutes(app);
  eventRoutes(app);
  deliveryRoutes(app);
  recoveryRoutes(app);
  deadLetterRoutes(app);
  portalLinkRoutes(app);
  keyRoutes(app);
  statsRoutes(app);
  auditRoutes(app);

  app.route("/", pages());

  const methodsOf = methodsOfPath(app);
  app.notFound((c) => {
    const methods = methodsOf(c.req.path);
    if (methods.length > 0) {
      c.header("Allow", methods.join(", "));
      if (c.req.method === "OPTIONS") return c.body(null, 204);
      return problem(c, 405, "method_not_allowed", `This path takes ${methods.join(", ")}.`);
    }
    return problem(c, 404, "not_found", "There is nothing at this path. GET /openapi.json lists what there is.");
  });
  app.onError(failed);

  // Nearly every request is an event: written as it usually is, its path leads past the routing of all others.
  const events = new Hono<AppEnv>({ getPath: () => INGEST_PATH });
  events.all(INGEST_PATH, (c) => begin(c) ?? ingest(c));
  events.onError(failed);
  const { fetch } = app;
  app.fetch = (request, ...rest) => (isForEvents(request) ? events.fetch : fetch)(request, ...rest);
  return app;
}

/** Gives each request its id and the gateway; answers where it can go no further. */
function begin(c: Context<AppEnv>): Response | null {
  c.set("requestId", newId("req", Date.now()));
  c.header("X-Request-Id", c.get("requestId"));
  // What is shown once, and what a session that has ended saw, is not to be had from a cache.
  c.header("Cache-Control", "no-store");
  c.header("X-Content-Type-Options", "nosniff");
  try {
    c.set("gateway", gatewayOf(c.env));
  } catch (error) {
    logFault("worker.misconfigured", error);
    return problem(c, 503, "misconfigured", "The gateway's settings are incomplete. Its log names what is missing.");
  }
  return refusalOfPlainHttp(c);
}

function failed(error: Error, c: Context<AppEnv>): Response {
  if (error instanceof HTTPException) {
    if (error.status === 400) return problem(c, 400, "invalid_json", "The body is not JSON.");
    return problem(c, error.status, "refused", error.message);
  }
  if (isDatabaseUnavailable(error)) {
    logFault("request.database_failed", error, { request_id: c.get("requestId") });
    c.header("Retry-After", "5");
    return problem(c, 503, "unavailable", "The database does not answer. Try again later.");
  }
  logFault("request.failed", error, { request_id: c.get("requestId"), method: c.req.method, path: c.req.path });
  return problem(c, 500, "fault", "Something failed on our side. It is in the log under this request_id.");
}

function isForEvents({ url }: Request): boolean {
  const path = url.slice(url.indexOf("/", "https://".length));
  return path === INGEST_PATH || path === `/api${INGEST_PATH}`;
}

/** Every path also answers under `/api`, and a trailing slash makes no difference. */
function canonicalPath(pathname: string): string {
  let end = pathname.length;
  // Not a regular expression, which would take quadratic time on a path full of slashes.
  while (pathname.endsWith("/", end)) end--;
  const path = pathname.slice(0, end).replace(/^\/api(?=\/|$)/, "");
  return path === "" ? "/" : path;
}

/** The door to the app in this process, and the calls of `client.ts` through it. */
import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { createApp } from "../../src/app";
import type { Answer, Client, Door, Problem } from "./client";
import * as client from "./client";

export type { Problem } from "./client";

const ORIGIN = "https://gateway.test";

/**
 * The app in this environment but for the changes, and a way to wait for what it does after its answers.
 *
 * It runs in the test's own request context: requests here share transactions, and the test runner switches off what
 * lets promises cross from one request to another in production (`handle_cross_request_promise_resolution`).
 */
export function openGateway(changes: Record<string, unknown> = {}): { door: Door; idle: () => Promise<void> } {
  const app = createApp();
  const environment = { ...env, ...changes };
  const contexts: ExecutionContext[] = [];
  return {
    door: async (request) => {
      const context = createExecutionContext();
      contexts.push(context);
      return app.fetch(request, environment, context);
    },
    idle: async () => {
      await Promise.all(contexts.splice(0).map(waitOnExecutionContext));
    },
  };
}

const { door: usual } = openGateway();

/** The gateway as an operator acts on it, for verbs that are called without a door. */
export function acted<Gateway>(gateway: Gateway) {
  const actor = { kind: "operator", id: "ADMIN_TOKEN", name: "ADMIN_TOKEN", via: "api", address: "" } as const;
  return { ...gateway, actor, requestId: "req_test" };
}

export type CallOptions = { headers?: Record<string, string>; door?: Door };

/** Who speaks with the app as it is configured for tests, or through another door, with the operator's key. */
export function through(door: Door = usual): Client {
  return { url: ORIGIN, operatorKey: env.ADMIN_TOKEN, door };
}

/** A call with the operator's key; a body that is no text goes as JSON. */
export function call<Body = Problem>(method: string, path: string, body?: unknown, options: CallOptions = {}) {
  return client.call<Body>(through(options.door), method, path, body, options.headers);
}

/** A call with these headers and no others. */
export function request<Body = Problem>(
  method: string,
  path: string,
  headers: Record<string, string> = {},
  body?: unknown,
  door?: Door,
): Promise<Answer<Body>> {
  return client.request<Body>(through(door), method, path, headers, body);
}

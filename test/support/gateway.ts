/** How tests speak with the gateway: over its own HTTP API, as its users do. */
import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { createApp } from "../../src/app";

/** Where requests go in. */
export type Door = (request: Request) => Promise<Response>;

export type Answer<Body> = { status: number; headers: Headers; text: string; json: Body };
export type Problem = {
  success: false;
  message: string;
  code: string;
  request_id: string;
  errors: { path: string; message: string }[];
};

const ORIGIN = "https://gateway.test";
const OPERATOR = { authorization: `Bearer ${env.ADMIN_TOKEN}` };

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

export type CallOptions = { headers?: Record<string, string>; door?: Door };

/** A call with the operator's key; a body that is no text goes as JSON. */
export function call<Body = Problem>(method: string, path: string, body?: unknown, options: CallOptions = {}) {
  const headers: Record<string, string> = { ...OPERATOR, ...options.headers };
  if (body !== undefined) headers["content-type"] ??= "application/json";
  return request<Body>(method, path, headers, typeof body === "object" ? JSON.stringify(body) : body, options.door);
}

/** A call with these headers and no others. */
export async function request<Body = Problem>(
  method: string,
  path: string,
  headers: Record<string, string> = {},
  body?: unknown,
  door: Door = usual,
): Promise<Answer<Body>> {
  const init: RequestInit = { method, headers };
  if (body !== undefined) init.body = body as BodyInit;
  const response = await door(new Request(ORIGIN + path, init));
  const text = await response.text();
  const isJson = response.headers.get("content-type")?.startsWith("application/json");
  return {
    status: response.status,
    headers: response.headers,
    text,
    json: isJson && text ? JSON.parse(text) : undefined,
  };
}

/**
 * What a user of the gateway does, by its HTTP API, through whatever door there is: the app in this process, a Worker
 * that can be killed, a port. It runs in workerd and in Node.
 */

/** Where requests go in. */
export type Door = (request: Request) => Promise<Response>;
export type Client = { url: string; operatorKey: string; door: Door };

export type Answer<Body> = { status: number; headers: Headers; text: string; json: Body };
export type Problem = {
  success: false;
  message: string;
  code: string;
  request_id: string;
  errors: { path: string; message: string }[];
};

export type Account = { account_id: string; app_secret_token: string };
export type Destination = {
  destination_id: string;
  signing_secret: string;
  consecutive_failures: number;
  enabled: boolean;
};
export type Delivery = {
  delivery_id: string;
  event_id: string;
  destination_id: string;
  state: "pending" | "delivered" | "filtered" | "exhausted" | "discarded";
  reason: string | null;
  explanation: string | null;
  attempt_count: number;
  last_status_code: number | null;
  next_attempt_at: string | null;
};
export type Attempt = {
  number: number;
  outcome: string;
  status_code: number | null;
  detail: string | null;
  response_headers: Record<string, string> | null;
  response_body: string | null;
  started_at: string;
  duration_ms: number;
};
export type Received = {
  success: true;
  message: string;
  event_id: string;
  deliveries: number | null;
  duplicate?: true;
};
export type Page<Item> = { data: Item[]; next_cursor: string | null };

export const INGEST = "/server/incoming_data";

let made = 0;

/** A text that nothing else holds. */
export function unique(prefix = "t"): string {
  return `${prefix}${++made}${crypto.randomUUID().replaceAll("-", "").slice(0, 10)}`;
}

/** A call with these headers and no others. */
export async function request<Body = Problem>(
  client: Client,
  method: string,
  path: string,
  headers: Record<string, string> = {},
  body?: unknown,
): Promise<Answer<Body>> {
  const init: RequestInit = { method, headers };
  if (body !== undefined) init.body = body as NonNullable<RequestInit["body"]>;
  const response = await client.door(new Request(client.url + path, init));
  const text = await response.text();
  const isJson = response.headers.get("content-type")?.startsWith("application/json");
  return {
    status: response.status,
    headers: response.headers,
    text,
    json: isJson && text ? JSON.parse(text) : undefined,
  };
}

/** A call with the operator's key; a body that is no text goes as JSON. */
export function call<Body = Problem>(
  client: Client,
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Answer<Body>> {
  const all: Record<string, string> = { authorization: `Bearer ${client.operatorKey}`, ...headers };
  if (body !== undefined) all["content-type"] ??= "application/json";
  return request<Body>(client, method, path, all, typeof body === "object" ? JSON.stringify(body) : body);
}

export function newAccount<Made extends Account = Account>(
  client: Client,
  input: Record<string, unknown> = {},
): Promise<Made> {
  const body = { email: `${unique("mail")}@example.com`, account_name: "A test's own", ...input };
  return expectStatus(201, call<Made>(client, "POST", "/accounts", body));
}

export function addDestination<Made = Destination>(
  client: Client,
  account: { account_id: string },
  url: string,
  input: Record<string, unknown> = {},
): Promise<Made> {
  const body = { url, http_method: "POST", headers: {}, ...input };
  return expectStatus(201, call<Made>(client, "POST", `/accounts/${account.account_id}/destinations`, body));
}

/** A call of the ingest as its users make it, whatever comes of it. */
export function ingest<Body = Problem>(
  client: Client,
  token: string,
  body: unknown,
  headers: Record<string, string> = {},
): Promise<Answer<Body>> {
  const all = { "content-type": "application/json", "cl-x-token": token, ...headers };
  return request<Body>(client, "POST", INGEST, all, body);
}

/** Sends an event that is accepted. */
export function send(
  client: Client,
  account: { app_secret_token: string },
  body: unknown,
  headers: Record<string, string> = {},
): Promise<Received> {
  return expectStatus(200, ingest<Received>(client, account.app_secret_token, body, headers));
}

/** All deliveries that the query lets through, page after page, newest event first. */
export async function deliveriesOf(client: Client, query: Record<string, string>): Promise<Delivery[]> {
  const deliveries: Delivery[] = [];
  for (let cursor: string | null = ""; cursor !== null; ) {
    const parameters = new URLSearchParams({ limit: "100", ...query, ...(cursor && { cursor }) });
    const page: Page<Delivery> = await expectStatus(200, call(client, "GET", `/deliveries?${parameters}`));
    deliveries.push(...page.data);
    cursor = page.next_cursor;
  }
  return deliveries;
}

/** A delivery with its attempts. */
export function readDelivery<Read = Delivery & { attempts: Attempt[] }>(client: Client, id: string): Promise<Read> {
  return expectStatus(200, call<Read>(client, "GET", `/deliveries/${id}`));
}

async function expectStatus<Body>(status: number, answered: Promise<Answer<Body>>): Promise<Body> {
  const answer = await answered;
  if (answer.status !== status) throw new Error(`answered ${answer.status} and not ${status}: ${answer.text}`);
  return answer.json;
}

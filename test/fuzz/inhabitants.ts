/** What the fuzzed gateway holds, so that inputs have something to do with. */
import { env } from "cloudflare:workers";
import { call } from "../support/gateway";
import { openReceiver, type Receiver } from "../support/receivers";
import { addDestination, newAccount, send, settled, unique } from "../support/tenants";
import type { Known } from "./ids";

const STATUSES = [200, 200, 204, 302, 400, 410, 429, 500];

const receivers: Receiver[] = STATUSES.map((status) =>
  openReceiver(() => new Response(status === 204 ? null : "an answer", { status, headers: { "x-echo": "an echo" } })),
);

/** A new account with destinations, events, links, a recovery and a dead letter. */
export async function settle(known: Known): Promise<void> {
  for (const receiver of receivers) receiver.arrived.length = 0;
  const account = await newAccount();
  known.learn(account);
  for (const { url } of receivers) known.add("url", url);
  const some = [receivers[Math.floor(Math.random() * receivers.length)]!, receivers[0]!];
  const destinations = await Promise.all(
    some.map(({ url }) => addDestination(account, url, { headers: { "X-Api-Key": "s3cret", "X-Tag": ["a", "b"] } })),
  );
  known.learn(destinations);
  for (const body of ['{"hello":"world"}', "[1,2]"]) known.learn(await settled((await send(account, body)).event_id));
  const account_id = account.account_id;
  known.learn((await call("POST", `/accounts/${account_id}/portal-links`, {})).json);
  known.learn((await call("GET", `/accounts/${account_id}/tokens`)).json);
  known.learn((await call("PUT", `/accounts/${account_id}/event-types/order.paid`, { validate: "off" })).json);
  known.learn((await call("POST", "/keys", { name: "fuzz", role: "viewer" })).json);
  const destination = destinations[1]!.destination_id;
  known.learn((await call("POST", `/destinations/${destination}/recoveries`, { from: "2026-01-01T00:00:00Z" })).json);
  const message = unique("m");
  await env.DB.prepare(
    "INSERT INTO dead_letters (dead_letter_id, message_id, body, reason, created_at) VALUES (?1, ?2, ?3, 'failed', ?4)",
  )
    .bind(`ded_${message}`, message, JSON.stringify({ kind: "wake", ids: [] }), Date.now())
    .run();
  known.add("dead_letter_id", `ded_${message}`);
}

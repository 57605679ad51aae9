/** What a receiver does that knows a public key and no secret, with nothing but Node's own crypto. */
import { createPublicKey, type KeyObject, verify } from "node:crypto";
import { expect, it } from "vitest";
import { addDestination, call, type Destination, newAccount, send } from "../support/client.ts";
import { gateway, openForTests, receiver } from "./support/opened.ts";
import { type Arrival, headerLines } from "./support/receiver.ts";
import { until } from "./support/until.ts";

openForTests();

const BODY = '{"name":"Zoë 🚀","n":1.0}';

it("verifies by the key at the destination's address, by either key while they overlap, and refuses a changed body", async () => {
  const account = await newAccount(gateway);
  const { destination_id } = await addDestination<Destination>(gateway, account, receiver.url, {
    signature_schemes: ["v1", "v1a"],
  });
  const before = await publicKeyOf(destination_id);
  expect(holds(await sent(account), BODY, before)).toBe(true);
  const overlap = { overlap_seconds: 3_600 };
  expect((await call(gateway, "POST", `/destinations/${destination_id}/secrets`, overlap)).status).toBe(201);
  const arrival = await sent(account);
  const after = await publicKeyOf(destination_id);
  expect(after.equals(before)).toBe(false);
  expect([holds(arrival, BODY, before), holds(arrival, BODY, after)]).toEqual([true, true]);
  expect(holds(arrival, BODY.replace("1.0", "1"), after)).toBe(false);
});

/** Anybody may ask for it: without a key. */
async function publicKeyOf(destinationId: string): Promise<KeyObject> {
  const answer = await fetch(`${gateway.url}/destinations/${destinationId}/public-key`);
  const { public_key } = (await answer.json()) as { public_key: string };
  const x = Buffer.from(public_key.replace("whpk_", ""), "base64").toString("base64url");
  return createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x }, format: "jwk" });
}

async function sent(account: { app_secret_token: string }): Promise<Arrival> {
  const before = receiver.arrivals.length;
  await send(gateway, account, BODY);
  await until("the request arrives", () => receiver.arrivals.length > before);
  const arrival = receiver.arrivals[before];
  if (!arrival) throw new Error("nothing arrived");
  expect(arrival.body.toString()).toBe(BODY);
  return arrival;
}

function holds(arrival: Arrival, body: string, key: KeyObject): boolean {
  const [id, timestamp, signatures = ""] = ["webhook-id", "webhook-timestamp", "webhook-signature"].map(
    (name) => headerLines(arrival, name)[0],
  );
  const content = Buffer.from(`${id}.${timestamp}.${body}`);
  return signatures
    .split(" ")
    .some((one) => one.startsWith("v1a,") && verify(null, content, key, Buffer.from(one.slice(4), "base64")));
}

import { expect } from "vitest";
import { call } from "./gateway";
import { operatorKey } from "./pages";
import { openReceiver } from "./receivers";
import { type Account, addDestination, type Destination, newAccount, send, settled, unique } from "./tenants";

/** An account in which there is one of each thing. */
export async function household(): Promise<{
  account: Account;
  destination: Destination;
  ids: Record<string, string>;
  secrets: string[];
}> {
  const account = await newAccount({ account_name: unique("Name") });
  const secret = unique("s3cr3t");
  const receiver = openReceiver(() => new Response("no", { status: 500 }));
  const destination = await addDestination(account, receiver.url, {
    max_attempts: 1,
    description: unique("about"),
    headers: { Authorization: `Bearer ${secret}` },
  });
  const { event_id } = await send(account, JSON.stringify({ text: unique("payload") }));
  const { deliveries } = await settled(event_id);
  const link = await call<{ portal_link_id: string; url: string }>(
    "POST",
    `/accounts/${account.account_id}/portal-links`,
    {},
  );
  await call("PUT", `/accounts/${account.account_id}/event-types/order.paid`, { example: { text: "an order" } });
  const tokens = await call<{ data: { token_id: string }[] }>("GET", `/accounts/${account.account_id}/tokens`);
  const recovery = await call<{ recovery_id: string }>(
    "POST",
    `/destinations/${destination.destination_id}/recoveries`,
    {
      from: "2020-01-01T00:00:00.000Z",
    },
  );
  expect(recovery.status, recovery.text).toBe(202);
  const key = await operatorKey("viewer");
  return {
    account,
    destination,
    secrets: [secret, account.app_secret_token, destination.signing_secret, link.json.url, key.operator_key],
    ids: {
      account_id: account.account_id,
      destination_id: destination.destination_id,
      event_id,
      delivery_id: deliveries[0]!.delivery_id,
      recovery_id: recovery.json.recovery_id,
      link_id: link.json.portal_link_id,
      event_type: "order.paid",
      token_id: tokens.json.data[0]!.token_id,
      key_id: key.key_id,
      portal_link_id: link.json.portal_link_id,
      dead_letter_id: "ded_01JDQ8XK3V7M9T2B4C6D8F0GHJ",
    },
  };
}

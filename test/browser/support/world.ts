/** One account with something in every state, for tests that look at all pages. */
import type { Gateway } from "../../e2e/support/gateway.ts";
import { Receiver, refuses } from "../../e2e/support/receiver.ts";
import { until } from "../../e2e/support/until.ts";
import { type Account, addDestination, call, deliveriesOf, newAccount, send } from "../../support/client.ts";

export type World = {
  accountId: string;
  account: Account;
  /** Every page by a name; `:` stands for nothing that is there. */
  pages: { operator: Record<string, string>; tenant: Record<string, string> };
  portalLink: string;
  close(): void;
};

const EVENTS = 8;

export async function openWorld(gateway: Gateway): Promise<World> {
  const [good, bad] = await Promise.all([Receiver.open(), Receiver.open(refuses)]);
  const account = await newAccount(gateway);
  const works = await addDestination(gateway, account, good.url, {
    description: "The warehouse's own hook",
    headers: { "X-Shop": ["north", "south"], Authorization: "Bearer not-to-be-shown" },
    signature_schemes: ["v1", "v1a"],
  });
  const fails = await addDestination(gateway, account, bad.url, { max_attempts: 1 });
  const shaped = await addDestination(gateway, account, "https://orders.example/hooks/a-rather-long-path", {
    enabled: false,
    transformation: '{\n  "text": "Order " & order.number & " of " & customer.name,\n  "total": order.total\n}',
    templates: { path: "/{{ body.order.number }}", headers: { "X-City": "{{ body.customer.city }}" } },
  });
  for (let i = 1; i <= EVENTS; i++) await send(gateway, account, orderOf(i));
  await until("all has arrived", () => good.arrivals.length === EVENTS);
  await until("what fails is recorded", async () => (await deliveriesOf(gateway, ofState("exhausted"))).length >= 5);
  const [delivered] = await deliveriesOf(gateway, ofState("delivered"));
  const [exhausted] = await deliveriesOf(gateway, ofState("exhausted"));
  const wiped = (await deliveriesOf(gateway, ofState("delivered"))).at(-1);
  await call(gateway, "DELETE", `/events/${wiped?.event_id}`);
  const recovery = await call<{ recovery_id: string }>(
    gateway,
    "POST",
    `/destinations/${fails.destination_id}/recoveries`,
    { from: new Date(Date.now() - 3_600_000).toISOString(), to: new Date().toISOString() },
  );
  await call(gateway, "POST", "/keys", { name: "On-call screen", role: "viewer" });
  const kim = { name: "Kim", role: "editor", accounts: [account.account_id], expires_in_seconds: 2_592_000 };
  await call(gateway, "POST", "/keys", kim);
  await call(gateway, "PUT", `/accounts/${account.account_id}/event-types/order.placed`, {
    description: "A customer has ordered.",
    schema: { type: "object", required: ["order"], properties: { order: { required: ["number", "total"] } } },
    example: JSON.parse(orderOf(1)),
    validate: "flag",
  });
  const suspended = await newAccount(gateway, { account_name: "Late Payer" });
  await call(gateway, "PATCH", `/accounts/${suspended.account_id}`, { suspended: true });
  const link = await call<{ url: string }>(gateway, "POST", `/accounts/${account.account_id}/portal-links`, {});
  await gateway.write([...history(), deadLetter(exhausted?.event_id ?? "")]);

  function ofState(state: string) {
    return { account_id: account.account_id, state };
  }
  const shared = {
    events: "/events",
    "events-search": "/events?q=Copenhagen&state=delivered",
    event: `/events/${exhausted?.event_id}`,
    "event-wipe": `/events/${exhausted?.event_id}/wipe`,
    "event-wiped": `/events/${wiped?.event_id}`,
    deliveries: "/deliveries",
    "deliveries-exhausted": "/deliveries?state=exhausted",
    delivery: `/deliveries/${exhausted?.delivery_id}`,
    "delivery-delivered": `/deliveries/${delivered?.delivery_id}`,
    "delivery-wiped": `/deliveries/${wiped?.delivery_id}`,
    destination: `/destinations/${works.destination_id}`,
    "destination-failing": `/destinations/${fails.destination_id}`,
    "destination-edit": `/destinations/${works.destination_id}/edit`,
    "destination-shaped": `/destinations/${shaped.destination_id}`,
    "destination-preview": `/destinations/${shaped.destination_id}/preview?event_id=${exhausted?.event_id}`,
    "destination-secret": `/destinations/${works.destination_id}/secret`,
    "destination-remove": `/destinations/${works.destination_id}/remove`,
    "destination-new": `/new-destination?account_id=${account.account_id}`,
    recovery: `/recoveries/${recovery.json.recovery_id}`,
    audit: "/audit",
    "not-found": "/nothing-here",
  };
  return {
    accountId: account.account_id,
    account,
    portalLink: link.json.url,
    pages: {
      operator: {
        overview: "?range=1h",
        "overview-30d": "?range=30d",
        accounts: "/accounts",
        "accounts-none": "/accounts?q=nobody",
        account: `/accounts/${account.account_id}`,
        "account-new": "/new-account",
        "account-edit": `/accounts/${account.account_id}/edit`,
        "account-token": `/accounts/${account.account_id}/token`,
        "account-links": `/accounts/${account.account_id}/portal-links`,
        "account-event-types": `/accounts/${account.account_id}/event-types`,
        "account-event-type": `/accounts/${account.account_id}/event-types/edit?type=order.placed`,
        "account-remove": `/accounts/${account.account_id}/remove`,
        "account-suspended": `/accounts/${suspended.account_id}`,
        keys: "/keys",
        "dead-letters": "/dead-letters",
        ...shared,
      },
      tenant: { portal: "", "portal-docs": "/docs", "portal-event-types": "/event-types", ...shared },
    },
    close() {
      good.close();
      bad.close();
    },
  };
}

export function orderOf(number: number): string {
  return JSON.stringify({
    type: "order.placed",
    order: { number, total: "149.00", currency: "DKK", lines: [{ sku: "TEA-01", count: 2 }] },
    customer: { name: "Åse Sørensen", city: "Copenhagen", vat: null, newsletter: true },
  });
}

/** What was counted in the last hour. */
export function history(): string[] {
  const minute = Math.floor(Date.now() / 60_000) * 60_000;
  return Array.from({ length: 58 }, (_, i) => {
    const time = minute - (i + 2) * 60_000;
    const delivered = 40 + Math.round(25 * Math.sin(i / 6)) + (i % 7);
    const failed = i > 10 && i < 22 ? 12 + (i % 5) : i % 9 === 0 ? 2 : 0;
    const exhausted = i > 14 && i < 20 ? 6 : 0;
    const discarded = i % 13 === 0 ? 4 : 0;
    return `INSERT INTO stats (period, time, subject, events, delivered, failed, exhausted, discarded, ms_40, ms_150, ms_1000)
      VALUES ('minute', ${time}, 0, ${delivered}, ${delivered}, ${failed}, ${exhausted}, ${discarded}, ${delivered - 6}, 5, ${failed + 1})`;
  });
}

function deadLetter(eventId: string): string {
  const body = JSON.stringify({ event: eventId });
  return `INSERT INTO dead_letters (dead_letter_id, message_id, body, reason, created_at)
    VALUES ('ded_01JDDDDDDDDDDDDDDDDDDDDDDD', 'message-1', '${body}', 'retries_used_up', ${Date.now() - 120_000})`;
}

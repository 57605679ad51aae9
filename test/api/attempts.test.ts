import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it } from "vitest";
import { destinationKey } from "../../src/vocabulary/ids";
import { call } from "../support/gateway";
import { operator } from "../support/pages";
import { openReceiver } from "../support/receivers";
import { addDestination, type DeliveryWithAttempts, newAccount, readDelivery, send, settled } from "../support/tenants";

type WithCursor = DeliveryWithAttempts & { attempts_next_cursor: string | null };

const ATTEMPTS = 80;
let deliveryId: string;

beforeAll(async () => {
  const account = await newAccount();
  const receiver = openReceiver();
  const destination = await addDestination(account, receiver.url);
  const { event_id } = await send(account, "{}");
  deliveryId = (await settled(event_id)).deliveries[0]!.delivery_id;
  const key = destinationKey(destination.destination_id);
  await env.DB.batch([
    ...Array.from({ length: ATTEMPTS - 1 }, (_, i) =>
      env.DB.prepare(
        "INSERT INTO attempts (event_id, destination, number, started_at, duration_ms, outcome, status_code) VALUES (?, ?, ?, ?, 1, 'http_error', 500)",
      ).bind(event_id, key, i + 2, Date.now() + i),
    ),
    env.DB.prepare("UPDATE deliveries SET attempt_count = ? WHERE event_id = ?").bind(ATTEMPTS, event_id),
  ]);
});

const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i);

describe("the attempts of a delivery", () => {
  it("come page after page, the latest page first, each once", async () => {
    const pages: number[][] = [];
    for (let cursor: string | null = ""; cursor !== null; ) {
      const path: string = `/deliveries/${deliveryId}${cursor && `?attempts_cursor=${cursor}`}`;
      const { json }: { json: WithCursor } = await call<WithCursor>("GET", path);
      pages.push(json.attempts.map(({ number }) => number));
      cursor = json.attempts_next_cursor;
    }
    expect(pages).toEqual([range(48, 80), range(15, 47), range(1, 14)]);
  });

  it("are all on one page when they are few", async () => {
    const account = await newAccount();
    await addDestination(account, openReceiver().url);
    const { deliveries } = await settled((await send(account, "{}")).event_id);
    const delivery = await readDelivery(deliveries[0]!.delivery_id);
    expect(delivery).toMatchObject({ attempts: [{ number: 1 }], attempts_next_cursor: null });
  });

  it.each(["x", "-1", "1.5", ""])("refuse the cursor %j", async (cursor) => {
    const { status, json } = await call("GET", `/deliveries/${deliveryId}?attempts_cursor=${cursor}`);
    expect([status, json.errors[0]?.path]).toEqual([400, "attempts_cursor"]);
  });

  it("can be gone through on the delivery's page", async () => {
    const browser = await operator();
    const path = `/dashboard/deliveries/${deliveryId}`;
    const first = await browser.visit(path);
    expect([first.text.includes("Attempt 80"), first.text.includes("Attempt 47<")]).toEqual([true, false]);
    expect(first.text).toContain(`href="${path}?attempts_before=48"`);
    const older = await browser.visit(`${path}?attempts_before=48&attempt=20`);
    expect(older.text).toContain("Answer to attempt 20");
    expect([older.text.includes("Attempt 15<"), older.text.includes("Attempt 48<")]).toEqual([true, false]);
    const sentence = (text: string) =>
      /<p class="sentence[^>]*>[\s\S]*?<\/p>/.exec(text)?.[0].replace(/ after \d+ ms/, "");
    expect(sentence(older.text)).toBe(sentence(first.text));
  });
});

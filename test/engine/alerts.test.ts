/** The operator is told what happens to destinations: by a signed webhook, by mail, once, and never about itself. */
import { Webhook } from "standardwebhooks";
import { afterEach, describe, expect, it } from "vitest";
import { deliveriesOf, manage, newTenant, sendEvent, type Tenant } from "./tenant";
import { HOUR_MS, MINUTE_MS, World } from "./world";

const OPS = "https://ops.example/alerts";
const SECRET = "whsec_b3BlcmF0aW9uYWwtZXZlbnRzLXNlY3JldC0wMTIz";
const WEBHOOK = { ALERT_WEBHOOK_URL: OPS, ALERT_WEBHOOK_SECRET: SECRET };

type Mail = { from: string; to: string; subject: string; text: string };
type Told = { type: string; timestamp: string; data: Record<string, unknown> };

let world: World;
afterEach(() => world.close());

/** A world in which tenants' receivers answer `status`, and the operator's `ops`. */
async function open(settings: Record<string, unknown>): Promise<{ tenant: Tenant; answers: Record<string, number> }> {
  world = await World.open(settings);
  const answers = { status: 500, ops: 200 };
  world.answer = (url) => new Response("", { status: url === OPS ? answers.ops : answers.status });
  const tenant = await newTenant(world, [{ retry_schedule: [] }]);
  return { tenant, answers };
}

/** What the operator's receiver got, each verified as a customer would. */
function told(): Told[] {
  const now = Date.now();
  const verified = world.at(OPS).map(({ body, headers, at }) => {
    world.advance(at - Date.now());
    return new Webhook(SECRET).verify(body, Object.fromEntries(headers)) as Told;
  });
  world.advance(now - Date.now());
  return verified;
}

describe("the operator's webhook is told", () => {
  it("that a delivery is exhausted, signed", async () => {
    const { tenant } = await open(WEBHOOK);
    await sendEvent(world, tenant, `{"secret":"payload"}`);
    await world.turn();
    const [delivery] = await deliveriesOf(world, tenant);
    expect(told()).toMatchObject([
      {
        type: "delivery.exhausted",
        data: {
          account_id: tenant.accountId,
          destination_id: tenant.destinations[0]!.id,
          count: 1,
          delivery_ids: [delivery!.delivery_id],
        },
      },
    ]);
    expect(world.at(OPS)[0]!.body).not.toContain("payload");
  });

  it("that a destination is disabled, and why", async () => {
    const { tenant, answers } = await open(WEBHOOK);
    answers.status = 410;
    await sendEvent(world, tenant, "{}");
    await world.turn();
    expect(told()).toMatchObject([
      { type: "destination.disabled", data: { destination_id: tenant.destinations[0]!.id, reason: "gone" } },
    ]);
  });

  it("that a destination has recovered, once", async () => {
    const { tenant, answers } = await open(WEBHOOK);
    for (let n = 0; n < 7; n++) await sendEvent(world, tenant, `{"n":${n}}`);
    answers.status = 200;
    await world.pass(HOUR_MS, 10 * MINUTE_MS);
    const recovered = told().filter(({ type }) => type === "destination.recovered");
    expect(recovered).toMatchObject([
      { data: { account_id: tenant.accountId, destination_id: tenant.destinations[0]!.id, failed_attempts: 5 } },
    ]);
  });

  it("each time that it happens: disabled, enabled, disabled again", async () => {
    const { tenant, answers } = await open(WEBHOOK);
    const path = `/destinations/${tenant.destinations[0]!.id}/activation`;
    answers.status = 410;
    for (let day = 0; day < 2; day++) {
      await sendEvent(world, tenant, `{"day":${day}}`);
      await world.pass(HOUR_MS, 10 * MINUTE_MS);
      await manage(world, "PUT", path);
      world.advance(24 * HOUR_MS);
    }
    expect(told().map(({ type }) => type)).toEqual(["destination.disabled", "destination.disabled"]);
  });

  it("each time that it happens: recovered twice", async () => {
    const { tenant, answers } = await open(WEBHOOK);
    for (let day = 0; day < 2; day++) {
      answers.status = 500;
      for (let n = 0; n < 7; n++) await sendEvent(world, tenant, `{"day":${day},"n":${n}}`);
      answers.status = 200;
      await world.pass(HOUR_MS, 10 * MINUTE_MS);
      world.advance(24 * HOUR_MS);
    }
    expect(told().filter(({ type }) => type === "destination.recovered")).toHaveLength(2);
  });

  it("nothing about a person's own doing, or what went well", async () => {
    const { tenant, answers } = await open(WEBHOOK);
    answers.status = 200;
    await sendEvent(world, tenant, "{}");
    await manage(world, "DELETE", `/destinations/${tenant.destinations[0]!.id}/activation`);
    await world.pass(5 * MINUTE_MS);
    expect(told()).toEqual([]);
  });
});

describe("an operator's webhook that fails", () => {
  it.each([
    ["always", 500],
    ["for good", 410],
  ])("%s raises no alert about itself, and delays nobody", async (_how, status) => {
    const { tenant, answers } = await open(WEBHOOK);
    answers.ops = status;
    for (let n = 0; n < 4; n++) await sendEvent(world, tenant, `{"n":${n}}`);
    await world.pass(24 * HOUR_MS, HOUR_MS);
    const events = await manage<{ data: { account_id: string }[] }>(world, "GET", "/events?account_id=operations");
    expect(events.json.data).toHaveLength(4);
    answers.status = 200;
    expect((await sendEvent(world, tenant, "{}")).status).toBe(200);
    expect(world.at(tenant.destinations[0]!.url)).toHaveLength(5);
  });

  it("gets the alert again later, under the same id", async () => {
    const { tenant, answers } = await open(WEBHOOK);
    answers.ops = 503;
    await sendEvent(world, tenant, "{}");
    await world.turn();
    answers.ops = 200;
    await world.runToRest();
    expect(new Set(world.at(OPS).map(({ webhookId }) => webhookId)).size).toBe(1);
    expect(world.at(OPS).map(({ status }) => status)).toEqual([503, 200]);
  });
});

describe("by mail", () => {
  function mailbox(): { mails: Mail[]; settings: Record<string, unknown> } {
    const mails: Mail[] = [];
    const EMAIL = { send: async (mail: Mail) => void mails.push(mail) };
    return { mails, settings: { EMAIL, ALERT_EMAIL_FROM: "gateway@example.com", ALERT_EMAIL_TO: "ops@example.com" } };
  }

  it("the operator gets the same, where a binding and addresses are set", async () => {
    const { mails, settings } = mailbox();
    const { tenant } = await open(settings);
    await sendEvent(world, tenant, "{}");
    expect(mails).toMatchObject([
      { from: "gateway@example.com", to: "ops@example.com", subject: "Data Pusher: delivery.exhausted" },
    ]);
    expect(JSON.parse(mails[0]!.text)).toMatchObject({ type: "delivery.exhausted" });
  });

  it("a full database is told of once a day", async () => {
    const { mails, settings } = mailbox();
    const { tenant, answers } = await open({ ...settings, DATABASE_LIMIT_BYTES: "1000000" });
    answers.status = 200;
    for (let n = 0; n < 10; n++) await sendEvent(world, tenant, JSON.stringify({ filler: "x".repeat(90_000) }));
    await world.pass(5 * HOUR_MS, HOUR_MS);
    expect(mails.map(({ subject }) => subject)).toEqual(["Data Pusher: database.filling"]);
  });

  it("a mailer that fails keeps nothing from its way", async () => {
    const EMAIL = { send: () => Promise.reject(new Error("no such mailbox")) };
    const { tenant } = await open({ ...mailbox().settings, EMAIL, ...WEBHOOK });
    await sendEvent(world, tenant, "{}");
    await world.turn();
    expect(told()).toHaveLength(1);
  });

  it("nobody is told where nothing is set", async () => {
    const { tenant } = await open({});
    await sendEvent(world, tenant, "{}");
    await world.turn();
    expect((await manage(world, "GET", "/accounts/operations")).status).toBe(404);
  });
});

/** The operator is told what happens to destinations: by a signed webhook, by mail, once, and never about itself. */
import { env } from "cloudflare:workers";
import { Webhook } from "standardwebhooks";
import { afterEach, describe, expect, it } from "vitest";
import { ALERTS_APART_MS, RAISE_AFTER_MS } from "../../src/deliveries/deadlines";
import { deliveriesOf, destinationOf, manage, newTenant, sendEvent, type Tenant } from "./tenant";
import { DAY_MS, HOUR_MS, MINUTE_MS, NO_QUEUE, SECOND_MS, World } from "./world";

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

/** Lets the time pass that alerts wait for others of their kind. */
async function raised(): Promise<void> {
  await world.consume();
  world.advance(RAISE_AFTER_MS);
  await world.consume();
}

const exhaustions = () => told().filter(({ type }) => type === "delivery.exhausted");
const countOf = (alerts: Told[]) => alerts.reduce((sum, { data }) => sum + (data.count as number), 0);

describe("the operator's webhook is told", () => {
  it("that a delivery is exhausted, signed", async () => {
    const { tenant } = await open(WEBHOOK);
    await sendEvent(world, tenant, `{"secret":"payload"}`);
    await raised();
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

  it("within 15 seconds, without the cron", async () => {
    const { tenant } = await open(WEBHOOK);
    await sendEvent(world, tenant, "{}");
    for (let second = 0; second < 15; second++) {
      world.advance(SECOND_MS);
      await world.consume();
    }
    expect(told()).toHaveLength(1);
  });

  it("whatever its destination is made to ask for", async () => {
    const { tenant } = await open(WEBHOOK);
    await sendEvent(world, tenant, "{}");
    await raised();
    await env.DB.prepare(
      `UPDATE destinations SET event_types = '["order.*"]', filter = '{"order":1}'
       WHERE account IN (SELECT id FROM accounts WHERE kind <> 'customer')`,
    ).run();
    world.advance(ALERTS_APART_MS);
    await sendEvent(world, tenant, "{}");
    await raised();
    expect(exhaustions()).toHaveLength(2);
  });

  it("that a delivery cannot be sent at all", async () => {
    const { tenant } = await open(WEBHOOK);
    const id = tenant.destinations[0]!.id;
    await manage(world, "PATCH", `/destinations/${id}`, { http_method: "GET" });
    await sendEvent(world, tenant, JSON.stringify({ text: "x".repeat(20_000) }));
    await raised();
    expect(told()).toMatchObject([
      { type: "delivery.discarded", data: { destination_id: id, count: 1, reason: "unsendable" } },
    ]);
  });

  it("that a destination is disabled, and why", async () => {
    const { tenant, answers } = await open(WEBHOOK);
    answers.status = 410;
    await sendEvent(world, tenant, "{}");
    await raised();
    expect(told()).toMatchObject([
      { type: "destination.disabled", data: { destination_id: tenant.destinations[0]!.id, reason: "gone" } },
    ]);
  });

  it("that a destination is paused, once, and how many deliveries wait", async () => {
    await open(WEBHOOK);
    const tenant = await newTenant(world);
    do {
      await sendEvent(world, tenant, "{}");
      world.advance(3 * HOUR_MS);
      await world.minute();
    } while ((await destinationOf(world, tenant)).enabled);
    await raised();
    const paused = told().filter(({ type }) => type === "destination.paused");
    const held = (await deliveriesOf(world, tenant, "state=pending")).length;
    expect(held).toBeGreaterThan(0);
    expect(paused).toMatchObject([
      { data: { destination_id: tenant.destinations[0]!.id, reason: "failing", waiting: held } },
    ]);
    expect(told().map(({ type }) => type)).not.toContain("destination.disabled");
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
      // the second time it takes more failures, since the first run of them is known
      for (let n = 0; n < 20; n++) await sendEvent(world, tenant, `{"day":${day},"n":${n}}`);
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

describe("alerts of one account and type", () => {
  it("come together: many events to many destinations make one, which counts them all", async () => {
    const { answers } = await open(WEBHOOK);
    const tenant = await newTenant(
      world,
      Array.from({ length: 4 }, () => ({ retry_schedule: [] })),
    );
    for (let n = 0; n < 5; n++) {
      await sendEvent(world, tenant, `{"n":${n}}`);
      world.advance(100);
    }
    answers.status = 200;
    await raised();
    expect(told()).toHaveLength(1);
    const [{ data }] = told() as [Told];
    expect(data).toMatchObject({ account_id: tenant.accountId, count: 20 });
    expect(data).not.toHaveProperty("destination_id");
    const destinations = data.destinations as { destination_id: string; count: number; delivery_ids: string[] }[];
    expect(destinations.map(({ destination_id }) => destination_id).sort()).toEqual(
      tenant.destinations.map(({ id }) => id).sort(),
    );
    for (const { count, delivery_ids } of destinations) expect([count, new Set(delivery_ids).size]).toEqual([5, 5]);
  });

  it("name twenty deliveries of a destination, and count the others", async () => {
    const { tenant } = await open(WEBHOOK);
    const id = tenant.destinations[0]!.id;
    for (let n = 0; n < 6; n++) {
      for (let m = 0; m < 4; m++) await sendEvent(world, tenant, `{"n":${n},"m":${m}}`);
      await manage(world, "DELETE", `/destinations/${id}/activation`);
      await manage(world, "PUT", `/destinations/${id}/activation`);
    }
    await raised();
    const [{ data }] = exhaustions() as [Told];
    expect([data.count, (data.delivery_ids as string[]).length]).toEqual([24, 20]);
  });

  it("tell again, after ten minutes, of what came since", async () => {
    const { tenant } = await open(WEBHOOK);
    await sendEvent(world, tenant, "{}");
    await raised();
    for (let n = 0; n < 3; n++) await sendEvent(world, tenant, `{"n":${n}}`);
    await world.pass(ALERTS_APART_MS - MINUTE_MS);
    expect(exhaustions()).toHaveLength(1);
    await world.pass(2 * MINUTE_MS);
    expect(exhaustions().map(({ data }) => data.count)).toEqual([1, 3]);
    expect(exhaustions()[1]!.data.destination_id).toBe(tenant.destinations[0]!.id);
  });

  it("keep those of other accounts apart, and from waiting", async () => {
    const { tenant } = await open(WEBHOOK);
    await sendEvent(world, tenant, "{}");
    await raised();
    const other = await newTenant(world, [{ retry_schedule: [] }]);
    await sendEvent(world, other, "{}");
    await raised();
    expect(told().map(({ data }) => data.account_id)).toEqual([tenant.accountId, other.accountId]);
  });

  it("say since when", async () => {
    const { tenant } = await open(WEBHOOK);
    const at = Date.now();
    await sendEvent(world, tenant, "{}");
    await raised();
    expect(told()).toMatchObject([
      { timestamp: new Date(at + RAISE_AFTER_MS).toISOString(), data: { since: new Date(at).toISOString() } },
    ]);
  });

  it("are forgotten once they were told long ago, and the event stays", async () => {
    const { tenant } = await open(WEBHOOK);
    await sendEvent(world, tenant, "{}");
    await raised();
    expect(await world.rows("alerts")).toBe(1);
    await world.pass(3 * DAY_MS, DAY_MS);
    expect(await world.rows("alerts")).toBe(0);
    const events = await manage<{ data: unknown[] }>(world, "GET", "/events?account_id=operations");
    expect(events.json.data).toHaveLength(1);
  });

  it("of a removed account are told to nobody", async () => {
    const { tenant } = await open(WEBHOOK);
    await sendEvent(world, tenant, "{}");
    await manage(world, "DELETE", `/accounts/${tenant.accountId}`);
    await world.pass(HOUR_MS, MINUTE_MS);
    expect(told()).toEqual([]);
  });

  it("are not held back by a clock that was ahead for a moment", async () => {
    const { tenant } = await open(WEBHOOK);
    world.advance(1_000 * DAY_MS);
    await sendEvent(world, tenant, "{}");
    await raised();
    world.advance(-1_000 * DAY_MS);
    await sendEvent(world, tenant, "{}");
    await raised();
    expect(exhaustions()).toHaveLength(2);
  });
});

describe("no alert is lost", () => {
  /** The story that is told at each of the points where the Worker can die: one exhaustion, and its alert. */
  async function exhaustion(settings: Record<string, unknown>, fault: World["fault"]): Promise<void> {
    const { tenant } = await open({ ...WEBHOOK, ...settings });
    world.seams.length = 0;
    world.fault = fault;
    await sendEvent(world, tenant, "{}");
    await world.pass(3 * MINUTE_MS, 30 * SECOND_MS);
    world.fault = () => "none";
    await world.pass(12 * MINUTE_MS, 6 * MINUTE_MS);
  }

  it.each([
    ["with a queue", {}],
    ["without one", NO_QUEUE],
  ])(
    "whenever the Worker dies or an answer is lost, %s",
    async (_how, settings) => {
      await exhaustion(settings, () => "none");
      const story = world.seams.slice(0, 60);
      const raisedAt = story.findIndex(
        ({ name }, i) => name === "fetch" && i > story.findIndex((seam) => seam.name === "fetch") + 1,
      );
      expect(raisedAt).toBeGreaterThan(5);
      world.close();
      for (let point = 0; point <= raisedAt; point++) {
        for (const kind of ["kill", "throw"] as const) {
          const seam = story[point];
          await exhaustion(settings, (_seam, index) => (index === point ? kind : "none"));
          const named = `${kind} ${seam?.side} ${seam?.name} (${point})`;
          const accepted =
            (await world.rows(
              "deliveries WHERE destination NOT IN (SELECT key FROM destinations WHERE description = 'ALERT_WEBHOOK_URL')",
            )) > 0;
          expect(new Set(world.at(OPS).map(({ webhookId }) => webhookId)).size, named).toBe(accepted ? 1 : 0);
          if (accepted) expect(exhaustions()[0]!.data.count, named).toBe(1);
          world.close();
        }
      }
      await open({});
    },
    120_000,
  );

  it("when the message that wakes it is: the cron raises it", async () => {
    const { tenant } = await open(WEBHOOK);
    world.copies = () => 0;
    await sendEvent(world, tenant, "{}");
    world.copies = () => 1;
    world.advance(MINUTE_MS);
    await world.minute();
    expect(told()).toHaveLength(1);
  });

  it("nor told twice by two that raise it at the same time", async () => {
    const { tenant } = await open(WEBHOOK);
    await sendEvent(world, tenant, "{}");
    world.advance(MINUTE_MS);
    await Promise.all([world.cron(world.newIsolate()), world.cron(world.newIsolate())]);
    await world.consume();
    expect(told()).toHaveLength(1);
  });

  it("nor what is added while it is raised", async () => {
    const { tenant } = await open(WEBHOOK);
    await sendEvent(world, tenant, "{}");
    world.advance(MINUTE_MS);
    await Promise.all([
      world.cron(world.newIsolate()),
      ...[1, 2, 3].map((n) => sendEvent(world, tenant, `{"n":${n}}`)),
    ]);
    await world.pass(HOUR_MS, MINUTE_MS);
    expect(countOf(exhaustions())).toBe(4);
  });
});

it("an event that arrives at first attempt, and a failure that is tried again, cost no alert", async () => {
  const { answers } = await open(WEBHOOK);
  const tenant = await newTenant(world);
  answers.status = 503;
  await sendEvent(world, tenant, "{}");
  answers.status = 200;
  await sendEvent(world, tenant, "{}");
  await world.runToRest();
  expect(await env.DB.prepare("SELECT count(*) AS n FROM alerts").first("n")).toBe(0);
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
    expect(await world.rows("alerts")).toBe(1);
    const events = await manage<{ data: { account_id: string }[] }>(world, "GET", "/events?account_id=operations");
    expect(events.json.data).toHaveLength(1);
    answers.status = 200;
    expect((await sendEvent(world, tenant, "{}")).status).toBe(200);
    expect(world.at(tenant.destinations[0]!.url)).toHaveLength(5);
  });

  it("gets the alert again later, under the same id", async () => {
    const { tenant, answers } = await open(WEBHOOK);
    answers.ops = 503;
    await sendEvent(world, tenant, "{}");
    await raised();
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
    await raised();
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
    await raised();
    expect(told()).toHaveLength(1);
  });

  it("nobody is told where nothing is set, and nothing piles up", async () => {
    const { tenant } = await open({});
    for (let n = 0; n < 3; n++) await sendEvent(world, tenant, `{"n":${n}}`);
    await world.pass(MINUTE_MS);
    expect((await manage(world, "GET", "/accounts/operations")).status).toBe(404);
    expect(await world.rows("alerts")).toBe(1);
    await world.pass(3 * DAY_MS, DAY_MS);
    expect(await world.rows("alerts")).toBe(0);
  });
});

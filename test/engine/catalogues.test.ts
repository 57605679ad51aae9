/** Events and the schemas of their types: checked before they are stored, by the catalogue of that moment, in every isolate. */
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { insist, manage, newTenant, type Tenant } from "./tenant";
import { GATEWAY_URL, type Isolate, World } from "./world";

let world: World;
let tenant: Tenant;
beforeEach(async () => {
  world = await World.open();
  tenant = await newTenant(world);
  await insist(world, "PATCH", `/accounts/${tenant.accountId}`, { event_type_path: "type" });
});
afterEach(() => world.close());

type Answer = {
  status: number;
  code?: string;
  event_id?: string;
  duplicate?: true;
  errors?: unknown;
  deliveries?: number | null;
};
type Read = { schema_errors: { path: string; message: string }[] | null; event_type: string | null; payload: string };

const NUMBER = { properties: { total: { type: "number" } } };
const TEXT = { properties: { total: { type: "string" } } };
const paid = (total: unknown) => JSON.stringify({ type: "order.paid", total });
const NOT_A_NUMBER = [{ path: "total", message: "This is of type string, not number." }];

function requestOf(body: string, headers: Record<string, string> = {}, of = tenant): Request {
  return new Request(`${GATEWAY_URL}/server/incoming_data`, {
    method: "POST",
    headers: { "cl-x-token": of.token, "content-type": "application/json", ...headers },
    body,
  });
}

async function send(body: string, isolate?: Isolate, headers?: Record<string, string>, of?: Tenant): Promise<Answer> {
  const response = await world.request(requestOf(body, headers, of), isolate);
  if (response === "killed") throw new Error("killed");
  return { status: response.status, ...(await response.json<object>()) };
}

const keep = (input: Record<string, unknown>, type = "order.paid", of = tenant) =>
  insist(world, "PUT", `/accounts/${of.accountId}/event-types/${encodeURIComponent(type)}`, input);

const read = async (eventId: string | undefined) => (await manage<Read>(world, "GET", `/events/${eventId}`)).json;
const stored = async () =>
  (await manage<{ data: Read[] }>(world, "GET", `/events?account_id=${tenant.accountId}`)).json.data;
/** How often the database was asked since. */
const trips = (since: number) =>
  world.seams.slice(since).filter(({ name, side }) => side === "before" && name.startsWith("db")).length;

describe("an event that breaks the schema of its type", () => {
  it("is refused where the account wants it, with the places, and nothing is stored or sent", async () => {
    await keep({ schema: NUMBER, validate: "reject" });
    const { errors, ...answer } = await send(paid("5"));
    expect(answer).toMatchObject({ status: 422, success: false, message: "Invalid Data", code: "schema_violation" });
    expect(errors).toEqual(NOT_A_NUMBER);
    expect(await stored()).toEqual([]);
    expect(world.received).toEqual([]);
    const { status, event_id } = await send(paid(5));
    expect([status, (await read(event_id)).schema_errors]).toEqual([200, null]);
    expect(world.received).toHaveLength(1);
  });

  it("is taken in and marked where the account wants that, and goes where it would go", async () => {
    await keep({ schema: NUMBER, validate: "flag" });
    const { status, event_id, deliveries } = await send(paid("5"));
    expect([status, deliveries, world.received.length]).toEqual([200, 1, 1]);
    expect(await read(event_id)).toMatchObject({ schema_errors: NOT_A_NUMBER, payload: paid("5") });
    expect(await stored()).toMatchObject([{ schema_errors: NOT_A_NUMBER }]);
    await send(paid(5));
    expect((await stored()).map(({ schema_errors }) => schema_errors?.length ?? null).sort()).toEqual([1, null]);
  });

  it("is as good as any other where the schema is only kept", async () => {
    await keep({ schema: NUMBER, validate: "off" });
    await keep({ schema: NUMBER, validate: "reject" }, "order.refunded");
    const { status, event_id } = await send(paid("5"));
    expect([status, (await read(event_id)).schema_errors]).toEqual([200, null]);
  });

  it("is of another type, or of none, and not checked", async () => {
    await keep({ schema: NUMBER, validate: "reject" });
    for (const body of ['{"type":"order.other","total":"5"}', '{"total":"5"}', '"5"']) {
      expect(await send(body)).toMatchObject({ status: 200 });
    }
    expect(await send('{"total":"5"}', undefined, { "cl-x-event-type": "order.paid" })).toMatchObject({ status: 422 });
  });

  it("loses its mark with its payload", async () => {
    await keep({ schema: NUMBER, validate: "flag" });
    const { event_id } = await send(paid("5"));
    await insist(world, "DELETE", `/events/${event_id}`);
    expect((await read(event_id)).schema_errors).toBeNull();
  });
});

describe("a change of the catalogue holds at once for an isolate that knows the one before", () => {
  it("when a schema gets another, either way, or none, and is removed", async () => {
    const other = world.newIsolate();
    const both = async (total: unknown) => [(await send(paid(total))).status, (await send(paid(total), other)).status];
    expect(await both("5")).toEqual([200, 200]);
    await keep({ schema: NUMBER, validate: "reject" });
    expect([await both("5"), await both(5)]).toEqual([
      [422, 422],
      [200, 200],
    ]);
    await keep({ schema: TEXT, validate: "reject" });
    expect([await both(5), await both("5")]).toEqual([
      [422, 422],
      [200, 200],
    ]);
    await keep({ schema: TEXT, validate: "flag" });
    expect(await both(5)).toEqual([200, 200]);
    await keep({ schema: NUMBER, validate: "reject" });
    expect(await both("5")).toEqual([422, 422]);
    await insist(world, "DELETE", `/accounts/${tenant.accountId}/event-types/order.paid`);
    expect(await both("5")).toEqual([200, 200]);
    await keep({ schema: NUMBER, validate: "reject" });
    expect(await both("5")).toEqual([422, 422]);
  });

  it("when the account's events have their type elsewhere", async () => {
    const other = world.newIsolate();
    await keep({ schema: NUMBER, validate: "reject" });
    expect((await send(paid("5"), other)).status).toBe(422);
    await insist(world, "PATCH", `/accounts/${tenant.accountId}`, { event_type_path: "kind" });
    expect((await send(paid("5"), other)).status).toBe(200);
    expect((await send('{"kind":"order.paid","total":"5"}', other)).status).toBe(422);
    await insist(world, "PATCH", `/accounts/${tenant.accountId}`, { event_type_header: "x-kind" });
    expect((await send('{"total":"5"}', other, { "x-kind": "order.paid" })).status).toBe(422);
  });

  it("and costs each isolate one more round trip, once", async () => {
    const asked = async (body: string, isolate: Isolate) => {
      const since = world.seams.length;
      const { status } = await send(body, isolate);
      return [status, trips(since)];
    };
    const isolate = world.newIsolate();
    const [, usual] = await asked(paid(5), isolate);
    await keep({ schema: NUMBER, validate: "reject" });
    expect(await asked(paid(5), isolate)).toEqual([200, (usual ?? 0) + 1]);
    expect(await asked(paid(5), isolate)).toEqual([200, usual]);
    // nothing to deliver, and nothing to record
    expect((await asked(paid("5"), isolate))[0]).toBe(422);
    await keep({ schema: NUMBER, validate: "reject", description: "another" });
    expect(await asked(paid(5), isolate)).toEqual([200, (usual ?? 0) + 1]);
    expect(await asked(paid(5), isolate)).toEqual([200, usual]);
  });
});

describe("events that share a transaction", () => {
  it("have each its own verdict, whatever their neighbours are, of this account or another", async () => {
    const stranger = await newTenant(world, []);
    await insist(world, "PATCH", `/accounts/${stranger.accountId}`, { event_type_path: "type" });
    await keep({ schema: NUMBER, validate: "reject" });
    await keep({ schema: TEXT, validate: "reject" }, "order.paid", stranger);
    const sent = Array.from({ length: 24 }, (_, i) => ({
      total: i % 2 === 0 ? i : `${i}`,
      of: i % 3 === 0 ? stranger : tenant,
    }));
    const answers = await Promise.all(sent.map(({ total, of }) => send(paid(total), undefined, {}, of)));
    expect(answers.map(({ status }) => status)).toEqual(
      sent.map(({ total, of }) => (typeof total === (of === tenant ? "number" : "string") ? 200 : 422)),
    );
    expect(await stored()).toHaveLength(
      answers.filter(({ status }, i) => status === 200 && sent[i]?.of === tenant).length,
    );
  });

  it("go on when the catalogue changes while they come in", async () => {
    await keep({ schema: NUMBER, validate: "reject" });
    await send(paid(1));
    const [, ...answers] = await Promise.all([
      keep({ schema: TEXT, validate: "reject" }),
      ...Array.from({ length: 20 }, (_, i) => send(paid(i))),
    ]);
    expect(answers.every(({ status }) => status === 200 || status === 422)).toBe(true);
    expect((await send(paid(5))).status).toBe(422);
    expect(await stored()).toHaveLength(1 + answers.filter(({ status }) => status === 200).length);
  });
});

describe("an idempotency key", () => {
  it("gets its answer again although the event would be refused by now, and its conflict as well", async () => {
    const key = { "idempotency-key": "order-17" };
    const first = await send(paid("5"), undefined, key);
    await keep({ schema: NUMBER, validate: "reject" });
    expect(await send(paid("5"), undefined, key)).toMatchObject({
      status: 200,
      event_id: first.event_id,
      duplicate: true,
    });
    expect(await send(paid("6"), undefined, key)).toMatchObject({ status: 409 });
    expect(await send(paid("6"), undefined, { "idempotency-key": "order-18" })).toMatchObject({ status: 422 });
    // it was not used up
    expect(await send(paid(6), undefined, { "idempotency-key": "order-18" })).toMatchObject({ status: 200 });
  });
});

describe("what the queue has promised to keep", () => {
  it("is marked in place of being refused, by a consumer that knows the catalogue and by one that does not", async () => {
    await keep({ schema: NUMBER, validate: "reject" });
    world.configure({ ACCEPT: "queue" });
    for (const _known of [false, true]) {
      const { status, event_id } = await send(paid("5"));
      expect(status).toBe(202);
      await world.runToRest();
      expect(await read(event_id)).toMatchObject({ schema_errors: NOT_A_NUMBER });
    }
    const { event_id: good } = await send(paid(5));
    await world.runToRest();
    expect((await read(good)).schema_errors).toBeNull();
    await keep({ schema: TEXT, validate: "flag" });
    const { event_id: anew } = await send(paid("5"));
    const { event_id: broken } = await send(paid(5));
    await world.runToRest();
    expect([(await read(anew)).schema_errors, (await read(broken)).schema_errors?.length]).toEqual([null, 1]);
    expect(world.received).toHaveLength(5);
  });

  it("is what comes while the database is down", async () => {
    await keep({ schema: NUMBER, validate: "reject" });
    expect((await send(paid("5"))).status).toBe(422);
    world.fault = ({ name }) => (name.startsWith("db") ? "throw" : "none");
    const { status, event_id } = await send(paid("5"));
    world.fault = () => "none";
    expect(status).toBe(202);
    await world.runToRest();
    expect(await read(event_id)).toMatchObject({ schema_errors: NOT_A_NUMBER });
  });
});

describe("where the Worker dies while it learns a catalogue", () => {
  it("nothing that was answered is lost, and nothing that breaks it is stored", async () => {
    await keep({ schema: NUMBER, validate: "reject" });
    world.restart();
    const since = world.seams.length;
    await send(paid(0));
    const seams = world.seams.length - since;
    let accepted = 1;
    for (let kill = 0; kill < seams; kill++) {
      for (const total of [kill + 1, "no number"]) {
        world.restart();
        const from = world.seams.length;
        world.fault = (_seam, index) => (index === from + kill ? "kill" : "none");
        const response = await world.request(requestOf(paid(total)));
        world.fault = () => "none";
        if (response !== "killed" && response.status === 200) accepted++;
        if (response !== "killed" && total === "no number") expect(response.status).toBe(422);
      }
    }
    world.restart();
    await world.runToRest();
    const rows = await env.DB.prepare("SELECT count(*) AS n FROM events WHERE payload LIKE '%no number%'").first("n");
    expect(rows).toBe(0);
    expect((await stored()).length).toBeGreaterThanOrEqual(accepted);
  });
});

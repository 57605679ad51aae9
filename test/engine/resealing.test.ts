/** Sealing keys are rotated while events flow; what does not open is shown, and can be mended. */
import { env } from "cloudflare:workers";
import { Webhook } from "standardwebhooks";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openDatabase } from "../../src/db/database";
import { selectToReseal, updateSeals } from "../../src/db/seals";
import { seal } from "../../src/security/sealing";
import { manage, newTenant, sendEvent, type Tenant } from "./tenant";
import { World } from "./world";

const NEW_KEY = btoa("a-new-sealing-key-of-32-bytes-ok");
const ROTATING = { SEALING_KEYS: `${NEW_KEY},${env.SEALING_KEYS}` };
const ROTATED = { SEALING_KEYS: NEW_KEY };
const OPS = "https://ops.example/alerts?key=ops-s3cret";

let world: World;
let tenant: Tenant;
beforeEach(async () => {
  world = await World.open({ ALERT_WEBHOOK_URL: OPS });
  tenant = await newTenant(world, Array(25).fill({ headers: { "X-Api-Key": "s3cret-key" } }));
  const [first] = tenant.destinations;
  await manage(world, "PATCH", `/destinations/${first?.id}`, { url: `${first?.url}?key=s3cret-query` });
});
afterEach(() => world.close());

type Shown = { url: string; headers: Record<string, string>; enabled: boolean; unreadable: unknown };
const readFirst = async () => (await manage<Shown>(world, "GET", `/destinations/${tenant.destinations[0]?.id}`)).json;

async function sealing(): Promise<[waiting: number, unreadable: number]> {
  const { json } = await manage<{ details: Record<string, number> }>(world, "GET", "/health");
  return [json.details.destinations_to_reseal ?? -1, json.details.unreadable_destinations ?? -1];
}

/** Sends an event, and says at how many destinations it arrived with all its secrets. */
async function arrivals(): Promise<number> {
  const before = world.received.length;
  await sendEvent(world, tenant, "{}");
  await world.minute();
  const arrived = world.received.slice(before);
  return arrived.filter(({ headers }) => headers.get("x-api-key") === "s3cret-key").length;
}

async function stored(): Promise<string> {
  return JSON.stringify((await env.DB.prepare("SELECT * FROM destinations").all()).results);
}

describe("a rotation of the sealing keys", () => {
  it("loses nothing under load: all is sealed anew minute by minute, and then the old key may go", async () => {
    await world.minute();
    world.configure(ROTATING);
    expect((await sealing())[0]).toBe(26);
    const left: number[] = [];
    for (let minutes = 0; minutes < 5 && (await sealing())[0] > 0; minutes++) {
      left.push((await sealing())[0]);
      expect(await arrivals()).toBe(25);
    }
    expect(left).toEqual([26, 6]);
    expect(world.logged.filter(({ event }) => event === "sealing.continued")).toMatchObject([
      { waiting: 6, unreadable: 0 },
      { waiting: 0, unreadable: 0 },
    ]);
    world.configure(ROTATED);
    expect(await sealing()).toEqual([0, 0]);
    expect(await arrivals()).toBe(25);
    expect(world.received.filter(({ url }) => url.endsWith("?key=s3cret-query")).length).toBeGreaterThan(2);
    const { json } = await manage<{ data: Shown[] }>(world, "GET", "/destinations");
    expect(json.data.map(({ unreadable }) => unreadable)).toEqual(Array(26).fill(null));
  });

  it("seals anew what is from before texts were bound to account and origin, and URLs that were in the clear", async () => {
    const [{ id, url }] = tenant.destinations as [Tenant["destinations"][0]];
    const keys = [Uint8Array.fromBase64(env.SEALING_KEYS)];
    const secret = "whsec_b2xkLW9sZC1vbGQtb2xkLW9sZC1vbGQtb2xkLW9sZC0=";
    const old = async (text: unknown, what: string) =>
      (await seal(keys, JSON.stringify(text), `${id}:${what}`)).replace("v2", "v1");
    await env.DB.prepare(
      `UPDATE destinations SET url = ?, sealed_url = NULL, sealed_by = '', sealed_headers = ?, sealed_secrets = ? WHERE destination_id = ?`,
    )
      .bind(
        `${url}?key=old-s3cret`,
        await old({ "X-Api-Key": "s3cret-key" }, "headers"),
        await old([{ secret, expiresAt: null }], "secrets"),
        id,
      )
      .run();
    expect((await readFirst()).url).toBe(`${url}?key=***`);
    expect(await arrivals()).toBe(25);
    await world.minute();
    expect(await stored()).not.toMatch(/old-s3cret|v1\./);
    expect(await sealing()).toEqual([0, 0]);
    expect(await arrivals()).toBe(25);
    const last = world.received.findLast((one) => one.url === `${url}?key=old-s3cret`);
    const verify = () =>
      new Webhook(secret).verify("{}", Object.fromEntries(last?.headers ?? []), { jsonParse: false });
    expect(verify).not.toThrow();
  });

  it("gives way to who changes a destination at the same moment", async () => {
    const db = openDatabase(env.DB);
    await env.DB.prepare("UPDATE destinations SET sealed_by = ''").run();
    const read = await selectToReseal(db, { first: "first", unreadable: "!" }, 100);
    const row = read.find(({ destinationId }) => destinationId === tenant.destinations[0]?.id)!;
    const { json } = await manage<{ signing_secret: string }>(
      world,
      "POST",
      `/destinations/${row.destinationId}/secrets`,
      {},
    );
    await updateSeals(db, [{ row, sealed: { ...row, sealedBy: "first" } }]);
    await arrivals();
    const last = world.received.findLast(({ url }) => url.endsWith("s3cret-query"));
    const verify = () => new Webhook(json.signing_secret).verify("{}", Object.fromEntries(last?.headers ?? []));
    expect(verify).not.toThrow();
  });
});

describe("a destination whose key was dropped too early", () => {
  beforeEach(async () => {
    await world.minute();
    world.configure(ROTATED);
    for (let minutes = 0; minutes < 3; minutes++) await world.minute();
  });

  it("is shown with the reason, breaks no list, and its deliveries end with it", async () => {
    expect(await sealing()).toEqual([0, 26]);
    const { json, status } = await manage<{ data: Shown[] }>(world, "GET", "/destinations?limit=100");
    expect([status, json.data.length]).toEqual([200, 26]);
    expect(await readFirst()).toMatchObject({
      url: `${tenant.destinations[0]?.url}?key=***`,
      headers: {},
      unreadable: {
        parts: ["url", "headers", "signing_secret"],
        reason: expect.stringMatching(/under key [0-9a-f]{8}/),
      },
    });
    const { eventId } = await sendEvent(world, tenant, "{}");
    const event = await manage<{ deliveries: { delivery_id: string; state: string; reason: string }[] }>(
      world,
      "GET",
      `/events/${eventId}`,
    );
    expect(event.json.deliveries.map(({ reason }) => reason)).toEqual(Array(25).fill("unsendable"));
    const one = await manage<{ attempts: { detail: string }[] }>(
      world,
      "GET",
      `/deliveries/${event.json.deliveries[0]?.delivery_id}`,
    );
    expect(one.json.attempts[0]?.detail).toMatch(/under key [0-9a-f]{8}, which is not among the sealing keys/);
    const tested = await manage(world, "POST", `/destinations/${tenant.destinations[0]?.id}/tests`);
    expect([tested.status, tested.json.request]).toEqual([200, null]);
  });

  it("can be disabled, replaced and removed, and its secret rotated", async () => {
    const [first, second] = tenant.destinations.map(({ id }) => `/destinations/${id}`);
    const disabled = await manage<Shown>(world, "DELETE", `${first}/activation`);
    expect([disabled.status, disabled.json.enabled]).toEqual([200, false]);
    const half = await manage<{ errors: { path: string }[] }>(world, "PATCH", `${first}`, { headers: {} });
    expect([half.status, half.json.errors[0]?.path]).toEqual([400, "url"]);
    const url = "https://receiver.example/anew?key=anew";
    const put = await manage<Shown>(world, "PUT", `${first}`, { url, http_method: "POST", headers: { "X-A": "b" } });
    expect([put.status, put.json.unreadable]).toMatchObject([200, { parts: ["signing_secret"] }]);
    expect((await manage(world, "POST", `${first}/secrets`, {})).status).toBe(201);
    expect((await readFirst()).unreadable).toBe(null);
    await manage(world, "PUT", `${first}/activation`);
    await sendEvent(world, tenant, "{}");
    expect(world.received.at(-1)).toMatchObject({ url });
    expect((await manage(world, "DELETE", `${second}`)).status).toBe(204);
    expect(await sealing()).toEqual([1, 24]);
    await world.minute();
    expect(await sealing()).toEqual([0, 24]);
  });

  it("works again when the key is put back", async () => {
    world.configure({ SEALING_KEYS: `${NEW_KEY},${env.SEALING_KEYS}` });
    expect(await arrivals()).toBe(25);
    await world.minute();
    expect(await sealing()).toEqual([0, 0]);
  });
});

it("a sealed text that was moved to another host or account by whoever writes the database does not open", async () => {
  const [{ id }] = tenant.destinations as [Tenant["destinations"][0]];
  await env.DB.prepare("UPDATE destinations SET url = 'https://thief.example/' WHERE destination_id = ?")
    .bind(id)
    .run();
  await sendEvent(world, tenant, "{}");
  await world.minute();
  expect(world.received.filter(({ url }) => url.includes("thief"))).toEqual([]);
  expect((await readFirst()).unreadable).toMatchObject({ reason: expect.stringContaining("belongs to another row") });
});

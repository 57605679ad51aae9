import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { call, openGateway } from "../support/gateway";
import { operator, operatorKey, tenant } from "../support/pages";
import { openReceiver } from "../support/receivers";
import {
  type Account,
  addDestination,
  type Destination,
  type EventWithDeliveries,
  newAccount,
  type Page,
  send,
  settled,
} from "../support/tenants";

async function own(input: Record<string, unknown> = {}) {
  const account = await newAccount();
  const receiver = openReceiver();
  const { destination_id } = await addDestination(account, receiver.url, input);
  const path = `/destinations/${destination_id}`;
  return {
    account,
    receiver,
    path,
    pause: () => call<Destination>("PUT", `${path}/pause`),
    resume: () => call<Destination>("DELETE", `${path}/pause`),
    read: async () => (await call<Destination>("GET", path)).json,
    actions: async () => {
      const { json } = await call<Page<{ action: string }>>("GET", `/audit?target=${destination_id}`);
      return json.data.map(({ action }) => action);
    },
    set: (reason: string) =>
      env.DB.prepare("UPDATE destinations SET enabled = 0, disabled_reason = ?, paused_at = 1 WHERE destination_id = ?")
        .bind(reason, destination_id)
        .run(),
  };
}

const ON = { enabled: true, disabled_reason: null, paused: false, paused_reason: null, paused_at: null };
const PAUSED = {
  enabled: false,
  disabled_reason: "paused_by_operator",
  paused: true,
  paused_reason: "paused_by_operator",
  paused_at: expect.stringMatching(/^20.*Z$/),
};
const DISABLED = { ...ON, enabled: false, disabled_reason: "disabled_by_operator" };

describe("a destination", () => {
  it("is paused and resumed, says so, and is the same when it is asked twice", async () => {
    const { pause, resume, read, actions } = await own();
    expect(await read()).toMatchObject(ON);
    const first = await pause();
    expect([first.status, first.json]).toEqual([200, await read()]);
    expect(first.json).toMatchObject(PAUSED);
    expect((await pause()).json, "nothing changes").toEqual(first.json);
    const resumed = await resume();
    expect(resumed.json).toMatchObject(ON);
    expect((await resume()).json).toEqual(resumed.json);
    expect(await actions()).toEqual(["destination.resumed", "destination.paused", "destination.added"]);
  });

  it("that is paused keeps what comes, which its event calls paused", async () => {
    const { account, path, pause, receiver } = await own();
    const earlier = await send(account, "{}");
    await settled(earlier.event_id);
    receiver.arrived.length = 0;
    await pause();
    const { event_id, deliveries } = await send(account, "{}");
    expect(deliveries).toBe(1);
    const { json } = await call<EventWithDeliveries & { destinations: unknown[] }>("GET", `/events/${event_id}`);
    expect(json.destinations).toMatchObject([{ outcome: "paused" }]);
    expect(json.deliveries).toMatchObject([{ state: "pending", reason: null, next_attempt_at: null }]);
    const again = await call<{ restarted: number }>("POST", `/events/${event_id}/redeliveries`);
    expect([again.status, again.json.restarted]).toEqual([202, 0]);
    const body = { destination_id: path.split("/").at(-1) };
    await call("POST", `/events/${event_id}/deliveries`, body);
    const refused = await call("POST", `/events/${earlier.event_id}/deliveries`, body);
    expect([refused.status, refused.json.code]).toEqual([409, "destination_not_enabled"]);
    expect(receiver.arrived).toEqual([]);
  });

  it("that is disabled can be paused instead, and is not enabled by ending a pause that is none", async () => {
    const { path, pause, resume, read } = await own();
    await call("DELETE", `${path}/activation`);
    expect((await resume()).json).toMatchObject(DISABLED);
    expect((await pause()).json).toMatchObject(PAUSED);
    expect((await call<Destination>("PUT", `${path}/activation`)).json).toMatchObject(ON);
    await pause();
    expect((await call<Destination>("DELETE", `${path}/activation`)).json).toMatchObject(DISABLED);
    expect(await read()).toMatchObject(DISABLED);
  });

  it("that is paused stays so while its other fields change, and takes no pause as a field", async () => {
    const { path, pause, read } = await own();
    await pause();
    const { url, http_method } = await read();
    await call("PATCH", path, { description: "repaired on Monday" });
    await call("PUT", path, { url, http_method, headers: {}, enabled: false });
    expect(await read()).toMatchObject(PAUSED);
    const refused = await call("PATCH", path, { paused: false });
    expect([refused.status, refused.json.errors[0]?.path]).toEqual([400, "paused"]);
    await call("PATCH", path, { enabled: true });
    expect(await read()).toMatchObject(ON);
  });

  it("that cannot be called any more can still be paused, and not resumed", async () => {
    const { destination_id } = await addDestination(await newAccount(), "http://127.0.0.1:9/hook");
    const { door } = openGateway({ ALLOW_PRIVATE_DESTINATIONS: "false" });
    const path = `/destinations/${destination_id}/pause`;
    const paused = await call<Destination>("PUT", path, undefined, { door });
    expect([paused.status, paused.json]).toMatchObject([200, PAUSED]);
    const resumed = await call("DELETE", path, undefined, { door });
    expect([resumed.status, resumed.json.errors[0]?.path]).toEqual([400, "url"]);
  });

  it("whose secrets do not open any more can be paused", async () => {
    const { path, pause, read } = await own();
    await env.DB.prepare("UPDATE destinations SET sealed_headers = 'x' WHERE destination_id = ?")
      .bind(path.split("/").at(-1))
      .run();
    expect((await pause()).status).toBe(200);
    expect(await read()).toMatchObject(PAUSED);
  });

  it("that the gateway has paused is resumed the same way, with a clean history", async () => {
    const { pause, resume, set } = await own();
    await set("failing");
    expect((await pause()).json).toMatchObject({ paused: true, paused_reason: "failing" });
    expect((await resume()).json).toMatchObject({ ...ON, consecutive_failures: 0 });
  });

  it("that is not there is not found", async () => {
    expect((await call("PUT", "/destinations/dst_x/pause")).status).toBe(404);
    expect((await call("DELETE", "/destinations/dst_x/pause")).status).toBe(404);
  });

  it("is counted among those that are paused, and is not failing", async () => {
    const paused = async () => {
      const { json } = await call<{ details: { paused_destinations: number } }>("GET", "/health");
      return json.details.paused_destinations;
    };
    const { path, pause } = await own();
    const before = await paused();
    await pause();
    expect(await paused()).toBe(before + 1);
    await call("DELETE", path);
    expect(await paused()).toBe(before);
  });
});

describe("of a suspended account", () => {
  const suspend = (account: Account, suspended: boolean) =>
    call("PATCH", `/accounts/${account.account_id}`, { suspended });

  it("a destination is resumed by nothing, whoever stopped it", async () => {
    const { account, path, pause, resume } = await own();
    await suspend(account, true);
    for (const stop of [() => pause(), () => call("DELETE", `${path}/activation`)]) {
      expect((await stop()).status).toBe(200);
      for (const start of [() => call("PUT", `${path}/activation`), () => call("PATCH", path, { enabled: true })]) {
        const { status, json } = await start();
        expect([status, json.code]).toEqual([409, "account_suspended"]);
      }
    }
    expect((await resume()).json, "disabled now, so there is nothing to resume").toMatchObject(DISABLED);
  });

  it("a destination is not resumed by who has read it just before", async () => {
    const { account, path, pause, read } = await own();
    await pause();
    const batch = async (statements: D1PreparedStatement[]) => {
      await suspend(account, true);
      return env.DB.batch(statements);
    };
    const DB = { prepare: (text: string) => env.DB.prepare(text), batch } as unknown as D1Database;
    const { door } = openGateway({ DB });
    expect((await call("DELETE", `${path}/pause`, undefined, { door })).status).toBe(409);
    expect(await read()).toMatchObject(PAUSED);
  });

  it("a destination that is paused meanwhile stays so, and the others go on", async () => {
    const { account, pause, read } = await own();
    const other = await addDestination(account, openReceiver().url);
    await suspend(account, true);
    const waits = (await call<Destination>("GET", `/destinations/${other.destination_id}`)).json;
    expect(waits).toMatchObject({ paused: true, paused_reason: "account_suspended" });
    expect(waits.paused_at).not.toBeNull();
    expect((await pause()).json).toMatchObject(PAUSED);
    await suspend(account, false);
    expect(await read()).toMatchObject(PAUSED);
    expect((await call<Destination>("GET", `/destinations/${other.destination_id}`)).json).toMatchObject(ON);
  });
});

describe("who may pause", () => {
  it("an editor, and no viewer", async () => {
    const { path, read } = await own();
    const as = async (role: "editor" | "viewer") => ({
      headers: { authorization: `Bearer ${(await operatorKey(role)).operator_key}` },
    });
    expect((await call("PUT", `${path}/pause`, undefined, await as("viewer"))).status).toBe(403);
    expect(await read()).toMatchObject(ON);
    expect((await call("PUT", `${path}/pause`, undefined, await as("editor"))).status).toBe(200);
  });

  it("a tenant its own, and only the operator ends what the operator began", async () => {
    const { account, path, pause, resume, read } = await own();
    const { browser } = await tenant(account);
    const page = `/portal${path}`;
    await browser.submit(`${page}/pause`);
    expect(await read()).toMatchObject({ paused: true, paused_reason: "paused_by_user" });
    expect((await browser.submit(`${page}/resume`)).text).toContain("Resumed.");
    expect(await read()).toMatchObject(ON);
    await pause();
    for (const act of ["resume", "enable", "disable"]) {
      expect((await browser.submit(`${page}/${act}`)).text, act).toContain("only an operator can enable it");
      expect(await read()).toMatchObject(PAUSED);
    }
    await resume();
    await call("DELETE", `${path}/activation`);
    expect((await browser.submit(`${page}/pause`)).text).toContain("only an operator can enable it");
    expect(await read()).toMatchObject(DISABLED);
    const stranger = await tenant(await newAccount());
    expect((await stranger.browser.send(`${page}/resume`)).status).toBe(404);
  });

  it("an operator ends what a tenant began", async () => {
    const { account, path, read } = await own();
    const { browser } = await tenant(account);
    await browser.submit(`/portal${path}/pause`);
    const { text } = await (await operator()).submit(`/dashboard${path}/resume`);
    expect(text).toContain("Resumed.");
    expect(await read()).toMatchObject(ON);
  });
});

/** Where an event's type comes from: the database finds it as `eventTypeOf` says. */
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { eventTypeOf } from "../../src/event-types/event-type";
import { EventTypePathSchema } from "../../src/event-types/event-type-input";
import { parsePath } from "../../src/json/path";
import { newAccount } from "../support/client";
import { insist, manage, newTenant, type Tenant } from "./tenant";
import { GATEWAY_URL, World } from "./world";

let world: World;
let tenant: Tenant;
beforeEach(async () => {
  world = await World.open();
  tenant = await newTenant(world);
});
afterEach(() => world.close());

type Stored = { event_type: string | null; account_id: string };

async function typeOf(body: string, headers: Record<string, string> = {}, of = tenant.token): Promise<string | null> {
  const response = await world.request(
    new Request(`${GATEWAY_URL}/server/incoming_data`, {
      method: "POST",
      headers: { "cl-x-token": of, "content-type": "application/json", ...headers },
      body,
    }),
  );
  if (response === "killed") throw new Error("killed");
  const { event_id } = await response.json<{ event_id: string }>();
  await world.runToRest();
  world.advance(1);
  const { json } = await manage<Stored>(world, "GET", `/events/${event_id}`);
  return json.event_type;
}

const set = (settings: Record<string, unknown>) => insist(world, "PATCH", `/accounts/${tenant.accountId}`, settings);

const DEEP = `${"[".repeat(1_500)}${"]".repeat(1_500)}`;

describe("an event's type", () => {
  it("is of the sender's header, the account's, CloudEvents' or the payload, in this order", async () => {
    await set({ event_type_path: "kind", event_type_header: "X-Named" });
    const headers = { "cl-x-event-type": "sender", "x-named": "named", "ce-type": "cloudevents" };
    const { "cl-x-event-type": _sender, ...named } = headers;
    const { "x-named": _named, ...cloudevents } = named;
    const body = '{"kind":"payload"}';
    const found = [];
    for (const some of [headers, named, cloudevents, {}]) found.push(await typeOf(body, some));
    expect(found).toEqual(["sender", "named", "cloudevents", "payload"]);
    await set({ event_type_path: null, event_type_header: null });
    expect([await typeOf(body), await typeOf(body, { "x-named": "named" })]).toEqual([null, null]);
  });

  it.each([
    ["type", '{"type":"order.paid"}'],
    ["type", '{"type":"order paid"}'],
    ["type", '{"type":"order.*"}'],
    ["type", '{"type":"größe\u{1f600}"}'],
    ["type", `{"type":"${"x".repeat(128)}"}`],
    ["type", `{"type":"${"x".repeat(129)}"}`],
    ["type", `{"type":"${"\u{1f600}".repeat(128)}"}`],
    ["type", '{"type":""}'],
    ["type", '{"type":"a\\u0000b"}'],
    ["type", '{"type":"\\u0000"}'],
    ["type", '{"type":"a\\u007fb"}'],
    ["type", '{"type":"a\\u00a0b"}'],
    ["type", '{"type":"a\\u2009b"}'],
    ["type", '{"type":"a\\ud800b"}'],
    ["type", '{"type":"a\\ufffdb"}'],
    ["type", '{"type":"a[b]^-"}'],
    ["type", '{"type":5}'],
    ["type", '{"type":{"a":1}}'],
    ["type", '{"type":["a"]}'],
    ["type", '{"type":null}'],
    ["type", '{"typ\\u0065":"escaped"}'],
    ["type", "[]"],
    ["type", '"type"'],
    ["data.event-type", '{"data":{"event-type":"a"}}'],
    ['data["a.b"].c', '{"data":{"a.b":{"c":"a"}}}'],
    ['["a.b"]', '{"a.b":"a"}'],
    ["events[1].type", '{"events":[{"type":"a"},{"type":"b"}]}'],
    ["[0].type", '[{"type":"a"}]'],
    ["a.0", '{"a":["list"]}'],
    ["a.0", '{"a":{"0":"object"}}'],
    ["a[0]", '{"a":{"0":"object"}}'],
    ["a b", '{"a b":"spaced"}'],
    ["$type", '{"$type":"dollar"}'],
    ["type", `{"type":"a","deep":${DEEP}}`],
  ])("at %s in %.60s is what the rules say", async (path, body) => {
    await set({ event_type_path: path });
    const kept = EventTypePathSchema.parse(path);
    const tooDeep = body.includes(DEEP);
    const said = eventTypeOf({}, () => JSON.parse(body), { header: null, path: parsePath(kept ?? "") });
    expect(await typeOf(body)).toBe(tooDeep ? null : said);
  });

  it("is of the settings at this moment, whatever the isolate knew before", async () => {
    await set({ event_type_path: "a" });
    expect(await typeOf('{"a":"first","b":"second"}')).toBe("first");
    await env.DB.prepare("UPDATE accounts SET event_type_path = 'b' WHERE account_id = ?").bind(tenant.accountId).run();
    expect(await typeOf('{"a":"first","b":"second"}')).toBe("second");
  });

  it.each([
    ["ACCEPT=queue", { ACCEPT: "queue" }],
    ["a database that fails", {}],
  ])("is kept by the queue, with %s", async (_how, settings) => {
    await set({ event_type_path: "type", event_type_header: "x-named" });
    world.configure(settings);
    const fails = () => {
      let once = !("ACCEPT" in settings);
      world.fault = (seam) => {
        const hit = once && seam.name.startsWith("db") && seam.side === "before";
        if (hit) once = false;
        return hit ? "throw" : "none";
      };
    };
    fails();
    expect(await typeOf('{"type":"payload"}')).toBe("payload");
    fails();
    expect(await typeOf("{}", { "x-named": "named" })).toBe("named");
  });

  it("is first in lists, and filters the list of events", async () => {
    await set({ event_type_path: "type" });
    for (const type of ["a", "b", "a"]) await typeOf(`{"type":"${type}"}`);
    const other = await newAccount<{ app_secret_token: string; account_id: string }>(world, {
      event_type_path: "type",
    });
    await typeOf('{"type":"a"}', {}, other.app_secret_token);
    const list = async (path: string) =>
      (await manage<{ data: Stored[] }>(world, "GET", path)).json.data.map((one) => one.event_type);
    expect(await list(`/events?account_id=${tenant.accountId}`)).toEqual(["a", "b", "a"]);
    expect(await list(`/events?account_id=${tenant.accountId}&event_type=a`)).toEqual(["a", "a"]);
    expect(await list("/events?event_type=a")).toHaveLength(3);
    expect(await list(`/deliveries?account_id=${tenant.accountId}`)).toEqual(["a", "b", "a"]);
  });
});

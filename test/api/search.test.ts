import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it } from "vitest";
import { openDatabase } from "../../src/db/database";
import { selectDeliveries, selectEndOfWindow } from "../../src/db/delivery-lists";
import { selectEndOfEventWindow, selectEvents } from "../../src/db/event-lists";
import { ANY_ACCOUNT, type OneScope } from "../../src/vocabulary/account-scope";
import { deliveryId, destinationKey, firstIdAt } from "../../src/vocabulary/ids";
import { call } from "../support/gateway";
import { githubPayload } from "../support/github";
import { openReceiver } from "../support/receivers";
import {
  type Account,
  addDestination,
  type CreatedDestination,
  type Delivery,
  type Event,
  newAccount,
  type Page,
  send,
  settled,
  unique,
} from "../support/tenants";

type Found<Item> = Page<Item> & { searched_back_to: string | null };

const MANY = 4_000;
const START = Date.UTC(2026, 9, 1);
const WINDOW = 1_000;
/** More than a window back: it takes some pages to come there. */
const NEEDLE_AT = 1_200;

/** One account with four thousand events a second apart, to a destination that has them, and one that was added late. */
let big: Account;
let works: CreatedDestination;
let late: CreatedDestination;
const idOf = (n: number) => firstIdAt("evt", START + n * 1_000);

beforeAll(async () => {
  big = await newAccount();
  works = await addDestination(big, openReceiver().url);
  late = await addDestination(big, openReceiver().url);
  const numbers = [...Array(MANY).keys()];
  const events = numbers.map((n) => ({
    id: idOf(n),
    at: START + n * 1_000,
    n,
    state: n % 500 === 7 ? "exhausted" : "delivered",
  }));
  const account = "(SELECT id FROM accounts WHERE account_id = ?)";
  await env.DB.batch([
    env.DB.prepare(
      `INSERT INTO events (event_id, account, size_bytes, received_at, payload)
       SELECT value ->> 'id', ${account}, 40, value ->> 'at',
              CASE value ->> 'n' WHEN ${NEEDLE_AT} THEN '{"order":"needle 100% _"}' ELSE '{"order":' || (value ->> 'n') || '}' END
       FROM json_each(?)`,
    ).bind(big.account_id, JSON.stringify(events)),
    env.DB.prepare(
      `INSERT INTO deliveries (event_id, destination, state, reason, attempt_count, last_status_code, created_at, updated_at)
       SELECT value ->> 'id', ?, value ->> 'state', CASE value ->> 'state' WHEN 'exhausted' THEN 'attempts_exhausted' END,
              1, CASE value ->> 'state' WHEN 'exhausted' THEN 500 ELSE 200 END, value ->> 'at', value ->> 'at' FROM json_each(?)`,
    ).bind(destinationKey(works.destination_id), JSON.stringify(events)),
    env.DB.prepare(
      `INSERT INTO deliveries (event_id, destination, state, created_at, updated_at)
       SELECT value ->> 'id', ?, 'delivered', value ->> 'at', value ->> 'at' FROM json_each(?) WHERE value ->> 'n' < 3`,
    ).bind(destinationKey(late.destination_id), JSON.stringify(events)),
  ]);
});

async function find<Item = Event>(path: string): Promise<Found<Item>> {
  const { status, json, text } = await call<Found<Item>>("GET", path);
  expect(status, text).toBe(200);
  return json;
}

/** All of a list, and how many pages it took. */
async function walk<Item>(path: string): Promise<{ found: Item[]; pages: Found<Item>[] }> {
  const pages: Found<Item>[] = [];
  for (let cursor = ""; ; ) {
    const page = await find<Item>(path + cursor);
    pages.push(page);
    expect(page.searched_back_to === null || page.next_cursor !== null).toBe(true);
    if (page.next_cursor === null) return { found: pages.flatMap(({ data }) => data), pages };
    cursor = `&cursor=${page.next_cursor}`;
  }
}

const idsOf = (list: { event_id: string }[]) => list.map(({ event_id }) => event_id);

describe("GET /events?q=", () => {
  it("finds text in the payload, exactly as it was sent", async () => {
    const account = await newAccount();
    const path = `/events?account_id=${account.account_id}`;
    const push = await send(account, githubPayload("push"));
    const odd = await send(account, '{"a":"100% _ \\"x\\" ü", "n":12345678901234567890}');
    for (const [q, expected] of [
      ["refs/tags/simple-tag", [push.event_id]],
      ["100% _", [odd.event_id]],
      ["12345678901234567890", [odd.event_id]],
      ['\\"x\\"', [odd.event_id]],
      ["ü", []],
      ['ü"', [odd.event_id]],
      ["REFS/TAGS", []],
      ["100%x", []],
      ["' OR 1=1 --", []],
    ] as const) {
      if (q.length < 2) continue;
      const { data, next_cursor, searched_back_to } = await find(`${path}&q=${encodeURIComponent(q)}`);
      expect([q, idsOf(data), next_cursor, searched_back_to]).toEqual([q, expected, null, null]);
    }
  });

  it.each([
    ["as it is typed", '{"a":"Zürich / 5 < 6 & \\"x\\" 😀"}'],
    ["as Python escapes it", '{"a":"Z\\u00fcrich / 5 < 6 & \\"x\\" \\ud83d\\ude00"}'],
    ["as PHP escapes it", '{"a":"Z\\u00fcrich \\/ 5 < 6 & \\"x\\" \\ud83d\\ude00"}'],
    ["as Go escapes it", '{"a":"Zürich / 5 \\u003c 6 \\u0026 \\"x\\" 😀"}'],
    ["as .NET escapes it", '{"a":"Z\\u00FCrich / 5 \\u003C 6 \\u0026 \\"x\\" \\uD83D\\uDE00"}'],
  ])("finds text %s", async (_how, payload) => {
    const account = await newAccount();
    const { event_id } = await send(account, payload);
    await send(account, '{"a":"Zurich"}');
    for (const q of ["Zürich", "ürich / 5", "5 < 6 & ", '& "x"', '"x" 😀']) {
      const { data } = await find(`/events?account_id=${account.account_id}&q=${encodeURIComponent(q)}`);
      expect([q, idsOf(data)]).toEqual([q, [event_id]]);
    }
  });

  it("finds an idempotency key in part, and the whole of it however long ago, in its account only", async () => {
    const account = await newAccount();
    const key = unique("order-key");
    const { event_id } = await send(account, '{"n":1}', { headers: { "idempotency-key": key } });
    for (const q of [key, key.slice(0, -2)]) expect(idsOf((await find(`/events?q=${q}`)).data)).toEqual([event_id]);
    const old = "evt_00000000010000000000000000";
    await env.DB.prepare("UPDATE events SET event_id = ? WHERE event_id = ?").bind(old, event_id).run();
    expect(idsOf((await find(`/events?q=${key}`)).data)).toEqual([old]);
    expect(idsOf((await find(`/events?account_id=${big.account_id}&q=${key}`)).data)).toEqual([]);
    expect(idsOf((await find(`/events?q=${key}&state=delivered`)).data)).toEqual([]);
  });

  it("says how far back it looked where its window ended, and goes on from there", async () => {
    const path = `/events?account_id=${big.account_id}&q=${encodeURIComponent("needle 100% _")}`;
    const first = await find(path);
    expect(first).toEqual({
      data: [],
      next_cursor: idOf(MANY - WINDOW),
      searched_back_to: new Date(START + (MANY - WINDOW) * 1_000).toISOString(),
    });
    const { found, pages } = await walk<Event>(path);
    expect(idsOf(found)).toEqual([idOf(NEEDLE_AT)]);
    expect(pages.length).toBeLessThanOrEqual(MANY / WINDOW + 1);
  });

  it("needs no more than the time that it is given", async () => {
    const at = START + NEEDLE_AT * 1_000;
    const range = `from=${new Date(at).toISOString()}&to=${new Date(at + 1).toISOString()}`;
    const { data, next_cursor } = await find(`/events?q=needle&${range}`);
    expect([idsOf(data), next_cursor]).toEqual([[idOf(NEEDLE_AT)], null]);
  });

  it("reads at most 20 MB of payloads for a page", async () => {
    const account = await newAccount();
    const payload = JSON.stringify("x".repeat(900_000));
    await env.DB.prepare(
      `INSERT INTO events (event_id, account, size_bytes, received_at, payload)
       SELECT value, (SELECT id FROM accounts WHERE account_id = ?), ?, 0, ? FROM json_each(?)`,
    )
      .bind(
        account.account_id,
        payload.length,
        payload,
        JSON.stringify([...Array(60).keys()].map(idOf).map((id) => id.replace(/0$/, "Z"))),
      )
      .run();
    const { found, pages } = await walk<Event>(`/events?account_id=${account.account_id}&q=nowhere`);
    expect([found.length, pages.length]).toEqual([0, 3]);
    expect(pages.map(({ searched_back_to }) => searched_back_to !== null)).toEqual([true, true, false]);
  });

  it.each(["q=a", "q=", `q=${"x".repeat(201)}`, "state=lost", "event_id=acc_1", "event_id=evt_*"])(
    "?%.20s is refused, and named",
    async (query) => {
      const { status, json } = await call("GET", `/events?${query}`);
      expect([status, json.errors.map(({ path }) => path)]).toEqual([400, [query.split("=")[0]]]);
    },
  );
});

describe("GET /events?state=", () => {
  it("finds events with a delivery in that state", async () => {
    const account = await newAccount();
    const ok = await addDestination(account, openReceiver().url);
    const first = await settled((await send(account, "{}")).event_id);
    await call("DELETE", `/destinations/${ok.destination_id}/activation`);
    const second = await settled((await send(account, "{}")).event_id);
    const path = `/events?account_id=${account.account_id}`;
    for (const [state, expected] of [
      ["delivered", [first.event_id]],
      ["discarded", [second.event_id]],
      ["pending", []],
      ["exhausted", []],
    ] as const) {
      expect([state, idsOf((await find(`${path}&state=${state}`)).data)]).toEqual([state, expected]);
    }
  });

  it("loses and repeats none behind its windows", async () => {
    const { found, pages } = await walk<Event>(`/events?account_id=${big.account_id}&state=exhausted&limit=1`);
    const expected = [...Array(MANY).keys()]
      .filter((n) => n % 500 === 7)
      .map(idOf)
      .reverse();
    expect(idsOf(found)).toEqual(expected);
    expect(pages.filter(({ data }) => data.length > 1)).toEqual([]);
  });
});

describe("GET /events?event_id=", () => {
  it("finds an id, or how it begins, in any case", async () => {
    const id = idOf(17);
    expect(idsOf((await find(`/events?event_id=${id}`)).data)).toEqual([id]);
    expect(idsOf((await find(`/events?event_id=evt_${id.slice(4).toLowerCase()}`)).data)).toEqual([id]);
    const { found } = await walk<Event>(`/events?account_id=${big.account_id}&event_id=${id.slice(0, 11)}&limit=100`);
    expect(found.length).toBeGreaterThan(1);
    for (const event of found) expect(event.event_id.startsWith(id.slice(0, 11))).toBe(true);
    expect((await find(`/events?event_id=${id}&to=${new Date(START).toISOString()}`)).data).toEqual([]);
    expect((await find("/events?event_id=evt_7ZZZ")).data).toEqual([]);
  });
});

describe("GET /deliveries", () => {
  it.each(["state=exhausted", "reason=attempts_exhausted", "status_code=500"])(
    "?%s loses and repeats none, of a destination, an account or all",
    async (query) => {
      const expected = [...Array(MANY).keys()]
        .filter((n) => n % 500 === 7)
        .map(idOf)
        .reverse();
      for (const whose of [`destination_id=${works.destination_id}`, `account_id=${big.account_id}`, "limit=3"]) {
        const { found } = await walk<Delivery>(`/deliveries?${whose}&${query}`);
        const own = found.filter(({ destination_id }) => destination_id === works.destination_id);
        expect([whose, idsOf(own)]).toEqual([whose, expected]);
      }
    },
  );

  it("of a destination that did not arrive are found without a window", async () => {
    const { data, searched_back_to } = await find(`/deliveries?destination_id=${works.destination_id}&state=exhausted`);
    expect([data.length, searched_back_to]).toEqual([MANY / 500, null]);
  });

  it("of a destination that was added late are found behind many events without any", async () => {
    const path = `/deliveries?destination_id=${late.destination_id}`;
    const first = await find<Delivery>(path);
    expect(first).toEqual({
      data: [],
      next_cursor: deliveryId(idOf(MANY - WINDOW), 0),
      searched_back_to: new Date(START + (MANY - WINDOW) * 1_000).toISOString(),
    });
    const { found } = await walk<Delivery>(path);
    expect(idsOf(found)).toEqual([idOf(2), idOf(1), idOf(0)]);
  });

  it("?reason that there is not is refused, and named", async () => {
    const { status, json } = await call("GET", "/deliveries?reason=bored");
    expect([status, json.errors.map(({ path }) => path)]).toEqual([400, ["reason"]]);
  });
});

describe("a list while a large account is being removed", () => {
  it("does not end before its end", async () => {
    const gone = await newAccount();
    const account = await newAccount();
    const kept = await send(account, "{}");
    const ids = [...Array(WINDOW + 100).keys()].map((n) => firstIdAt("evt", Date.now() + 1_000 + n));
    await env.DB.prepare(
      `INSERT INTO events (event_id, account, size_bytes, received_at, payload)
       SELECT value, (SELECT id FROM accounts WHERE account_id = ?), 2, 0, '{}' FROM json_each(?)`,
    )
      .bind(gone.account_id, JSON.stringify(ids))
      .run();
    await call("DELETE", `/accounts/${gone.account_id}`);
    const first = await find("/events");
    expect([first.data, first.searched_back_to === null]).toEqual([[], false]);
    const second = await find(`/events?cursor=${first.next_cursor}`);
    expect(idsOf(second.data)).toContain(kept.event_id);
  });
});

describe("what a page reads", () => {
  const db = openDatabase(env.DB);
  const WHOLE = { events: WINDOW, bytes: 20_000_000 };
  const LIMIT = 51;

  type Statement = { getQuery(): { sql: string; params: unknown[] } };
  async function costOf(statement: Statement): Promise<{ rowsRead: number; plan: string[] }> {
    const { sql, params } = statement.getQuery();
    const { meta } = await env.DB.prepare(sql)
      .bind(...params)
      .all();
    const { results } = await env.DB.prepare(`EXPLAIN QUERY PLAN ${sql}`)
      .bind(...params)
      .all<{ detail: string }>();
    return { rowsRead: meta.rows_read, plan: results.map(({ detail }) => detail) };
  }

  const events = (filter: Parameters<typeof selectEvents>[2], account: OneScope = ANY_ACCOUNT) =>
    selectEvents(db, account, filter, null, WHOLE, LIMIT);
  const deliveries = (filter: Parameters<typeof selectDeliveries>[2], account: OneScope = ANY_ACCOUNT) =>
    selectDeliveries(db, account, filter, null, WINDOW, LIMIT);

  // a full page; a search that finds nothing in its window
  const FULL = 15 * LIMIT;
  // the last attempt of what could not be sent is read for its reason, too
  const FULL_OF_DELIVERIES = FULL + 3 * LIMIT;
  const WINDOWED = 8 * WINDOW;

  it.each<[string, () => Statement, number]>([
    ["events", () => events({}), FULL + 3 * WINDOW],
    ["an account's events", () => events({}, big.account_id), FULL],
    ["events with a state", () => events({ state: "delivered" }, big.account_id), FULL],
    ["events with a state that none has", () => events({ state: "pending" }), WINDOWED],
    ["events with a text", () => events({ text: "order" }), WINDOWED],
    ["events with a text that none has", () => events({ text: "nowhere" }), WINDOWED],
    ["an account's events with a text that none has", () => events({ text: "nowhere" }, big.account_id), WINDOWED],
    [
      "where a search of events ends",
      () => selectEndOfEventWindow(db, ANY_ACCOUNT, { text: "nowhere" }, null, WHOLE),
      WINDOWED,
    ],
    ["deliveries", () => deliveries({}), FULL_OF_DELIVERIES + 3 * WINDOW],
    ["an account's deliveries", () => deliveries({}, big.account_id), FULL_OF_DELIVERIES],
    ["a destination's deliveries", () => deliveries({ destinationId: works.destination_id }), FULL_OF_DELIVERIES],
    [
      "a destination's deliveries that failed",
      () => deliveries({ destinationId: works.destination_id, state: "exhausted" }),
      FULL_OF_DELIVERIES,
    ],
    ["deliveries with a state that none has", () => deliveries({ state: "pending" }), WINDOWED],
    ["an account's with a status that none has", () => deliveries({ statusCode: 418 }, big.account_id), WINDOWED],
    ["deliveries of a destination without any", () => deliveries({ destinationId: late.destination_id }), WINDOWED],
    [
      "where a search of deliveries ends",
      () => selectEndOfWindow(db, ANY_ACCOUNT, { destinationId: late.destination_id }, null, WINDOW),
      WINDOWED,
    ],
  ])("of %s is bounded, and found by an index", async (_what, statement, most) => {
    const { rowsRead, plan } = await costOf(statement());
    expect(rowsRead).toBeLessThanOrEqual(most);
    // what is scanned is only what an index has found before
    expect(plan.filter((step) => /^SCAN (?!c$|f$|n$|j VIRTUAL TABLE|looked_at$|\(subquery)/.test(step))).toEqual([]);
    expect(plan.filter((step) => /AUTOMATIC/.test(step))).toEqual([]);
  });
});

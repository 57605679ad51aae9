import { beforeAll, describe, expect, it } from "vitest";
import { nextMillisecond } from "../support/clock";
import { call } from "../support/gateway";
import { githubPayload } from "../support/github";
import { openReceiver } from "../support/receivers";
import {
  type Account,
  addDestination,
  type CreatedDestination,
  type Delivery,
  type DeliveryWithAttempts,
  type Event,
  type EventWithDeliveries,
  newAccount,
  type Page,
  send,
  settled,
  unique,
} from "../support/tenants";

const EVENTS = 5;
/** No second attempt while the tests run, however long that takes. */
const LATER = { retry_schedule: [86_400] };
const UNKNOWN_IDS = ["nothing", "..%2Faccounts", "%00", "%F0%9F%92%A9", "x".repeat(5_000)];

/** One account whose events go to a destination that works, one that answers 503 and one that is disabled. */
let account: Account;
let works: CreatedDestination;
let fails: CreatedDestination;
let stopped: CreatedDestination;
/** Newest first, each received in another millisecond. */
const events: EventWithDeliveries[] = [];

beforeAll(async () => {
  account = await newAccount();
  works = await addDestination(account, openReceiver().url);
  fails = await addDestination(account, openReceiver(() => new Response("later", { status: 503 })).url, LATER);
  stopped = await addDestination(account, openReceiver().url, { enabled: false });
  for (let i = 0; i < EVENTS - 1; i++) {
    events.unshift(await settled((await send(account, githubPayload("push"))).event_id));
    await nextMillisecond();
  }
  const headers = { "idempotency-key": "order-17" };
  events.unshift(await settled((await send(account, ' {"a": 1.0} ', { headers })).event_id));
  const neighbour = await newAccount();
  await addDestination(neighbour, openReceiver().url);
  await settled((await send(neighbour, "{}")).event_id);
});

const idsOf = (list: { event_id: string }[]) => list.map(({ event_id }) => event_id);

async function eventsBy(query: string): Promise<Page<Event>> {
  const { status, json, text } = await call<Page<Event>>("GET", `/events?account_id=${account.account_id}&${query}`);
  expect(status, text).toBe(200);
  return json;
}

async function deliveriesBy(query: string): Promise<Delivery[]> {
  const { status, json, text } = await call<Page<Delivery>>(
    "GET",
    `/deliveries?account_id=${account.account_id}&${query}`,
  );
  expect(status, text).toBe(200);
  return json.data;
}

/** All of a list, page by page. */
async function walk<Item>(path: string, limit: number): Promise<Item[]> {
  const all: Item[] = [];
  for (let cursor = ""; ; ) {
    const { json } = await call<Page<Item>>("GET", `${path}&limit=${limit}${cursor}`);
    expect(json.data.length).toBeLessThanOrEqual(limit);
    all.push(...json.data);
    if (json.next_cursor === null) return all;
    cursor = `&cursor=${encodeURIComponent(json.next_cursor)}`;
  }
}

describe("GET /events", () => {
  it("lists an account's events, newest first, without payloads", async () => {
    const { data, next_cursor } = await eventsBy("");
    expect(next_cursor).toBeNull();
    expect(idsOf(data)).toEqual(idsOf(events));
    expect(data[0]).toEqual({
      event_id: events[0]!.event_id,
      account_id: account.account_id,
      event_type: null,
      idempotency_key: "order-17",
      received_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      schema_errors: null,
      size_bytes: 12,
      delivery_counts: { pending: 1, delivered: 1, filtered: 0, exhausted: 0, discarded: 1 },
    });
  });

  it.each([1, 2, 5, 100])("loses and repeats none in pages of %i", async (limit) => {
    const all = await walk<Event>(`/events?account_id=${account.account_id}`, limit);
    expect(idsOf(all)).toEqual(idsOf(events));
  });

  it("lists those of every account where none is named", async () => {
    const all = await walk<Event>("/events?", 100);
    expect(idsOf(all)).toEqual(expect.arrayContaining(idsOf(events)));
    expect(new Set(all.map(({ account_id }) => account_id)).size).toBeGreaterThan(1);
  });

  it("knows a time from which and one before which, in any zone", async () => {
    const at = events[2]!.received_at;
    const inParis = new Date(Date.parse(at) + 7_200_000).toISOString().replace("Z", "%2B02:00");
    expect(idsOf((await eventsBy(`from=${at}`)).data)).toEqual(idsOf(events.slice(0, 3)));
    expect(idsOf((await eventsBy(`to=${at}`)).data)).toEqual(idsOf(events.slice(3)));
    expect(idsOf((await eventsBy(`from=${inParis}&to=${events[0]!.received_at}`)).data)).toEqual(
      idsOf(events.slice(1, 3)),
    );
    expect((await eventsBy(`from=${at}&to=${at}`)).data).toEqual([]);
  });

  it("reads small letters in a time, and a + that became a space on its way", async () => {
    const at = events[2]!.received_at;
    expect(idsOf((await eventsBy(`from=${at.toLowerCase()}`)).data)).toEqual(idsOf(events.slice(0, 3)));
    const inParis = new Date(Date.parse(at) + 7_200_000).toISOString().replace("Z", "+02:00");
    expect(idsOf((await eventsBy(`from=${inParis}`)).data)).toEqual(idsOf(events.slice(0, 3)));
  });

  it.each(["yesterday", "2026-11-24", "2026-11-24 08:30:00Z", "2026-11-24T08:30:00", "2026-13-01T00:00:00Z"])(
    "refuses %j as a time",
    async (text) => {
      const { status, json } = await call("GET", `/events?from=${encodeURIComponent(text)}`);
      expect([status, json.errors[0]?.path, json.errors[0]?.message]).toEqual([
        400,
        "from",
        expect.stringContaining("RFC 3339"),
      ]);
    },
  );

  it("keeps to the times while it goes through its pages", async () => {
    const path = `/events?account_id=${account.account_id}&from=${events[3]!.received_at}&to=${events[0]!.received_at}`;
    expect(idsOf(await walk<Event>(path, 1))).toEqual(idsOf(events.slice(1, 4)));
  });

  it("is empty for an account that there is not", async () => {
    const { status, json } = await call("GET", "/events?account_id=nobody");
    expect([status, json]).toEqual([200, { data: [], next_cursor: null, searched_back_to: null }]);
  });
});

describe("GET /events/{event_id}", () => {
  it("shows the payload exactly as received, and the deliveries", async () => {
    const { json } = await call<EventWithDeliveries>("GET", `/events/${events[0]!.event_id}`);
    expect(json.payload).toBe(' {"a": 1.0} ');
    const byId = Object.fromEntries(json.deliveries.map((delivery) => [delivery.destination_id, delivery]));
    expect(byId[works.destination_id]).toMatchObject({ state: "delivered", attempt_count: 1, last_status_code: 200 });
    expect(byId[fails.destination_id]).toMatchObject({ state: "pending", attempt_count: 1, last_status_code: 503 });
    expect(byId[stopped.destination_id]).toMatchObject({
      state: "discarded",
      reason: "destination_disabled",
      attempt_count: 0,
      next_attempt_at: null,
    });
  });

  it.each(["evt_01JDQ8XK3V7M9T2B4C6D8F0GHJ", ...UNKNOWN_IDS])("is 404 for %.30s", async (id) => {
    const { status, json } = await call("GET", `/events/${id}`);
    expect([status, json.code]).toEqual([404, "not_found"]);
  });
});

describe("GET /deliveries", () => {
  it("lists an account's deliveries, newest event first", async () => {
    const list = await deliveriesBy("");
    expect(list).toHaveLength(EVENTS * 3);
    expect([...new Set(idsOf(list))]).toEqual(idsOf(events));
  });

  it.each([
    ["state=delivered", () => [works.destination_id, null, 200]],
    ["state=pending", () => [fails.destination_id, null, 503]],
    ["state=discarded", () => [stopped.destination_id, "destination_disabled", null]],
    ["status_code=503", () => [fails.destination_id, null, 503]],
    ["status_code=200", () => [works.destination_id, null, 200]],
    ["state=delivered&status_code=200", () => [works.destination_id, null, 200]],
  ])("?%s finds those, and no others", async (query, expected) => {
    const list = await deliveriesBy(query);
    const found = list.map(({ destination_id, reason, last_status_code }) => [
      destination_id,
      reason,
      last_status_code,
    ]);
    expect(found).toEqual(Array(EVENTS).fill(expected()));
  });

  it.each([
    "state=exhausted",
    "state=delivered&status_code=503",
    "status_code=404",
    "status_code=99",
    "status_code=999",
  ])("?%s finds none", async (query) => {
    expect(await deliveriesBy(query)).toEqual([]);
  });

  it("finds those of a destination, with and without its account, and none with another's", async () => {
    const path = `/deliveries?destination_id=${fails.destination_id}`;
    const stranger = await newAccount();
    for (const [query, count] of [
      ["", EVENTS],
      [`&account_id=${account.account_id}`, EVENTS],
      ["&state=pending", EVENTS],
      ["&state=delivered", 0],
      [`&from=${events[1]!.received_at}`, 2],
      [`&account_id=${stranger.account_id}`, 0],
    ] as const) {
      const { json } = await call<Page<Delivery>>("GET", path + query);
      expect([query, json.data.length]).toEqual([query, count]);
      expect(json.data.filter(({ destination_id }) => destination_id !== fails.destination_id)).toEqual([]);
    }
    const unknown = await call<Page<Delivery>>("GET", "/deliveries?destination_id=dst_01JDQ8XK3V7M9T2B4C6D8F0GHJ");
    expect(unknown.json.data).toEqual([]);
  });

  it("knows a time from which and one before which", async () => {
    const at = events[2]!.received_at;
    expect([...new Set(idsOf(await deliveriesBy(`from=${at}`)))]).toEqual(idsOf(events.slice(0, 3)));
    expect([...new Set(idsOf(await deliveriesBy(`to=${at}`)))]).toEqual(idsOf(events.slice(3)));
  });

  it("knows the type of the event, whosever the deliveries and whatever became of them", async () => {
    const typed = await newAccount();
    const refuses = openReceiver(() => new Response("", { status: 500 }));
    const { destination_id } = await addDestination(typed, refuses.url, { max_attempts: 1 });
    const [type, other] = [unique("type"), unique("type")];
    const sent: Event[] = [];
    for (const one of [type, other, type]) {
      const { event_id } = await send(typed, "{}", { headers: { "cl-x-event-type": one } });
      sent.unshift(await settled(event_id));
      await nextMillisecond();
    }
    const lists = ["", `&account_id=${typed.account_id}`, `&destination_id=${destination_id}`, "&state=exhausted"];
    for (const list of [...lists, `&state=exhausted&destination_id=${destination_id}`]) {
      const all = await walk<Delivery>(`/deliveries?event_type=${type}${list}`, 1);
      expect(idsOf(all), list).toEqual(idsOf([sent[0]!, sent[2]!]));
      expect(await walk(`/deliveries?event_type=${type}.more${list}`, 1), list).toEqual([]);
    }
  });

  it.each(["", "&state=delivered", "&status_code=503", "&destination"])(
    "loses and repeats none in pages of any size%s",
    async (filter) => {
      const query = filter === "&destination" ? `&destination_id=${works.destination_id}` : filter;
      const path = `/deliveries?account_id=${account.account_id}${query}`;
      const { json } = await call<Page<Delivery>>("GET", path);
      const expected = json.data.map(({ delivery_id }) => delivery_id);
      expect(expected).toHaveLength(filter === "" ? EVENTS * 3 : EVENTS);
      for (const limit of [1, 2, 4, 100]) {
        const all = await walk<Delivery>(path, limit);
        expect(all.map(({ delivery_id }) => delivery_id)).toEqual(expected);
      }
    },
  );
});

describe("GET /deliveries/{delivery_id}", () => {
  it("shows every attempt with time, duration, outcome and the beginning of the answer", async () => {
    const { delivery_id } = events[0]!.deliveries.find(
      ({ destination_id }) => destination_id === fails.destination_id,
    )!;
    const { json } = await call<DeliveryWithAttempts>("GET", `/deliveries/${delivery_id}`);
    expect(json).toMatchObject({ delivery_id, account_id: account.account_id, event_id: events[0]!.event_id });
    expect(json.attempts).toEqual([
      {
        number: 1,
        started_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
        duration_ms: expect.any(Number),
        outcome: "http_error",
        status_code: 503,
        detail: null,
        response_headers: expect.objectContaining({ "content-type": expect.stringContaining("text/plain") }),
        response_body: "later",
      },
    ]);
  });

  it("has no attempts where none was made", async () => {
    const { delivery_id } = events[0]!.deliveries.find(
      ({ destination_id }) => destination_id === stopped.destination_id,
    )!;
    expect((await call<DeliveryWithAttempts>("GET", `/deliveries/${delivery_id}`)).json.attempts).toEqual([]);
  });

  it.each(["dlv_01JDQ8XK3V7M9T2B4C6D8F0GHJ5ZC1M8P4", "dlv_01JDQ8XK3V7M9T2B4C6D8F0GHJ", ...UNKNOWN_IDS])(
    "is 404 for %.40s",
    async (id) => {
      const { status, json } = await call("GET", `/deliveries/${id}`);
      expect([status, json.code]).toEqual([404, "not_found"]);
    },
  );
});

describe("a bad filter", () => {
  const both = [
    "limit=0",
    "limit=101",
    "limit=-1",
    "limit=x",
    "limit=",
    "cursor=",
    "cursor=x",
    "from=yesterday",
    "to=2026-01-01",
    "from=17",
  ];
  it.each([
    ...both.map((query) => ["/events", query] as const),
    ...both.map((query) => ["/deliveries", query] as const),
    ["/events", "cursor=dlv_01JDQ8XK3V7M9T2B4C6D8F0GHJ5ZC1M8P4"],
    ["/deliveries", "cursor=evt_01JDQ8XK3V7M9T2B4C6D8F0GHJ"],
    ["/events", `cursor=${"x".repeat(5_000)}`],
    ["/deliveries", "state=lost"],
    ["/deliveries", "state=DELIVERED"],
    ["/deliveries", "status_code=-1"],
    ["/deliveries", "status_code=1000"],
    ["/deliveries", "status_code=2xx"],
  ] as const)("%s?%.50s is refused, and named", async (path, query) => {
    const { status, json } = await call("GET", `${path}?${query}`);
    expect([status, json.code]).toEqual([400, "invalid_input"]);
    expect(json.errors.map((error) => error.path)).toEqual([query.split("=")[0]]);
  });
});

import { describe, expect, it } from "vitest";
import { eventTypeOf, isEventType } from "../../src/event-types/event-type";
import { EventTypeHeaderSchema, EventTypePathSchema, EventTypesSchema } from "../../src/event-types/event-type-input";
import { isSubscribed } from "../../src/event-types/subscription";
import type { Json } from "../../src/json/json";
import { parsePath } from "../../src/json/path";

describe("an event's type", () => {
  const everywhere = { "cl-x-event-type": "sender", "x-named": "named", "ce-type": "cloudevents" };
  const { "cl-x-event-type": _sender, ...unsent } = everywhere;
  const payload: Json = {
    type: "payload",
    events: [{ type: "first" }],
    "event-type": "quoted",
    n: 5,
    long: "x".repeat(129),
  };

  it.each<[string, Record<string, string>, string | null, string | null, string | null]>([
    ["the header for it", everywhere, "x-named", "type", "sender"],
    ["the header that the account names", { ...unsent, "cl-x-event-type": "" }, "x-named", "type", "named"],
    ["the header of CloudEvents", { "ce-type": "cloudevents" }, "x-named", "type", "cloudevents"],
    ["the header of CloudEvents, where the account names none", unsent, null, "type", "cloudevents"],
    ["the payload", {}, "x-named", "type", "payload"],
    ["a list in the payload", {}, null, "events[0].type", "first"],
    ["a quoted name", {}, null, '["event-type"]', "quoted"],
    ["nowhere: there is no such member", {}, null, "kind", null],
    ["nowhere: it is no text", {}, null, "n", null],
    ["nowhere: it is an object", {}, null, "events[0]", null],
    ["nowhere: it is too long", {}, null, "long", null],
    ["nowhere: the account has no path", {}, null, null, null],
    ["nowhere: a header has spaces in it", { "cl-x-event-type": "order paid" }, null, null, null],
    ["nowhere: a header that no object has", {}, "constructor", null, null],
    ["the payload, when the header is none", { "ce-type": "*" }, null, "type", "payload"],
  ])("comes from %s", (_source, headers, header, path, type) => {
    expect(eventTypeOf(headers, () => payload, { header, path: path === null ? null : parsePath(path) })).toBe(type);
  });

  it("is not looked for in the payload when a header has it", () => {
    const unread = () => {
      throw new Error("read");
    };
    expect(eventTypeOf(everywhere, unread, { header: null, path: ["type"] })).toBe("sender");
  });

  it.each([
    ["order.paid", true],
    ["orders/create", true],
    ["com.github.pull_request:opened", true],
    ["bestellung.größe", true],
    ["x".repeat(128), true],
    ["x".repeat(129), false],
    ["", false],
    ["order paid", false],
    [" order", false],
    ["order.*", false],
    ["order\npaid", false],
    ["order\u0000", false],
    ["order\u00a0paid", false],
  ])("may look like %j: %s", (text, allowed) => {
    expect(isEventType(text)).toBe(allowed);
  });
});

describe("a destination that subscribes to types", () => {
  it.each<[string[], string | null, boolean]>([
    [[], "order.paid", true],
    [[], null, true],
    [["*"], "order.paid", true],
    [["*"], null, true],
    [["order.paid"], "order.paid", true],
    [["order.paid"], "order.paid.late", false],
    [["order.paid"], "Order.paid", false],
    [["order.paid"], null, false],
    [["order.*"], "order.paid", true],
    [["order.*"], "order.item.added", true],
    [["order.*"], "order.", true],
    [["order.*"], "order", false],
    [["order.*"], "orders.paid", false],
    [["order.*"], null, false],
    [["order*"], "orders/create", true],
    [["invoice.paid", "order.*"], "order.open", true],
    [["invoice.paid", "order.*"], "invoice.paid", true],
    [["invoice.paid", "order.*"], "invoice.open", false],
    [["a.c"], "abc", false],
  ])("%j gets %s: %s", (patterns, type, gets) => {
    expect(isSubscribed(patterns, type)).toBe(gets);
  });

  it("keeps each pattern once, without the spaces around it", () => {
    expect(EventTypesSchema.parse([" order.*", "order.*", "*"])).toEqual(["order.*", "*"]);
    expect(EventTypesSchema.parse([])).toEqual([]);
  });

  const pattern = expect.stringMatching(/^Give a type, such as invoice\.paid, or how types begin, such as order\.\*/);

  it.each<[string, unknown, unknown]>([
    ["a star in the middle", ["order.*.paid"], pattern],
    ["a star before", ["*.paid"], pattern],
    ["two stars", ["**"], pattern],
    ["nothing", [""], pattern],
    ["a space", ["order paid"], pattern],
    ["129 characters", ["x".repeat(129)], pattern],
    ["a number", [5], pattern],
    ["one text", "order.*", "Give a list of event types."],
    ["51 types", Array.from({ length: 51 }, (_, i) => `t${i}`), "Give at most 50 types."],
  ])("is refused with %s", (_situation, value, message) => {
    expect(EventTypesSchema.safeParse(value).error?.issues.map((issue) => issue.message)).toEqual([message]);
  });
});

describe("an account that says where its types are", () => {
  it.each(["type", "data.event-type", "events[0].type", 'data["a.b"]', null])("may say %s", (path) => {
    expect(EventTypePathSchema.parse(path)).toBe(path);
  });

  it("has its path with quotes only where it needs them", () => {
    expect(EventTypePathSchema.parse(' ["data"]["event-type"][0] ')).toBe("data.event-type[0]");
  });

  it.each(["", "a..b", "events[*].type", "events[$index].type", 'a[""]', 'a["b\\"]', 'a["]"]', 5])(
    "may not say %s",
    (path) => {
      expect(EventTypePathSchema.safeParse(path).error?.issues).toMatchObject([
        { message: 'Give the path of a text in the payload, such as type or data["event-type"].' },
      ]);
    },
  );

  it("may name a header in any case, and none", () => {
    expect(EventTypeHeaderSchema.parse(" X-GitHub-Event ")).toBe("x-github-event");
    expect(EventTypeHeaderSchema.parse(null)).toBeNull();
    expect(EventTypeHeaderSchema.safeParse("x event").error?.issues).toMatchObject([
      { message: "Give the name of a header, such as x-event-type." },
    ]);
  });
});

import { describe, expect, it } from "vitest";
import { checkTemplates } from "../../../src/transformations/check-templates";
import { INPUT_MAX } from "../../../src/transformations/event";
import { fillTemplates, type Templates } from "../../../src/transformations/templates";
import { eventOf } from "./event";

const PAYLOAD =
  '{"order":{"id":"A/1 ?#&=%","no":12345678901234567890,"paid":true,"items":[{"sku":"x"}],"note":null,"empty":""},"a.b":"dotted"}';

function filled(templates: Templates, payload = PAYLOAD) {
  return fillTemplates(templates, eventOf(payload, { headers: { "x-shop": "north" } }));
}

function faultsOf(templates: Templates): string[] {
  return checkTemplates(templates).map(({ path, message }) => `${path.join(".")}: ${message}`);
}

describe("templates", () => {
  it("take what the event has, each encoded for its place", () => {
    expect(
      filled({
        path: "/orders/{{ body.order.id }}/{{body.order.no}}",
        query: { id: "{{ body.order.id }}", "the type": "{{ event.type }}", fixed: "1 + 1" },
        headers: { "x-id": "id={{ body.order.id }}", "x-shop": "{{ headers.X-Shop }}" },
      }),
    ).toEqual({
      path: "/orders/A%2F1%20%3F%23%26%3D%25/12345678901234567890",
      query: "id=A%2F1%20%3F%23%26%3D%25&the%20type=order.paid&fixed=1%20%2B%201",
      headers: [
        ["x-id", "id=A/1 ?#&=%"],
        ["x-shop", "north"],
      ],
    });
  });

  it.each([
    ["{{ body.order.paid }}", "true"],
    ["{{ body.order.items }}", '[{"sku":"x"}]'],
    ["{{ body.order.items[0].sku }}", "x"],
    ['{{ body["a.b"] }}', "dotted"],
    ['{{ body.order.missing ?? "none" }}', "none"],
    ['{{ body.order.note ?? "none" }}', "none"],
    ["{{ event.id }} at {{ event.received_at }}", "evt_01JDQ8XK3V007M9T2B4C6D8F0G at 2026-11-26T14:00:00.000Z"],
    ['{{ body.__proto__ ?? "no" }}{{ body.constructor ?? "ne" }}', "none"],
  ])("read %s", (template, value) => {
    expect(filled({ headers: { "x-test": template } })).toMatchObject({ headers: [["x-test", value]] });
  });

  it("leave a header or a parameter out that the event has nothing for", () => {
    const missing = "id-{{ body.order.note }}";
    expect(filled({ query: { a: missing, b: "2" }, headers: { "x-a": missing, "x-b": "2" } })).toMatchObject({
      query: "b=2",
      headers: [["x-b", "2"]],
    });
  });

  it.each([
    ["is not there", "/orders/{{ body.order.missing }}", "{}", "names something that this event does not have"],
    ["is null", "/orders/{{ body.id }}", '{"id":null}', "names something that this event does not have"],
    [
      "is empty, which might mean all",
      "/orders/{{ body.id }}",
      '{"id":""}',
      "names something that this event does not have",
    ],
    ["climbs", "/orders/{{ body.id }}", '{"id":".."}', "has a part that is empty, . or .."],
    ["climbs with what stands there", "/orders/.{{ body.id }}/x", '{"id":"."}', "has a part that is empty, . or .."],
    ["stays", "/orders/{{ body.id }}/x", '{"id":"."}', "has a part that is empty, . or .."],
  ])("make no path of what %s", (_what, path, payload, failed) => {
    expect(filled({ path }, payload).failed).toContain(failed);
  });

  it.each([
    ["of another place", "//evil.example/x"],
    ["of another place by a backslash", "\\\\evil.example"],
    ["of another scheme", "javascript:alert(1)"],
    ["encoded already", "%2e%2e%2fadmin"],
    ["with a query", "a?b=c#d"],
    ["with a line break", "a\r\nHost: evil.example"],
    ["with half a character", "\ud800"],
  ])("let nothing out of the path that is %s", (_what, id) => {
    const { path } = { path: "", ...filled({ path: "/orders/{{ body.id }}" }, JSON.stringify({ id })) };
    const url = new URL(`https://api.example/v1${path}`);
    expect(url.origin).toBe("https://api.example");
    expect(url.search + url.hash).toBe("");
    expect(url.pathname).toMatch(/^\/v1\/orders\/[^/]+$/);
  });

  it("let no line break, and nothing that is not ASCII, into a header", () => {
    const payload = JSON.stringify({ v: "a\r\nx-evil: 1\0 Zoë €" });
    const { headers } = {
      headers: [],
      ...filled({ headers: { "x-v": "{{ body.v }}", "ce-v": "{{ body.v }}" } }, payload),
    };
    expect(headers).toEqual([
      ["x-v", "a%0D%0Ax-evil: 1%00 Zo%C3%AB %E2%82%AC"],
      ["ce-v", "a%0D%0Ax-evil:%201%00%20Zo%C3%AB%20%E2%82%AC"],
    ]);
    expect(() => new Headers(headers)).not.toThrow();
  });

  it("make no header of unbounded length", () => {
    const payload = JSON.stringify({ v: "x".repeat(5_000) });
    expect(filled({ headers: { "x-v": "{{ body.v }}" } }, payload).failed).toContain("would be longer than 4096");
  });

  it("read no payload that is too large, and none where they ask for nothing of it", () => {
    const large = `"${"x".repeat(INPUT_MAX)}"`;
    expect(filled({ headers: { "x-v": "{{ body }}" } }, large).failed).toContain("larger than");
    expect(filled({ headers: { "x-v": "{{ event.id }}" } }, large).failed).toBeUndefined();
  });
});

describe("templates as they are saved", () => {
  it("are taken when there is nothing wrong with them", () => {
    expect(
      faultsOf({
        path: "/orders/{{ body.id }}/notes",
        query: { a: "{{ body.a }}" },
        headers: { "Idempotency-Key": "{{ event.id }}", "X-Kind": "fixed" },
        body: "form",
      }),
    ).toEqual([]);
  });

  it.each<[Templates, string]>([
    [{ path: "orders/{{ body.id }}" }, "path: A path begins with /"],
    [{ path: "{{ body.path }}" }, "path: A path begins with /"],
    [{ path: "/a?b={{ body.id }}" }, "path: A path has no ?, #, \\, spaces or other signs that URLs encode"],
    [{ path: "/a\\b" }, "path: A path has no ?, #, \\, spaces or other signs that URLs encode"],
    [{ path: "/{{ body.id" }, "path: {{ has no }}"],
    [{ path: "/{{ }}" }, "path: {{ }} must begin with body, event or headers: write {{ body.order.id }}"],
    [{ path: "/{{ body.a[$index] }}" }, "path: {{ body.a[$index] }} is no path: write {{ body.order.id }}"],
    [
      { query: { a: "{{ order.id }}" } },
      "query.a: {{ order.id }} must begin with body, event or headers: write {{ body.order.id }}",
    ],
    [{ query: { "": "x" } }, "query.: Give the parameter a name"],
    [{ headers: { "x y": "1" } }, "headers.x y: Not a header name"],
    [{ headers: { Host: "x" } }, "headers.Host: This header cannot be set: it is made for each request"],
    [{ headers: { "webhook-id": "x" } }, "headers.webhook-id: This header cannot be set: it is made for each request"],
    [{ headers: { "X-A": "1", "x-a": "2" } }, "headers.X-A: This header comes twice"],
    [{ headers: { "X-A": "a\r\nb" } }, "headers.X-A: A value must be printable ASCII"],
    [{ headers: { "X-A": "Zoë" } }, "headers.X-A: A value must be printable ASCII"],
    [
      { headers: { Authorization: "Bearer abc" } },
      "headers.Authorization: This header may be a secret: give it among the headers, which are sealed",
    ],
    [{ headers: { "X-A": "x".repeat(5_000) } }, ": Use at most 4096 characters in all"],
    [{ query: Object.fromEntries(Array.from({ length: 21 }, (_, n) => [`q${n}`, "1"])) }, "query: Use at most 20"],
  ])("are refused: %j", (templates, fault) => {
    expect(faultsOf(templates)).toContain(fault);
  });
});

/** What each preset sends, as those read it whom it is for. */
import { CloudEvent, HTTP } from "cloudevents";
import { describe, expect, it } from "vitest";
import { checkTemplates } from "../../../src/transformations/check-templates";
import { compile } from "../../../src/transformations/compile";
import presets from "../../../src/transformations/presets.json";
import { type Shaping, shape } from "../../../src/transformations/shape";
import type { Templates } from "../../../src/transformations/templates";
import { slackAnswer } from "../../support/slack";
import { eventOf, FACTS } from "./event";

const ORDER = '{"order":{"id":12345678901234567890,"note":"<@everyone> & \\"Zoë\\" ```"},"tags":["a","b"]}';
const PAYLOADS = [ORDER, "[1,[2,3]]", '"text"', "12", "null", "{}", "[]", `{"long":"${"x".repeat(9_000)}"}`];

/** A request as a receiver gets it. */
function sent(name: string, payload: string, facts = FACTS): { headers: Record<string, string>; body: string } {
  const preset = presets.find((one) => one.name === name);
  if (!preset) throw new Error(`no preset ${name}`);
  const shaping = {
    transformation: preset.transformation,
    templates: preset.templates as Templates | null,
  } satisfies Shaping;
  const shaped = shape(shaping, { ...eventOf(payload), facts, contentType: null }, "POST");
  if (shaped.failed !== undefined) throw new Error(shaped.failed);
  const headers = {
    "content-type": shaped.contentType ?? "application/json",
    ...Object.fromEntries(shaped.filled?.headers ?? []),
  };
  return { headers, body: shaped.payload };
}

describe("a preset", () => {
  it.each(presets)("may be saved: $name", ({ transformation, templates }) => {
    if (transformation !== null) expect(compile(transformation).failed).toBeUndefined();
    expect(checkTemplates((templates ?? {}) as Templates)).toEqual([]);
  });

  it.each(presets)("takes every event, with a type and without: $name", ({ name }) => {
    const { type: _, ...untyped } = FACTS;
    for (const payload of PAYLOADS) {
      expect(sent(name, payload).body).toBeTypeOf("string");
      expect(sent(name, payload, untyped).body).toBeTypeOf("string");
    }
  });

  it("of Slack makes a message that Slack takes, with nothing in it that would call somebody", () => {
    for (const payload of PAYLOADS) expect(slackAnswer(sent("slack", payload))).toBe("ok");
    const { text } = JSON.parse(sent("slack", ORDER).body);
    expect(text).toContain("order.paid");
    expect(text).toContain("&lt;@everyone&gt; &amp;");
  });

  it("of Discord makes a message within its 2,000 characters that mentions nobody", () => {
    for (const payload of PAYLOADS) {
      const { content, allowed_mentions } = JSON.parse(sent("discord", payload).body);
      expect(content.length).toBeLessThanOrEqual(2_000);
      expect(allowed_mentions).toEqual({ parse: [] });
    }
  });

  it("of Teams makes an adaptive card", () => {
    const { type, attachments } = JSON.parse(sent("teams", ORDER).body);
    expect(type).toBe("message");
    expect(attachments).toHaveLength(1);
    expect(attachments[0].contentType).toBe("application/vnd.microsoft.card.adaptive");
    expect(attachments[0].content).toMatchObject({ type: "AdaptiveCard", version: "1.4" });
    expect(attachments[0].content.body[1].text).toContain("12345678901234567890");
  });

  it.each(["cloudevents-structured", "cloudevents-binary"])("makes what the SDK of CloudEvents reads: %s", (name) => {
    for (const payload of ['{"order":{"id":12,"note":"Zoë"}}', "[1,2]", '{"a":null}']) {
      const event = HTTP.toEvent(sent(name, payload));
      if (!(event instanceof CloudEvent)) throw new Error("a batch");
      expect(event.validate()).toBe(true);
      expect(event).toMatchObject({
        specversion: "1.0",
        id: FACTS.id,
        source: "/accounts/acme",
        type: "order.paid",
        time: FACTS.received_at,
        data: JSON.parse(payload),
      });
    }
  });

  it("of CloudEvents leaves the bytes of the data as they are where the attributes are in headers", () => {
    expect(sent("cloudevents-binary", ORDER).body).toBe(ORDER);
    expect(sent("cloudevents-structured", ORDER).body).toContain('"data":{"order":{"id":12345678901234567890');
  });

  it("of forms makes what a form parser reads", () => {
    const { headers, body } = sent("form", ORDER);
    expect(headers["content-type"]).toBe("application/x-www-form-urlencoded");
    expect([...new URLSearchParams(body)]).toEqual([
      ["order", '{"id":12345678901234567890,"note":"<@everyone> & \\"Zoë\\" ```"}'],
      ["tags", "a"],
      ["tags", "b"],
    ]);
  });

  it("of a fixed body says the same of every event", () => {
    expect(new Set(PAYLOADS.map((payload) => sent("fixed", payload).body)).size).toBe(1);
  });
});

describe("a destination's shape", () => {
  const event = { ...eventOf(ORDER), contentType: "application/vnd.shop+json" };

  it("leaves bytes and type as they are where there is none", () => {
    const shaped = shape({ transformation: null, templates: null }, event, "POST");
    expect(shaped).toEqual({ payload: ORDER, contentType: "application/vnd.shop+json", filled: null });
  });

  it("sends a text as it is", () => {
    const shaped = shape({ transformation: "'Order ' & order.id", templates: { body: "text" } }, event, "POST");
    expect(shaped).toMatchObject({ payload: "Order 12345678901234567890", contentType: "text/plain; charset=utf-8" });
  });

  it("sends no text of what is none", () => {
    const shaped = shape({ transformation: "order", templates: { body: "text" } }, event, "POST");
    expect(shaped.failed).toContain("The result is no text");
  });

  it("keeps JSON for the query of a GET, which has no body", () => {
    const shaped = shape({ transformation: "{'a': 1}", templates: { body: "form" } }, event, "GET");
    expect(shaped).toMatchObject({ payload: '{"a":1}' });
  });

  it("says whether it was the expression or a template that failed", () => {
    expect(shape({ transformation: "order.id + 1", templates: null }, event, "POST")).toEqual({
      failed: "The transformation fails: Left of + must be a number",
      place: 10,
    });
    expect(shape({ transformation: null, templates: { path: "/{{ body.x }}" } }, event, "POST").failed).toContain(
      "The templates fail: The template of the path",
    );
  });
});

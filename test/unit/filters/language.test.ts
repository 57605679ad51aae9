import { describe, expect, it } from "vitest";
import { compileFilter } from "../../../src/filters/compile";
import { explain, matches } from "../../../src/filters/evaluate";
import { EventView } from "../../../src/filters/event-view";
import { LANGUAGE } from "./language";

const HEADERS = { "x-priority": "high", "x-count": "12", "x-tags": "a, b" };

describe.each(Object.entries(LANGUAGE))("%s", (_subject, table) => {
  it.each(rowsOf(table))("%s is asked for by %s: %s", (payload, filter, expected) => {
    expect(answer(payload, filter)).toBe(expected);
  });
});

it("has several hundred cases, each in three columns with an answer of yes or no", () => {
  const rows = Object.values(LANGUAGE).flatMap(rowsOf);
  expect(rows.length).toBeGreaterThan(400);
  expect(rows.filter(([, , answer]) => !["yes", "no", "refused"].includes(answer))).toEqual([]);
  expect(new Set(rows.map((row) => row.join("|"))).size).toBe(rows.length);
});

function answer(payload: string, json: string): string {
  const compiled = compileFilter(json);
  if (compiled.kind === "refused") return "refused";
  const event = new EventView({ payload, headers: HEADERS, type: "order.paid" });
  const held = matches(compiled.filter, event);
  // whoever asks why must hear the same
  return (explain(compiled.filter, event) === null) === held ? (held ? "yes" : "no") : "two answers";
}

function rowsOf(table: string): [payload: string, filter: string, answer: string][] {
  const lines = table.trim().split("\n");
  return lines.map((line) => {
    const [payload = "", filter = "", answer = ""] = line.split(" | ").map((cell) => cell.trim());
    return [payload, filter, answer];
  });
}

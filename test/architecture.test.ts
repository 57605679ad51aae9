import { describe, expect, it } from "vitest";
import * as deadlines from "../src/deliveries/deadlines";

const read = import.meta.glob<string>(["../docs/architecture.md", "../src/**/*.ts"], {
  query: "?raw",
  import: "default",
  eager: true,
});
const text = read["../docs/architecture.md"] ?? "";

describe("docs/architecture.md", () => {
  it("has every time of the engine, as the code has it", () => {
    expect(timesIn(text)).toEqual(
      Object.fromEntries(
        Object.entries(deadlines).flatMap(([name, value]) =>
          typeof value === "function" ? [] : [[name, said(value)]],
        ),
      ),
    );
  });

  it.each(transactionsIn(text))("names the statements of %s in %s in their order", (verb, path, statements) => {
    expect(inOrder(bodyOf(verb, read[`../${path}`] ?? ""), statements)).toEqual(statements);
  });

  it("is read in full", () => {
    expect(transactionsIn(text).length).toBeGreaterThan(8);
    expect(inOrder("{ a: run(), c: run(), b: run() }", ["a", "b", "c"])).toEqual(["a", "b"]);
  });
});

function said(value: number | number[] | deadlines.Budget): string {
  const seconds = (ms: number) => `${ms / 1000} s`;
  if (typeof value === "number") return seconds(value);
  if (Array.isArray(value)) return value.map(seconds).join(", ");
  return [value.startWithinMs, value.endWithinMs, value.leaseMs].map(seconds).join(" / ");
}

function timesIn(document: string): Record<string, string> {
  const rows = document.matchAll(/^\| `([A-Z_]+)` *\| ([^|]+?) *\|/gm);
  return Object.fromEntries([...rows].map(([, name, value]) => [name, value]));
}

function transactionsIn(document: string): [verb: string, path: string, statements: string[]][] {
  const rows = document.matchAll(/^\|[^|]+\| `(\w+)` in `(\S+)` *\| ([\w, ]+?) *\|/gm);
  return [...rows].map(([, verb = "", path = "", statements = ""]) => [verb, path, statements.split(", ")]);
}

/** A function from its last transaction, or from what it gives back where it runs none, to its end. */
function bodyOf(verb: string, source: string): string {
  const [, after = ""] = source.split(new RegExp(`function ${verb}\\b`));
  const [body = ""] = after.split(/^}/m);
  const ran = body.lastIndexOf("transaction(");
  return body.slice(ran < 0 ? body.indexOf("return {") : ran);
}

/** The statements that the code has, each behind the one before. */
function inOrder(code: string, statements: string[]): string[] {
  let at = 0;
  return statements.filter((name) => {
    const found = code.slice(at).search(new RegExp(`\\b${name}\\b(?=: )`));
    at += Math.max(found, 0);
    return found >= 0;
  });
}

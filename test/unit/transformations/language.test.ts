import fc from "fast-check";
import jsonata from "jsonata";
import { describe, expect, it } from "vitest";
import { transform } from "../../../src/transformations/transform";
import { eventOf, FACTS, made } from "./event";
import { EXPRESSIONS, ORDER, PAYLOADS } from "./expressions";

/** What the npm package makes of it: JSON text, or null where it fails, or gives nothing or what is no JSON. */
async function byThePackage(expression: string, payload: unknown): Promise<string | null> {
  try {
    const result: unknown = await jsonata(expression).evaluate(structuredClone(payload));
    return JSON.stringify(result) ?? null;
  } catch {
    return null;
  }
}

/** The one difference: the package puts something into empty lists that are grouped, and there it stays. */
function withoutFilledLists(json: string | null): string | null {
  return json?.replaceAll("[null]", "[]") ?? null;
}

function byUs(expression: string, payload: unknown): string | null {
  const result = transform(expression, eventOf(JSON.stringify(payload)));
  return result.failed === undefined ? result.body : null;
}

describe("an expression", () => {
  it.each(EXPRESSIONS)("makes of every payload what the npm package makes of it: %s", async (expression) => {
    for (const payload of PAYLOADS) {
      expect(byUs(expression, payload), JSON.stringify(payload)).toBe(await byThePackage(expression, payload));
    }
  });

  it("is among those that say something of an order", () => {
    const saying = EXPRESSIONS.filter((expression) => byUs(expression, ORDER) !== null);
    expect(saying.length).toBeGreaterThan(150);
  });

  it("agrees with the npm package whatever is put together of its parts", async () => {
    await fc.assert(
      fc.asyncProperty(anExpression(), fc.constantFrom(...PAYLOADS.slice(0, -1)), async (expression, payload) => {
        const expected = withoutFilledLists(await byThePackage(expression, payload));
        expect(withoutFilledLists(byUs(expression, payload))).toBe(expected);
      }),
      { numRuns: 1_000 },
    );
  });

  it("leaves the lists of the event as they are", () => {
    expect(made("($x := list; {'a': $x{'n': 1}, 'b': $$.list})", '{"list":[]}')).toBe('{"a":{"n":1},"b":[]}');
  });

  it.each([
    ["$event.id", FACTS.id],
    ["$event.type & ' of ' & $event.account_id", "order.paid of acme"],
    ["$now()", FACTS.received_at],
    ["$fromMillis($millis())", FACTS.received_at],
    ["$base64encode('Zoë')", "Wm/Dqw=="],
    ["$base64decode('Wm/Dqw==')", "Zoë"],
  ])("knows the event, its time, and UTF-8: %s", (expression, expected) => {
    expect(JSON.parse(made(expression, JSON.stringify(ORDER)))).toBe(expected);
  });
});

describe("a number that a double would change", () => {
  const BIG = '{"id":12345678901234567890,"list":[1e400,0.1234567890123456789],"small":1}';

  it.each([
    ["$", BIG],
    ["{'a': id, 'b': list}", '{"a":12345678901234567890,"b":[1e400,0.1234567890123456789]}'],
    ["'no. ' & id", '"no. 12345678901234567890"'],
    ["$string(id)", '"12345678901234567890"'],
    ["$ ~> |$|{'small': 2}|", '{"id":12345678901234567890,"list":[1e400,0.1234567890123456789],"small":2}'],
    ["$merge([$, {'list': 0}])", '{"id":12345678901234567890,"list":0,"small":1}'],
    ["$clone($)", BIG],
    ["$keys(id)", "The expression gives nothing for this event"],
    ["id.rawJSON", "The expression gives nothing for this event"],
    ["id = 12345678901234567891", "false"],
    ["$distinct([id, id])", "[12345678901234567890]"],
  ])("is passed on as it was written: %s", (expression, expected) => {
    expect(made(expression, BIG)).toBe(expected);
  });

  it.each([
    ["id + 1", "Left of + must be a number"],
    ["1 * id", "Right of * must be a number"],
    ["id > 1", "Only texts and numbers can be compared by >"],
    ["$sum([id])", "The list that $sum is given holds something of the wrong kind"],
    ["$abs(id)", "An argument of $abs is of the wrong kind"],
    ["list[0] - 1", "Left of - must be a number"],
  ])("is not reckoned with: %s", (expression, failed) => {
    expect(made(expression, BIG)).toBe(failed);
  });
});

/** Expressions of paths, operators, conditions and functions within each other. */
function anExpression(): fc.Arbitrary<string> {
  const leaf = fc.constantFrom(
    "$",
    "a",
    "order",
    "order.id",
    "order.items",
    "order.items.n",
    "customer.name",
    "nested",
    "notes",
    "missing",
    "1",
    "2.5",
    "'x'",
    "true",
    "null",
    "[1, 2]",
  );
  const { expression } = fc.letrec<{ expression: string }>((tie) => ({
    expression: fc.oneof(
      { maxDepth: 4 },
      leaf,
      fc
        .tuple(
          tie("expression"),
          fc.constantFrom("+", "-", "*", "&", "=", "!=", "<", ">=", "and", "or", "in", "??", "?:"),
          tie("expression"),
        )
        .map(([a, op, b]) => `(${a} ${op} ${b})`),
      fc
        .tuple(
          fc.constantFrom(
            "$string",
            "$count",
            "$keys",
            "$exists",
            "$boolean",
            "$not",
            "$type",
            "$reverse",
            "$distinct",
            "$spread",
            "$sum",
            "$length",
            "$number",
          ),
          tie("expression"),
        )
        .map(([f, a]) => `${f}(${a})`),
      fc.tuple(tie("expression"), tie("expression")).map(([a, b]) => `(${a}).(${b})`),
      fc.tuple(tie("expression"), tie("expression")).map(([a, b]) => `(${a})[${b}]`),
      fc.tuple(tie("expression"), tie("expression"), tie("expression")).map(([a, b, c]) => `(${a} ? ${b} : ${c})`),
      fc.tuple(tie("expression"), tie("expression")).map(([a, b]) => `[${a}, ${b}]`),
      fc.tuple(tie("expression"), tie("expression")).map(([a, b]) => `{'p': ${a}, 'q': ${b}}`),
      fc.tuple(tie("expression"), tie("expression")).map(([a, b]) => `$append(${a}, ${b})`),
      fc.tuple(tie("expression"), tie("expression")).map(([a, b]) => `$map(${a}, function($v) { ${b} })`),
      fc.tuple(tie("expression"), tie("expression")).map(([a, b]) => `($x := ${a}; [$x, ${b}, $x])`),
    ),
  }));
  return expression;
}

import fc from "fast-check";
import { expect, it } from "vitest";
import { compileFilter } from "../../../src/filters/compile";
import { matches } from "../../../src/filters/evaluate";
import { EventView } from "../../../src/filters/event-view";
import { DIFFERENCES, reference } from "./reference";

it.each(DIFFERENCES)("differs: %s (%s asked for by %s)", (_reason, payload, filter, here, there) => {
  const compiled = compileFilter(filter);
  const event = new EventView({ payload, headers: {}, type: null });
  expect(compiled.kind === "refused" ? "refused" : matches(compiled.filter, event)).toBe(here);
  expect(reference(JSON.parse(payload), JSON.parse(filter))).toBe(there);
  expect(here).not.toBe(there);
});

it("agrees with simple-json-match wherever nothing of what is named below is in play", () => {
  let held = 0;
  fc.assert(
    fc.property(payloads, filters, (payload, filter) => {
      const answer = ours(payload, filter);
      held += answer ? 1 : 0;
      expect(answer).toBe(reference(plain(payload), plain(filter)));
    }),
    { numRuns: 5_000 },
  );
  expect(held).toBeGreaterThan(500);
});

const numbers = fc.integer({ min: 0, max: 4 });
const texts = fc.constantFrom("a", "ab", "abc", "b", "bc");
const scalars = fc.oneof(numbers, texts);
const some = { requiredKeys: [] };

const orders = fc
  .record({ $gt: scalars, $gte: scalars, $lt: scalars, $lte: scalars }, some)
  .filter((order) => Object.keys(order).length > 0);

function scalarConditions(values: fc.Arbitrary<unknown>, paths: fc.Arbitrary<string>): fc.Arbitrary<unknown> {
  const reference = fc.record({ $ref: paths });
  const operands = fc.oneof(values, reference);
  return fc.oneof(
    values,
    reference,
    orders,
    fc.record({ $eq: operands }),
    fc.record({ $neq: operands }),
    fc.record({ $gt: operands }),
    fc.record({ $lte: reference }),
    fc.record({ $in: fc.array(values, { minLength: 1 }) }),
    fc.record({ $nin: fc.array(values, { minLength: 1 }) }),
    fc.record({ $exist: fc.boolean() }),
    fc.record({ $or: fc.array(fc.oneof(values, orders), { minLength: 1, maxLength: 3 }) }),
  );
}

const textConditions = fc.oneof(
  scalarConditions(texts, fc.constantFrom("s", "t", "o.s")),
  fc.record({ $in: texts }),
  fc.record({ $nin: texts }),
  fc.record({ $startsWith: fc.oneof(texts, fc.array(texts, { minLength: 1 })) }),
  fc.record({ $endsWith: fc.oneof(texts, fc.array(texts, { minLength: 1 })) }),
  fc.record({ $startsWith: texts, $endsWith: texts }),
);

const items = fc.record({ n: numbers, s: texts }, some);
const payloads = fc.record(
  {
    n: numbers,
    m: numbers,
    s: texts,
    t: texts,
    f: fc.boolean(),
    z: fc.constant(null),
    l: fc.array(scalars, { maxLength: 4 }),
    o: fc.record({ n: numbers, s: texts, o: fc.record({ n: numbers }, some) }, some),
    i: fc.array(items, { maxLength: 3 }),
  },
  some,
);

const itemConditions = fc.record(
  {
    n: scalarConditions(numbers, fc.constantFrom("m", "o.n", "i[0].n", "i[$index].n")),
    s: textConditions,
  },
  some,
);
const members = fc
  .record(
    {
      n: scalarConditions(scalars, fc.constantFrom("m", "o.n", "l[0]", "i[0].n")),
      s: textConditions,
      f: fc.oneof(fc.boolean(), fc.record({ $eq: fc.boolean() }), fc.record({ $neq: fc.boolean() })),
      z: fc.oneof(fc.constant(null), fc.record({ $exist: fc.boolean() })),
      l: fc.oneof(
        scalars,
        fc.array(scalars, { maxLength: 2 }),
        fc.record({ $exist: fc.boolean() }),
        fc.record({ $eq: fc.array(scalars) }),
      ),
      o: fc.oneof(
        fc.record({ n: scalarConditions(numbers, fc.constant("n")), o: fc.record({ n: numbers }, some) }, some),
        fc.record({ $exist: fc.boolean() }),
        fc.record({ $eq: items }),
      ),
      i: fc.oneof(itemConditions, fc.array(itemConditions, { maxLength: 2 })),
    },
    some,
  )
  .filter((one) => Object.keys(one).length > 0);

const { filters } = fc.letrec<{ filters: object }>((tie) => ({
  filters: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    members,
    fc.record({ $or: fc.array(tie("filters"), { minLength: 1, maxLength: 3 }) }),
    fc.record({ $and: fc.array(tie("filters"), { minLength: 1, maxLength: 3 }) }),
    fc.record({ $not: tie("filters") }),
  ),
}));

function ours(payload: unknown, filter: unknown): boolean {
  const compiled = compileFilter(JSON.stringify(filter));
  if (compiled.kind === "refused") {
    // once in some thousand it is too long
    fc.pre(!compiled.errors.every(({ message }) => message.startsWith("Use at most")));
    throw new Error(JSON.stringify(compiled.errors));
  }
  return matches(compiled.filter, new EventView({ payload: JSON.stringify(payload), headers: {}, type: null }));
}

/** As parsed from JSON: fast-check's objects may have no prototype, which the reference minds. */
function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}

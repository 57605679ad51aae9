/** The documents say what `npm run cost` computes. */
import { describe, expect, it } from "vitest";
import counted from "../../bench/cost/counted.json";
import inputs from "../../bench/cost/inputs.json";
import type { Life } from "../../bench/cost/life";
import { measuredBy } from "../../bench/cost/measured";
import measured from "../../bench/cost/measured.json";
import { costPage, freePlanParagraph } from "../../bench/cost/page";
import {
  daysKept,
  type Kind,
  roomOnFree,
  roomOnPaid,
  usdAMillion,
  usdAMonth,
  usdOfServers,
} from "../../bench/cost/plans";

const documents: Record<string, string> = import.meta.glob(["../../README.md", "../../docs/cost.md"], {
  query: "?raw",
  import: "default",
  eager: true,
});

describe("what events cost", () => {
  it("stands in docs/cost.md as it is computed", () => {
    expect(documents["../../docs/cost.md"]).toBe(costPage(inputs, counted, measured));
  });

  it("stands in the README as it is computed", () => {
    expect(documents["../../README.md"]).toContain(`\n${freePlanParagraph(inputs, counted, measured)}\n`);
  });
});

it("takes the CPU of the Worker's own isolate from the results of the bench", () => {
  const row = { destinations: 3, connections: 1, worker: 2.346, database: 9 };
  const gateway = [{ ...row, destinations: 0 }, row, { ...row, connections: 64, worker: 1 }];
  const { cpuMs, source } = measuredBy({
    date: "2026-11-26T11:00:00Z",
    machine: { model: "Some CPU" },
    isolates: { gateway },
  });
  expect(cpuMs).toEqual({ 3: 2.35 });
  expect(source).toMatch(/on Some CPU, 2026-11-26$/);
});

const LIFE: Life = {
  destinations: 3,
  retries: 1,
  rowsWritten: { accept: 4, record: 4, retry: 2, remove: 4 },
  rowsRead: 100,
  roundTrips: 4,
  queueMessages: 1,
  invocations: 2,
  storedBytes: {},
};
const COST = { invocations: 2, cpuMs: 4, rowsRead: 100, rowsWritten: 14, queueOperations: 3 };
const KIND: Kind = { life: LIFE, cost: COST, minute: { rowsWritten: 10, rowsRead: 0 } };
const cheap = (changes: Partial<typeof COST>): Kind => ({
  life: LIFE,
  cost: { invocations: 0, cpuMs: 0, rowsRead: 0, rowsWritten: 0, queueOperations: 0, ...changes },
  minute: { rowsWritten: 0, rowsRead: 0 },
});

describe("a plan", () => {
  it.each([
    ["rows written", { rowsWritten: 10 }, 10_000],
    ["rows read", { rowsRead: 1_000 }, 5_000],
    ["requests", { invocations: 1 }, 100_000 - 1_440],
    ["queue operations", { queueOperations: 3 }, 10_000 / 3],
  ])("ends with the %s on the Free plan where these are the most", (endsWith, cost, events) => {
    expect(roomOnFree(cheap(cost), inputs)).toEqual({ endsWith, events });
  });

  it("has less room where the cron's minutes are busy", () => {
    const kind = { ...cheap({ rowsWritten: 10 }), minute: { rowsWritten: 10, rowsRead: 0 } };
    expect(roomOnFree(kind, inputs).events).toBe((100_000 - 1_440 * 10) / 10);
  });

  it.each([
    ["rows written", cheap({ rowsWritten: 10 }), 1, 5_000_000],
    ["CPU", cheap({ cpuMs: 30 }), 1, 1_000_000],
    ["storage", cheap({}), 5_000, 1_000_000],
  ])("ends with the %s on the paid plan where these are the most", (endsWith, kind, storedBytes, events) => {
    expect(roomOnPaid(kind, storedBytes, inputs)).toEqual({ endsWith, events });
  });

  it("charges for what is beyond the included, each by its price", () => {
    expect(usdAMillion(KIND, 4_000, inputs)).toBeCloseTo(14 + 0.1 + 0.6 + 0.08 + 1.2 + 3);
    expect(usdAMonth(KIND, 0, 4_000, inputs)).toBe(5);
    const rows = usdAMonth(cheap({ rowsWritten: 10 }), 6_000_000, 0, inputs);
    expect(rows).toBeCloseTo(5 + 10);
  });

  it("keeps events for as long as one database has room", () => {
    expect(daysKept(30_000_000, 4_000, inputs)).toBe(2.5);
    expect(daysKept(30_000, 4_000, inputs)).toBe(30);
    expect(usdAMonth(cheap({}), 30_000_000, 4_000, inputs)).toBeCloseTo(5 + 5 * 0.75);
  });

  it("is not what servers cost, which is by the hour or the month", () => {
    const part = { what: "", url: "", seen: "" };
    expect(
      usdOfServers({
        name: "",
        hoursInMonth: 730,
        parts: [
          { ...part, usdAnHour: 0.1 },
          { ...part, usdAMonth: 4 },
        ],
      }),
    ).toBe(77);
  });
});

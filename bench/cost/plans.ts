/** How far Cloudflare's plans go for events of a kind, and what they cost beyond that. Money in USD. */
import { type Cost, type Counted, costOf, type Life, type Measured, type Minute } from "./life.ts";

type Price = { included: number; usdAMillion: number };
type Part = { what: string; usdAnHour?: number; usdAMonth?: number; url: string; seen: string };

/** The shape of inputs.json. */
export type Inputs = {
  sources: Record<string, { url: string; seen: string }>;
  daysInMonth: number;
  retentionDays: number;
  free: {
    requestsADay: number;
    cpuMsAnInvocation: number;
    rowsReadADay: number;
    rowsWrittenADay: number;
    queueOperationsADay: number;
    databaseBytes: number;
  };
  paid: {
    usdAMonth: number;
    requests: Price;
    cpuMs: Price;
    rowsRead: Price;
    rowsWritten: Price;
    queueOperations: Price;
    storedBytes: Price;
    databaseBytes: number;
  };
  servers: { name: string; hoursInMonth: number; parts: Part[] }[];
};

/** How many events fit, and what ends first. */
export type Room = { events: number; endsWith: string };

const MINUTES_A_DAY = 1_440;

export type Kind = { life: Life; cost: Cost; minute: Minute };

/** @returns the kinds of events that were counted, with what each costs */
export function kindsOf(counted: Counted, measured: Measured): Kind[] {
  return counted.lives.map((life) => ({
    life,
    cost: costOf(life, measured),
    minute: counted.minutes[life.destinations] ?? { rowsWritten: Number.NaN, rowsRead: Number.NaN },
  }));
}

/** Events a day on the Free plan, the cron of every minute deducted. */
export function roomOnFree({ cost, minute }: Kind, { free }: Inputs): Room {
  return least([
    ["rows written", (free.rowsWrittenADay - MINUTES_A_DAY * minute.rowsWritten) / cost.rowsWritten],
    ["rows read", (free.rowsReadADay - MINUTES_A_DAY * minute.rowsRead) / cost.rowsRead],
    ["requests", (free.requestsADay - MINUTES_A_DAY) / cost.invocations],
    ["queue operations", free.queueOperationsADay / cost.queueOperations],
  ]);
}

/** Events a month that the paid plan's own price includes, kept for the retention. */
export function roomOnPaid({ cost, minute }: Kind, storedBytes: number, inputs: Inputs): Room {
  const { paid, daysInMonth, retentionDays } = inputs;
  const minutes = daysInMonth * MINUTES_A_DAY;
  return least([
    ["rows written", (paid.rowsWritten.included - minutes * minute.rowsWritten) / cost.rowsWritten],
    ["rows read", (paid.rowsRead.included - minutes * minute.rowsRead) / cost.rowsRead],
    ["requests", (paid.requests.included - minutes) / cost.invocations],
    ["CPU", paid.cpuMs.included / cost.cpuMs],
    ["queue operations", paid.queueOperations.included / cost.queueOperations],
    ["storage", (paid.storedBytes.included / storedBytes) * (daysInMonth / retentionDays)],
  ]);
}

/** What each million events beyond all that is included costs, storage for the retention included. */
export function usdAMillion({ cost }: Kind, storedBytes: number, { paid, daysInMonth, retentionDays }: Inputs): number {
  return (
    cost.rowsWritten * paid.rowsWritten.usdAMillion +
    cost.rowsRead * paid.rowsRead.usdAMillion +
    cost.invocations * paid.requests.usdAMillion +
    cost.cpuMs * paid.cpuMs.usdAMillion +
    cost.queueOperations * paid.queueOperations.usdAMillion +
    storedBytes * paid.storedBytes.usdAMillion * (retentionDays / daysInMonth)
  );
}

/** For how many days so many events a month can be kept in one database, up to the retention. */
export function daysKept(events: number, storedBytes: number, { paid, daysInMonth, retentionDays }: Inputs): number {
  return Math.min(retentionDays, paid.databaseBytes / (storedBytes * (events / daysInMonth)));
}

/** What so many events cost in a month on the paid plan, kept as long as they can be; only what is beyond the included is charged. */
export function usdAMonth({ cost, minute }: Kind, events: number, storedBytes: number, inputs: Inputs): number {
  const { paid, daysInMonth } = inputs;
  const minutes = daysInMonth * MINUTES_A_DAY;
  const beyond = ({ included, usdAMillion }: Price, used: number) =>
    (Math.max(0, used - included) / 1_000_000) * usdAMillion;
  const kept = (events / daysInMonth) * daysKept(events, storedBytes, inputs);
  return (
    paid.usdAMonth +
    beyond(paid.rowsWritten, events * cost.rowsWritten + minutes * minute.rowsWritten) +
    beyond(paid.rowsRead, events * cost.rowsRead + minutes * minute.rowsRead) +
    beyond(paid.requests, events * cost.invocations + minutes) +
    beyond(paid.cpuMs, events * cost.cpuMs) +
    beyond(paid.queueOperations, events * cost.queueOperations) +
    beyond(paid.storedBytes, kept * storedBytes)
  );
}

/** What a deployment of servers costs in a month, whatever it does. */
export function usdOfServers({ hoursInMonth, parts }: Inputs["servers"][number]): number {
  return parts.reduce((sum, part) => sum + usdOfPart(part, hoursInMonth), 0);
}

export function usdOfPart({ usdAnHour = 0, usdAMonth = 0 }: Part, hoursInMonth: number): number {
  return usdAnHour * hoursInMonth + usdAMonth;
}

function least(rooms: [endsWith: string, events: number][]): Room {
  const [endsWith, events] = rooms.reduce((least, one) => (one[1] < least[1] ? one : least));
  return { events, endsWith };
}

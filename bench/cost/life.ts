/** What an event costs over its whole life, as `test/cost/counted.test.ts` has counted it. */

/** One event that arrives at all of its destinations. Rows are those that D1 bills, indexes included. */
export type Life = {
  destinations: number;
  /** How many of its deliveries arrive only at their second attempt. */
  retries: number;
  rowsWritten: { accept: number; record: number; retry: number; remove: number };
  rowsRead: number;
  roundTrips: number;
  queueMessages: number;
  /** How often the Worker is invoked for it: the request, and a batch of the queue for a retry. */
  invocations: number;
  /** What it takes in the database while it is kept, by the size of its payload. */
  storedBytes: Record<string, number>;
};

/** What the cron and the statistics cost in a minute in which events came, beyond these. */
export type Minute = { rowsWritten: number; rowsRead: number };

export type Counted = {
  lives: Life[];
  /** By the number of destinations. */
  minutes: Record<string, Minute>;
  /** How many more rows an event with an idempotency key writes. */
  rowsWrittenForAKey: number;
};

/** Milliseconds of CPU for each event, by its destinations, with where they come from. */
export type Measured = { source: string; cpuMs: Record<string, number> };

export const PAYLOAD_BYTES = [2_000, 20_000];
/** A message is written, read and deleted; each is an operation for each 64 KB. */
const OPERATIONS_A_MESSAGE = 3;

export type Cost = {
  invocations: number;
  cpuMs: number;
  rowsRead: number;
  rowsWritten: number;
  queueOperations: number;
};

/** @returns what that event costs, in the units of Cloudflare's bill; its storage apart */
export function costOf(life: Life, { cpuMs }: Measured): Cost {
  return {
    invocations: life.invocations,
    // an attempt more is a delivery more
    cpuMs: (cpuMs[life.destinations] ?? Number.NaN) * (1 + life.retries / life.destinations),
    rowsRead: life.rowsRead,
    rowsWritten: Object.values(life.rowsWritten).reduce((sum, rows) => sum + rows, 0),
    queueOperations: OPERATIONS_A_MESSAGE * life.queueMessages,
  };
}

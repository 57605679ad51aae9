import { setTimeout as sleep } from "node:timers/promises";

const LONGEST_WAIT_MS = 60_000;

/** Waits until that holds: nothing is said about how fast, only that it comes. */
export async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  for (const deadline = Date.now() + LONGEST_WAIT_MS; !(await holds()); await sleep(20)) {
    if (Date.now() > deadline) throw new Error(`waited in vain: ${what}`);
  }
}

/** The clock of the tests, which is the Worker's: ids sort by the millisecond in which they were made. */
import { vi } from "vitest";

/** Waits until what is made next is younger than everything that was made so far. */
export async function nextMillisecond(): Promise<void> {
  const before = Date.now();
  await vi.waitUntil(() => Date.now() > before, { interval: 1 });
}

// What a process costs, as Linux tells it; null elsewhere.
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

const LOOK_EVERY_MS = 100;
const QUIET_LOOKS = 3;
const LONGEST_MS = 60_000;

const tickMs = existsSync("/proc/self/stat") ? 1_000 / Number(execFileSync("getconf", ["CLK_TCK"])) : null;

/** @returns {number | null} milliseconds of processor time so far, of all its threads */
export function processorMs(pid) {
  if (tickMs === null) return null;
  // its name, in brackets, may hold blanks; after it the 12th and 13th are its own time and the system's on its behalf
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1).split(" ");
  return (Number(fields[11]) + Number(fields[12])) * tickMs;
}

/** @returns {{ now: number, most: number } | null} megabytes in memory, now and at the most */
export function memoryMb(pid) {
  if (tickMs === null) return null;
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  const of = (name) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(status)[1]) / 1_024;
  return { now: of("VmRSS"), most: of("VmHWM") };
}

/** Waits until it has done nothing for a moment: what is left of the work is part of what the work costs. */
export async function quiet(pid) {
  if (tickMs === null) return sleep(1_000);
  let looks = 0;
  let last = processorMs(pid);
  for (const deadline = Date.now() + LONGEST_MS; looks < QUIET_LOOKS; ) {
    if (Date.now() > deadline) throw new Error("workerd does not come to rest");
    await sleep(LOOK_EVERY_MS);
    const now = processorMs(pid);
    looks = now - last <= tickMs ? looks + 1 : 0;
    last = now;
  }
}

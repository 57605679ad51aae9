/**
 * Where a run of the tests or of a bench keeps its files, its temporary ones included: a folder of its own in `out/`,
 * which goes with the run. What a run that was killed has left goes at the start of the next.
 */
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { constants } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const RUNS = join(fileURLToPath(import.meta.url), "../../../../out/runs");
/** Whoever opens a run tells the processes that it starts: runs at the same time have each their own. */
const FOLDER_VARIABLE = "DATA_PUSHER_RUN";

/** Opens the run of this process, unless it belongs to one already; temporary files of libraries go there as well. */
export function openRun(): void {
  if (process.env[FOLDER_VARIABLE]) return;
  sweep();
  const folder = join(RUNS, String(process.pid));
  const temporary = join(folder, "tmp");
  mkdirSync(temporary, { recursive: true });
  Object.assign(process.env, { [FOLDER_VARIABLE]: folder, TMPDIR: temporary });
  process.once("exit", () => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }));
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, () => endBy(signal));
}

/** @returns the path of that name in this run's folder */
export function inRun(name: string): string {
  const folder = process.env[FOLDER_VARIABLE];
  if (!folder) throw new Error("no run was opened");
  return join(folder, name);
}

/** @returns a new folder in this run's */
export function newFolder(prefix: string): string {
  return mkdtempSync(inRun(`${prefix}-`));
}

/** Without a listener the process would end and remove nothing; who else listens ends it in a way of its own. */
function endBy(signal: "SIGINT" | "SIGTERM" | "SIGHUP"): void {
  if (process.listenerCount(signal) === 0) process.exit(128 + constants.signals[signal]);
}

/** Removes the folders of processes that are no more. */
function sweep(): void {
  mkdirSync(RUNS, { recursive: true });
  for (const name of readdirSync(RUNS)) {
    if (!isAlive(Number(name))) rmSync(join(RUNS, name), { recursive: true, force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

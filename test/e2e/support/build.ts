/** The Worker as it would be deployed, and an empty database that has its migrations, both made once for many gateways. */
import { execFile } from "node:child_process";
import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { inRun, openRun } from "./run-folder.ts";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
export const CONFIG = join(ROOT, "wrangler.toml");

/** Makes both, for this process and those that it starts. */
export async function build(): Promise<void> {
  openRun();
  await wrangler("deploy", "--dry-run", "--outdir", inRun("built"));
  copyFileSync(fileURLToPath(new URL("slow-door.js", import.meta.url)), slowDoorScript());
  await wrangler("d1", "migrations", "apply", "DB", "--local", "--persist-to", emptyData());
}

export function builtScript(): string {
  return inRun("built/worker.js");
}

/** The Worker with a slow door in front of its database. */
export function slowDoorScript(): string {
  return inRun("built/slow-door.js");
}

/** To be copied, never to be used. */
export function emptyData(): string {
  return inRun("empty-data");
}

async function wrangler(...args: string[]): Promise<void> {
  const bin = join(ROOT, "node_modules/wrangler/bin/wrangler.js");
  await promisify(execFile)(process.execPath, [bin, ...args, "--config", CONFIG], {
    cwd: ROOT,
    env: {
      ...process.env,
      CI: "true",
      CLOUDFLARE_CF_FETCH_ENABLED: "false",
      WRANGLER_HIDE_BANNER: "true",
      WRANGLER_SEND_ERROR_REPORTS: "false",
      WRANGLER_SEND_METRICS: "false",
    },
  });
}

/** The Worker as it would be deployed, and an empty database that has its migrations, both made once for many gateways. */
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
export const CONFIG = join(ROOT, "wrangler.toml");

/** Whoever builds tells the processes that it starts: runs at the same time have each their own. */
const FOLDER_VARIABLE = "DATA_PUSHER_BUILT";

/** @returns what removes it again */
export async function build(): Promise<() => void> {
  const folder = mkdtempSync(join(tmpdir(), "data-pusher-built-"));
  process.env[FOLDER_VARIABLE] = folder;
  const remove = () => rmSync(folder, { recursive: true, force: true });
  process.once("exit", remove);
  await wrangler("deploy", "--dry-run", "--outdir", folder);
  await wrangler("d1", "migrations", "apply", "DB", "--local", "--persist-to", join(folder, "data"));
  return remove;
}

export function builtScript(): string {
  return join(builtFolder(), "worker.js");
}

/** To be copied, never to be used. */
export function emptyData(): string {
  return join(builtFolder(), "data");
}

function builtFolder(): string {
  const folder = process.env[FOLDER_VARIABLE];
  if (!folder) throw new Error("the Worker was not built");
  return folder;
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

/** The Worker as it would be deployed, and an empty database that has its migrations, both made once for many gateways. */
import { execFile } from "node:child_process";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

export const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
export const CONFIG = join(ROOT, "wrangler.toml");

const BUILT = join(ROOT, "out/e2e");
export const SCRIPT = join(BUILT, "worker.js");
/** To be copied, never to be used. */
export const EMPTY_DATA = join(BUILT, "data");

export async function build(): Promise<void> {
  rmSync(BUILT, { recursive: true, force: true });
  await Promise.all([
    wrangler("deploy", "--dry-run", "--outdir", BUILT),
    wrangler("d1", "migrations", "apply", "DB", "--local", "--persist-to", EMPTY_DATA),
  ]);
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

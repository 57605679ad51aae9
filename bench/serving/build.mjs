// The Worker of a checkout as it would be deployed, and an empty database with its migrations.
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { newFolder } from "../../test/e2e/support/run-folder.ts";

/**
 * Builds both with the tools of that checkout, in a folder of this run's.
 *
 * @param {string} root the checkout's folder, with its packages installed
 * @param {{ minify?: boolean }} options unminified for a profile that people read
 * @returns {Promise<{ script: string, config: string, emptyData: string }>}
 */
export async function buildCheckout(root, { minify = true } = {}) {
  const folder = newFolder("checkout");
  const built = {
    script: join(folder, "built/worker.js"),
    config: join(root, "wrangler.toml"),
    emptyData: join(folder, "data"),
  };
  const deploy = ["deploy", "--dry-run", "--outdir", join(folder, "built"), minify ? "--minify" : "--no-minify"];
  await wrangler(root, deploy, { MINIFY: String(minify) });
  await wrangler(root, ["d1", "migrations", "apply", "DB", "--local", "--persist-to", built.emptyData]);
  return built;
}

async function wrangler(root, args, env = {}) {
  await promisify(execFile)(process.execPath, [join(root, "node_modules/wrangler/bin/wrangler.js"), ...args], {
    cwd: root,
    env: {
      ...process.env,
      ...env,
      CI: "true",
      CLOUDFLARE_CF_FETCH_ENABLED: "false",
      WRANGLER_HIDE_BANNER: "true",
      WRANGLER_SEND_ERROR_REPORTS: "false",
      WRANGLER_SEND_METRICS: "false",
    },
  });
}

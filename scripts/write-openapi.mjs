// Asks the built Worker (out/, made by `npm run build`) for its OpenAPI document and writes it to out/openapi.json.
import { writeFileSync } from "node:fs";
import { createTestHarness } from "wrangler";

const KEY = Buffer.alloc(32).toString("base64");

process.env.CLOUDFLARE_CF_FETCH_ENABLED ??= "false";
process.env.WRANGLER_SEND_METRICS ??= "false";
const harness = createTestHarness({
  workers: [
    {
      configPath: "./wrangler.toml",
      prebuiltWorkerDir: "./out",
      secrets: { ADMIN_TOKEN: KEY, TOKEN_KEYS: KEY, SEALING_KEYS: KEY },
    },
  ],
});
try {
  await harness.listen();
  const response = await harness.fetch("/openapi.json");
  const body = await response.text();
  if (response.status !== 200) throw new Error(`GET /openapi.json answered ${response.status}: ${body}`);
  writeFileSync("out/openapi.json", body);
  console.log("Wrote out/openapi.json");
} finally {
  await harness.close();
}

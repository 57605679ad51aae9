import { cloudflareTest, readD1Migrations } from "@cloudflare/vitest-pool-workers";
import { defineConfig } from "vitest/config";
import { findChromium } from "./test/browser/support/chromium.ts";
import { openRun } from "./test/e2e/support/run-folder.ts";

const E2E = "test/e2e/**/*.test.ts";
const BROWSER = "test/browser/**/*.test.ts";

/** The same Worker, looked at with a real browser. */
const browser = {
  test: {
    name: "browser",
    include: [BROWSER],
    globalSetup: ["./test/e2e/support/global-setup.ts"],
    sequence: { groupOrder: 2 },
    maxWorkers: 2,
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
};

// A newcomer's machine may have none; CI installs it, and fails without.
const withBrowser = findChromium() !== null || process.env.CI !== undefined;
if (!withBrowser)
  process.stderr.write("No Chromium here: the browser tests are left out. Install it, or set CHROMIUM.\n");

openRun();

export default defineConfig(async () => ({
  test: {
    silent: "passed-only" as const,
    projects: [
      {
        plugins: [
          cloudflareTest({
            wrangler: { configPath: "./wrangler.toml" },
            main: "./src/worker.ts", // the sources, not what is built of them
            miniflare: {
              queueConsumers: { "data-pusher": { maxBatchTimeout: 0.05 } },
              bindings: {
                ADMIN_TOKEN: "test-admin-token-0123456789abcdef",
                TOKEN_KEYS: "dGVzdC10b2tlbi1rZXktMDEyMzQ1Njc4OWFiY2RlZmc=",
                SEALING_KEYS: "dGVzdC1zZWFsaW5nLWtleS0wMTIzNDU2Nzg5YWJjZGU=",
                ALLOW_PRIVATE_DESTINATIONS: "true",
                LIMITS: "off",
                SEED: process.env.SEED ?? "",
                FUZZ: process.env.FUZZ ?? "",
                SIMULATE: process.env.SIMULATE ?? "",
                TEST_MIGRATIONS: await readD1Migrations("./migrations"),
              },
            },
          }),
        ],
        test: {
          name: "worker",
          // made for Node; bundled, it runs in workerd
          deps: { optimizer: { ssr: { enabled: true, include: ["simple-json-match"] } } },
          include: ["test/**/*.test.ts"],
          exclude: [E2E, BROWSER],
          setupFiles: ["./test/setup.ts"],
          // only tells that something hangs: a busy machine fails nothing
          testTimeout: 30_000,
          hookTimeout: 30_000,
        },
      },
      {
        // the built Worker in a process of its own, real receivers: in Node, when the machine has nothing else to do
        test: {
          name: "e2e",
          include: [E2E],
          globalSetup: ["./test/e2e/support/global-setup.ts"],
          sequence: { groupOrder: 1 },
          fileParallelism: false,
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      ...(withBrowser ? [browser] : []),
    ],
  },
}));

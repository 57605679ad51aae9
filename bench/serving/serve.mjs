// A process that serves one Worker by workerd, with D1 on disk, until it is told to stop. Started by `served.mjs`.
import { execFileSync } from "node:child_process";
import { basename, dirname } from "node:path";
import { convertV4MiniflareOptions, Miniflare } from "miniflare";
import { unstable_getMiniflareWorkerOptions, unstable_readConfig } from "wrangler";
import { answerOrders, givenSettings } from "../processes.mjs";

const { scripts, config, floor, data, settings, inspect } = givenSettings();

const miniflare = new Miniflare({
  ...convertV4MiniflareOptions({
    ...(floor ? bare() : deployed()),
    modules: scripts.map((path) => ({ type: "ESModule", path })),
    modulesRoot: dirname(scripts[0]),
    host: "127.0.0.1",
    port: 0,
    cf: false,
    logRequests: false,
    unsafeTriggerHandlers: true,
    ...(inspect && { inspectorPort: 0 }),
  }),
  resourcePersistencePath: data,
});

answerOrders(
  {
    ready: async () => ({
      url: (await miniflare.ready).origin,
      inspector: inspect ? (await miniflare.getInspectorURL()).host : null,
      workerd: workerdPid(),
    }),
    // Only while nothing goes on: Miniflare waits for the database with its thread stopped, and so reads nothing of what
    // the Worker logs, which then waits for that.
    write: async ({ statements }) => {
      const database = await miniflare.getD1Database("DB");
      await database.batch(statements.map((sql) => database.prepare(sql)));
    },
  },
  () => miniflare.dispose(),
);

/** The Worker of that configuration. */
function deployed() {
  const { modulesRules: _, ...worker } = unstable_getMiniflareWorkerOptions(config).workerOptions;
  return { ...worker, bindings: { ...unstable_readConfig({ config }).vars, ...settings } };
}

/** A Worker with a database and nothing else, by the rules of the same day. */
function bare() {
  const { compatibility_date, compatibility_flags } = unstable_readConfig({ config });
  return {
    compatibilityDate: compatibility_date,
    compatibilityFlags: compatibility_flags,
    d1Databases: ["DB"],
    bindings: settings,
  };
}

function workerdPid() {
  const lines = execFileSync("ps", ["-A", "-o", "pid=,ppid=,comm="], { encoding: "utf8" }).split("\n");
  const rows = lines.map((line) => line.trim().split(/\s+/));
  const [pid] = rows.find(([, parent, command]) => Number(parent) === process.pid && basename(command) === "workerd");
  return Number(pid);
}

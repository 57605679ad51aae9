/**
 * A process that serves the built Worker until it is told to stop, is killed, or has lost whoever started it: workerd
 * with the bindings of wrangler.toml, D1 on disk. Says the Worker's address once it listens.
 *
 * usage: node serve.ts <folder of the data>, with an IPC channel, as the leader of a process group
 */
import { dirname } from "node:path";
import { convertV4MiniflareOptions, Miniflare } from "miniflare";
import { unstable_getMiniflareWorkerOptions, unstable_readConfig } from "wrangler";
import { builtScript, CONFIG, slowDoorScript } from "./build.ts";
import type { Order, Report } from "./gateway.ts";

// Whoever started it is gone: nobody else would end workerd.
process.on("disconnect", () => process.kill(-process.pid, "SIGKILL"));

const [, , dataFolder] = process.argv;
if (!dataFolder || !process.send) throw new Error("serve.ts is started by gateway.ts");

const latencyMs = Number(process.env.DATABASE_LATENCY_MS ?? 0);
const scripts = latencyMs > 0 ? [slowDoorScript(), builtScript()] : [builtScript()];
const { modulesRules: _, ...worker } = unstable_getMiniflareWorkerOptions(CONFIG).workerOptions;
const miniflare = new Miniflare({
  ...convertV4MiniflareOptions({
    ...worker,
    modules: scripts.map((path) => ({ type: "ESModule" as const, path })),
    modulesRoot: dirname(builtScript()),
    // not those of wrangler, which reads the developer's own .dev.vars
    bindings: {
      ...unstable_readConfig({ config: CONFIG }).vars,
      ...JSON.parse(process.env.SECRETS ?? "{}"),
      DATABASE_LATENCY_MS: latencyMs,
    },
    host: "127.0.0.1",
    port: 0,
    cf: false,
    logRequests: false,
    unsafeTriggerHandlers: true,
  }),
  resourcePersistencePath: dataFolder,
});
report({ url: (await miniflare.ready).origin });

process.on("message", async (order: Order) => {
  if (order === "stop") {
    await miniflare.dispose();
    process.exit();
  }
  const database = await miniflare.getD1Database("DB");
  if ("write" in order) {
    await database.batch(order.write.map((statement) => database.prepare(statement)));
    report("written");
    return;
  }
  const ms = order.passSeconds * 1000;
  await database.batch([
    database
      .prepare("UPDATE deliveries SET next_attempt_at = next_attempt_at - ?1, not_before = not_before - ?1")
      .bind(ms),
    database.prepare("UPDATE flights SET due_at = due_at - ?1").bind(ms),
    database.prepare("UPDATE destinations SET wake_at = wake_at - ?1").bind(ms),
  ]);
  report("passed");
});

function report(what: Report): void {
  process.send?.(what);
}

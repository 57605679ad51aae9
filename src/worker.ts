/** The three entry points of the Worker: requests, queue messages, and the cron that runs every minute. */
import { createApp } from "./app";
import { everyMinute } from "./cron/every-minute";
import { gatewayOf } from "./env";
import { consume, consumeDead } from "./queue/consume";

const app = createApp();

export default {
  fetch: (request, env, ctx) => app.fetch(request, env, ctx),
  queue: (batch, env, ctx) =>
    batch.queue.endsWith("-dead")
      ? consumeDead(gatewayOf(env), batch.messages)
      : consume(gatewayOf(env), batch.messages, (work) => ctx.waitUntil(work)),
  scheduled: (_controller, env) => everyMinute(gatewayOf(env)),
} satisfies ExportedHandler<object>;

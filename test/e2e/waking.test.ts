/** What the group commit relies on: who settles another request's promise wakes it as itself, if workerd is told so. */
import { convertV4MiniflareOptions, Miniflare } from "miniflare";
import { afterEach, expect, it } from "vitest";
import { unstable_readConfig } from "wrangler";
import { CONFIG } from "./support/build.ts";
import { until } from "./support/until.ts";

/** `/sleep` waits until `/wake` settles its promise, and then needs I/O of its own. */
const SCRIPT = `
  let wake = null;
  export default {
    async fetch(request, env) {
      if (request.url.endsWith("/wake")) {
        wake?.();
        return new Response(wake ? "woken" : "nobody sleeps");
      }
      const { promise, resolve } = Promise.withResolvers();
      const patience = setTimeout(resolve, env.PATIENCE_MS);
      wake = resolve;
      await promise;
      clearTimeout(patience);
      const { one } = await env.DB.prepare("SELECT 1 AS one").first();
      return new Response((await request.text()) + one);
    },
  };
`;
const opened: Miniflare[] = [];
afterEach(() => Promise.all(opened.splice(0).map((one) => one.dispose())));

async function answerToTheWoken(patienceMs: number, flags: string[] = []) {
  const { compatibility_date, compatibility_flags } = unstable_readConfig({ config: CONFIG });
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      modules: true,
      script: SCRIPT,
      compatibilityDate: compatibility_date,
      compatibilityFlags: [...compatibility_flags, ...flags],
      bindings: { PATIENCE_MS: patienceMs },
      d1Databases: ["DB"],
      cf: false,
    }),
  );
  opened.push(miniflare);
  const { origin } = await miniflare.ready;
  const sleeper = fetch(`${origin}/sleep`, { method: "POST", body: "slept " });
  await until("it was woken", async () => (await (await fetch(`${origin}/wake`)).text()) === "woken");
  const answer = await sleeper;
  return { status: answer.status, text: await answer.text() };
}

it("goes on as itself, with its own body and database", async () => {
  expect(await answerToTheWoken(110_000)).toEqual({ status: 200, text: "slept 1" });
});

it("is answered as hung without the compatibility flag that the date implies", async () => {
  const answer = await answerToTheWoken(3_000, ["no_handle_cross_request_promise_resolution"]);
  expect(answer).toEqual({ status: 500, text: expect.stringContaining("hung") });
});

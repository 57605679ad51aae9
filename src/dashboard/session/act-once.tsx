import { createMiddleware } from "hono/factory";
import { sha256Hex } from "../../security/sha256";
import { beginSubmission, finishSubmission, releaseSubmission } from "../../submissions/submission";
import { Notice } from "../parts/elements";
import { FORM_TOKEN, readForm, textOf } from "../parts/forms";
import { page } from "../parts/page";
import { redirect } from "../parts/redirect";
import { nameOf, type PageContext, type PageEnv } from "./viewer";

/** A double click's second form waits for the first one's answer, twice as long each time: 25 s in all. */
const FIRST_WAIT_MS = 100;
const MOST_WAITS = 8;

type Answer = { location: string; cookies: string[] };

/**
 * A form that is sent again, by a double click, a reload or the Back button, is not acted on again but given the answer
 * of the first. What was answered with an error did nothing, so the same may be tried again.
 */
export const actOnce = createMiddleware<PageEnv>(async (c, next) => {
  if (c.req.method !== "POST") return next();
  const form = await readForm(c);
  if (textOf(form, FORM_TOKEN) === "") return next();
  const gateway = c.get("gateway");
  const hash = await sha256Hex(JSON.stringify([nameOf(c.get("viewer")), c.req.url, ...form]));
  for (let waits = 0; ; waits++) {
    const begun = await beginSubmission(gateway, hash);
    switch (begun.kind) {
      case "first": {
        const acted = act(c, hash, next);
        // A second click takes the first one's connection away, which must not end the act half-way.
        c.executionCtx.waitUntil(acted);
        return acted;
      }
      case "answered":
        return repeat(c, JSON.parse(begun.answer));
      case "running":
        if (waits === MOST_WAITS) return stillRunning(c);
        await scheduler.wait(FIRST_WAIT_MS * 2 ** waits);
    }
  }
});

async function act(c: PageContext, hash: string, next: () => Promise<void>): Promise<void> {
  await next();
  const location = c.res.headers.get("location");
  if (location === null) return releaseSubmission(c.get("gateway"), hash);
  const answer: Answer = { location, cookies: c.res.headers.getSetCookie() };
  return finishSubmission(c.get("gateway"), hash, JSON.stringify(answer));
}

function repeat(c: PageContext, { location, cookies }: Answer): Response {
  for (const cookie of cookies) c.header("Set-Cookie", cookie, { append: true });
  return redirect(c, location);
}

function stillRunning(c: PageContext) {
  return page(c, {
    title: "Already sent",
    status: 409,
    children: (
      <Notice tone="wait">
        This form was sent before and has no answer yet. See what came of it before you resend it.
      </Notice>
    ),
  });
}

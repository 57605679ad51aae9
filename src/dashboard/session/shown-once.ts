/**
 * What is shown once, such as a new key, and its way over the redirect that follows the form: sealed into a cookie for
 * the one page that shows it, so that it is in no URL, no log and no database, and that page may be reloaded for a while.
 */
import { getCookie, setCookie } from "hono/cookie";
import { open, seal } from "../../security/sealing";
import { redirect } from "../parts/redirect";
import { isSecure } from "./cookies";
import { nameOf, type PageContext } from "./viewer";

const COOKIE = "dp_shown_once";
const SHOWN_SECONDS = 300;

type Sealed<Shown> = { shown: Shown; until: number };

/** Sends the browser on to `path`, where `readShownOnce` finds what is to be shown. */
export async function showOnceAt<Shown>(c: PageContext, path: string, shown: Shown): Promise<Response> {
  const { sealingKeys, now } = c.get("gateway");
  const sealed: Sealed<Shown> = { shown, until: now() + SHOWN_SECONDS * 1000 };
  setCookie(c, COOKIE, await seal(sealingKeys, JSON.stringify(sealed), contextOf(c, path)), {
    path,
    httpOnly: true,
    sameSite: "Lax",
    secure: isSecure(c),
    ...(isSecure(c) && { prefix: "secure" as const }),
    maxAge: SHOWN_SECONDS,
  });
  return redirect(c, path);
}

/** What this page is to show to this viewer; null when there is nothing, or not any more. */
export async function readShownOnce<Shown>(c: PageContext): Promise<Shown | null> {
  const { sealingKeys, now } = c.get("gateway");
  const cookie = isSecure(c) ? getCookie(c, COOKIE, "secure") : getCookie(c, COOKIE);
  if (!cookie) return null;
  // What does not open was sealed for another page or viewer, or under a key that is gone: not for this one to see.
  const text = await open(sealingKeys, cookie, contextOf(c, c.req.path)).catch(() => null);
  if (text === null) return null;
  const { shown, until }: Sealed<Shown> = JSON.parse(text);
  return until > now() ? shown : null;
}

function contextOf(c: PageContext, path: string): string {
  return `shown once:${nameOf(c.get("viewer"))}:${path}`;
}

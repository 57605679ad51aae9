import type { Context } from "hono";
import type { AppEnv } from "../context";
import { problem } from "../problem";

const LOOPBACK = /^(?:localhost|.+\.localhost|127(?:\.\d+){3}|\[::1\])$/;
const PAGE = /^\/(?:$|docs$|(?:dashboard|portal)(?:\/|$))/;

/**
 * The answer to what must not come over plain HTTP, which everyone on the way reads; null where it may. Keeps keys, tokens
 * and cookies off it: a page is shown over https instead, and whatever else could carry one is refused. This machine may, and all may with `ALLOW_PLAIN_HTTP`. What
 * `X-Forwarded-Proto` says is not believed: anybody can send it.
 */
export function refusalOfPlainHttp(c: Context<AppEnv>): Response | null {
  if (c.req.url.startsWith("https:") || c.get("gateway").plainHttpAllowed) return null;
  const { hostname, pathname, search } = new URL(c.req.url);
  if (LOOPBACK.test(hostname)) return null;
  const reads = c.req.method === "GET" || c.req.method === "HEAD";
  if (reads && PAGE.test(c.req.path)) return c.redirect(`https://${hostname}${pathname}${search}`, 308);
  if (reads && c.req.path === "/health" && c.req.header("authorization") === undefined) return null;
  return problem(
    c,
    403,
    "https_required",
    "Use https. Over plain http a key or token can be read on its way: if one was sent, replace it.",
  );
}

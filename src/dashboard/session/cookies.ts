/** The cookies of the pages. Over https their names begin with `__Host-`: no other host of the domain can set them. */
import { deleteCookie, getCookie, setCookie } from "hono/cookie";
import type { CookieOptions } from "hono/utils/cookie";
import type { PageContext } from "./viewer";

export type CookieName = "dp_operator" | "dp_tenant" | "dp_theme";

/** Empty when the browser sent none. */
export function readCookie(c: PageContext, name: CookieName): string {
  return (isSecure(c) ? getCookie(c, name, "host") : getCookie(c, name)) ?? "";
}

/** For scripts to see it is never, nor for forms of other sites to carry it. */
export function writeCookie(
  c: PageContext,
  name: CookieName,
  value: string,
  until: { expires: Date } | { maxAge: number },
) {
  setCookie(c, name, value, { ...own(c), ...until });
}

export function dropCookie(c: PageContext, name: CookieName): void {
  deleteCookie(c, name, own(c));
}

function own(c: PageContext): CookieOptions {
  const secure = isSecure(c);
  return { path: "/", httpOnly: true, sameSite: "Lax", secure, ...(secure && { prefix: "host" }) };
}

/** Local development is plain HTTP, where a browser would drop a Secure cookie. */
export function isSecure(c: PageContext): boolean {
  return new URL(c.req.url).protocol === "https:";
}

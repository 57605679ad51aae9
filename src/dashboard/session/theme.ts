/** The theme that a browser has chosen: light, dark, or what the system says. */

import { createMiddleware } from "hono/factory";
import { readForm } from "../parts/forms";
import { redirect } from "../parts/redirect";
import { isSecure } from "./session";
import { safeBack } from "./sign-in";
import type { PageContext, PageEnv, Theme } from "./viewer";

const THEME_COOKIE = "dp_theme";
const YEAR_SECONDS = 365 * 86_400;

/** Keeps the chosen theme for a year and goes back to where it was chosen. */
export async function postTheme(c: PageContext) {
  const form = await readForm(c);
  writeTheme(c, String(form.get("theme") ?? ""));
  return redirect(c, safeBack(String(form.get("back") ?? ""), c.get("viewer").base));
}

export const readTheme = createMiddleware<PageEnv>(async (c, next) => {
  const theme = /(?:^|;\s*)dp_theme=(light|dark)(?:;|$)/.exec(c.req.header("cookie") ?? "")?.[1];
  c.set("theme", (theme as Theme | undefined) ?? null);
  return next();
});

function writeTheme(c: PageContext, theme: string): void {
  const secure = isSecure(c) ? "; Secure" : "";
  const age = theme === "light" || theme === "dark" ? YEAR_SECONDS : 0;
  c.header(
    "Set-Cookie",
    `${THEME_COOKIE}=${age ? theme : ""}; Path=/; Max-Age=${age}; HttpOnly; SameSite=Lax${secure}`,
    {
      append: true,
    },
  );
}

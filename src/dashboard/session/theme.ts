/** The theme that a browser has chosen: light, dark, or what the system says. */

import { createMiddleware } from "hono/factory";
import { readForm, textOf } from "../parts/forms";
import { redirect } from "../parts/redirect";
import { readCookie, writeCookie } from "./cookies";
import { safeBack } from "./sign-in";
import type { PageContext, PageEnv, Theme } from "./viewer";

const YEAR_SECONDS = 365 * 86_400;

/** Keeps the chosen theme for a year and goes back to where it was chosen. */
export async function postTheme(c: PageContext) {
  const form = await readForm(c);
  const theme = themeOf(textOf(form, "theme"));
  writeCookie(c, "dp_theme", theme ?? "", { maxAge: theme === null ? 0 : YEAR_SECONDS });
  return redirect(c, safeBack(textOf(form, "back"), c.get("viewer").base));
}

export const readTheme = createMiddleware<PageEnv>(async (c, next) => {
  c.set("theme", themeOf(readCookie(c, "dp_theme")));
  return next();
});

function themeOf(text: string): Theme {
  return text === "light" || text === "dark" ? text : null;
}

import { comeAgain, rateLimitHeaders } from "../../limits/headers";
import type { TooMany } from "../../limits/limiter";
import type { PageContext } from "../session/viewer";
import { Notice } from "./elements";
import { Document } from "./page";

/** 429 as a page, with when to come again. */
export function tooManyPage(c: PageContext, tooMany: TooMany) {
  for (const [name, value] of rateLimitHeaders(tooMany)) c.header(name, value);
  return c.html(
    <Document title="Too many" theme={c.get("theme")} base="">
      <main id="main" class="narrow">
        <h1>Too many at once</h1>
        <Notice tone="bad">{comeAgain(tooMany)} Nothing was changed.</Notice>
      </main>
    </Document>,
    429,
  );
}

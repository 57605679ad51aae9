import type { PageContext } from "../session/viewer";
import { Empty } from "./elements";
import { Document, page } from "./page";

/** The same page whether it does not exist or is another account's. */
export function notFoundPage(c: PageContext, what: string) {
  return page(c, {
    title: "Not found",
    status: 404,
    children: <Empty>There is no such {what}. It may have been removed; look for it in its list.</Empty>,
  });
}

/** A path that nothing has, asked for by a browser; programs get a problem. */
export function nothingHere(c: PageContext) {
  if (!c.req.header("accept")?.includes("text/html")) return c.notFound();
  return c.html(
    <Document title="Nothing here" theme={c.get("theme")} base="">
      <main id="main" class="narrow">
        <h1>Nothing here</h1>
        <Empty>
          There is nothing at this path. Go to the <a href="/dashboard">pages</a>, or see the{" "}
          <a href="/docs">API reference</a> for what there is.
        </Empty>
      </main>
    </Document>,
    404,
  );
}

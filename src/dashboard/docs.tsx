import { ASSETS } from "./assets.gen";
import { Document } from "./parts/page";
import type { PageContext } from "./session/viewer";

/** The API's document to read and to try. It needs no key to read; trying does, and asks for it. */
export function docsPage(c: PageContext) {
  return c.html(
    <Document
      title="API"
      theme={c.get("theme")}
      base="/dashboard"
      assets={
        <>
          <link rel="stylesheet" href={ASSETS["swagger-ui.css"]} />
          <link rel="stylesheet" href={ASSETS["docs.css"]} />
          <script src={ASSETS["swagger-ui.js"]} defer></script>
          <script src={ASSETS["docs.js"]} defer></script>
        </>
      }
    >
      <nav aria-label="Main">
        <a href="/dashboard">Data Pusher</a> <a href="/openapi.json">openapi.json</a>
      </nav>
      <main id="main">
        <div id="docs">
          <h1>API</h1>
          <p>
            This page draws <a href="/openapi.json">the OpenAPI document</a> with a script. Without it, read the
            document itself.
          </p>
        </div>
      </main>
    </Document>,
  );
}

/** The way into the portal and out of it. What a tenant may see is in `viewer.ts`. */

import { Notice } from "../parts/elements";
import { Document } from "../parts/page";
import { redirect } from "../parts/redirect";
import { enterPortal, leavePortal } from "./session";
import type { PageContext } from "./viewer";

/** Opens the portal for whoever has a live link, and takes the link out of the address bar. */
export async function enterByLink(c: PageContext) {
  const entered = await enterPortal(c, c.req.query("link") ?? "");
  return redirect(c, entered ? "/portal" : "/portal/closed");
}

export function closedPage(c: PageContext) {
  const left = c.req.query("left") === "1";
  return c.html(
    <Document title="Portal" theme={c.get("theme")} base="/portal">
      <main id="main" class="narrow">
        <h1>Data Pusher</h1>
        {left ? (
          <Notice tone="calm">You have left the portal. Your link opens it again while it is valid.</Notice>
        ) : (
          <Notice tone="bad">
            This link is no longer valid, or never was. Ask whoever gave it to you for a new one.
          </Notice>
        )}
      </main>
    </Document>,
    left ? 200 : 401,
  );
}

export async function postSignOutOfPortal(c: PageContext) {
  await leavePortal(c);
  return redirect(c, "/portal/closed?left=1");
}

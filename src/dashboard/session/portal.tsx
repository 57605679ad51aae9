/** The way into the portal and out of it. What a tenant may see is in `viewer.ts`. */

import { readPortalLink } from "../../accounts/portal-links";
import { At, Foreign, Notice } from "../parts/elements";
import { readForm, textOf } from "../parts/forms";
import { Document } from "../parts/page";
import { redirect } from "../parts/redirect";
import { enterPortal, leavePortal } from "./session";
import type { PageContext } from "./viewer";

/** Says where the link leads, with a button that goes there. Asking for this page uses nothing up. */
export async function enterPage(c: PageContext) {
  const token = c.req.query("link") ?? "";
  const link = await readPortalLink(c.get("gateway"), token);
  if (!link) return redirect(c, "/portal/closed");
  return c.html(
    <Document title="Open the portal" theme={c.get("theme")} base="/portal">
      <main id="main" class="narrow">
        <h1>
          <Foreign text={link.accountName} />
        </h1>
        <p>
          This link
          {link.name === "" ? null : (
            <>
              {" "}
              for <Foreign text={link.name} />
            </>
          )}{" "}
          opens the webhook portal of this account
          {link.role === "viewer" ? ", to look and change nothing" : ""}. It ends <At at={link.expiresAt} />
          {link.singleUse ? ", and lets in once only" : ""}.
        </p>
        <form method="post" action="/portal/enter" {...(link.singleUse && { "data-once": "" })}>
          <input type="hidden" name="link" value={token} />
          <button type="submit" autofocus>
            Open the portal
          </button>
        </form>
      </main>
    </Document>,
  );
}

/** Opens the portal for whoever has a live link. */
export async function postEnter(c: PageContext) {
  const entered = await enterPortal(c, textOf(await readForm(c), "link"));
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
            Your session has ended, or this link is no longer valid, or never was. Open your link again; if it leads
            here, ask whoever gave it to you for a new one.
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

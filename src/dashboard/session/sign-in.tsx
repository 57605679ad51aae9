import { Field, Notice } from "../parts/elements";
import { readForm } from "../parts/forms";
import { Document } from "../parts/page";
import { redirect } from "../parts/redirect";
import { tooManyPage } from "../parts/too-many";
import { signIn, signOut, signOutEverywhere } from "./session";
import type { PageContext } from "./viewer";

/** The form that asks for an operator's key. */
export function signInPage(c: PageContext, back = c.req.query("back") ?? "", refused = false) {
  return c.html(
    <Document title="Sign in" theme={c.get("theme")} base="/dashboard">
      <main id="main" class="narrow">
        <h1>Data Pusher</h1>
        {c.req.query("left") === "everywhere" ? (
          <Notice tone="calm">Everyone who signed in with that key is signed out.</Notice>
        ) : null}
        {refused ? (
          <Notice tone="bad">This is not an operator's key of this gateway. Look it up and try again.</Notice>
        ) : null}
        <form method="post" action="/dashboard/sign-in">
          <input type="hidden" name="back" value={back} />
          <Field name="key" label="Operator's key" help="The value of ADMIN_TOKEN, or a key made under Keys.">
            <input id="key" name="key" type="password" autocomplete="current-password" required autofocus />
          </Field>
          <button type="submit">Sign in</button>
        </form>
      </main>
    </Document>,
    refused ? 401 : 200,
  );
}

export async function postSignIn(c: PageContext) {
  const form = await readForm(c);
  const back = String(form.get("back") ?? "");
  const found = await signIn(c, String(form.get("key") ?? "").trim());
  switch (found.kind) {
    case "operator":
      return redirect(c, safeBack(back, "/dashboard"));
    case "unknown":
      return signInPage(c, back, true);
    case "too_many":
      return tooManyPage(c, found.tooMany);
  }
}

export async function postSignOut(c: PageContext) {
  await signOut(c);
  return redirect(c, "/dashboard/sign-in");
}

export async function postSignOutEverywhere(c: PageContext) {
  await signOutEverywhere(c);
  return redirect(c, "/dashboard/sign-in?left=everywhere");
}

/** Where to go back to, on this site and below `base` only. */
export function safeBack(back: string, base: string): string {
  return back === base || back.startsWith(`${base}/`) || back.startsWith(`${base}?`) ? back : base;
}

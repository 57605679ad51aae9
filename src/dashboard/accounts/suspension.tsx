import type { Account } from "../../accounts/account";
import { suspendAccount } from "../../accounts/suspend-account";
import { exactly, Notice } from "../parts/elements";
import { PostForm } from "../parts/forms";
import { notFoundPage } from "../parts/not-found";
import { redirect } from "../parts/redirect";
import { acting, mayAdminister, type PageContext, type Viewer } from "../session/viewer";

export function postSuspension(c: PageContext) {
  return suspend(c, true);
}

export function postResumption(c: PageContext) {
  return suspend(c, false);
}

async function suspend(c: PageContext, suspended: boolean) {
  const accountId = c.req.param("account_id") ?? "";
  const account = await suspendAccount(acting(c), accountId, suspended);
  if (!account) return notFoundPage(c, "account");
  return redirect(c, `/dashboard/accounts/${accountId}?done=${suspended ? "suspended" : "resumed"}`);
}

/** What a suspension means to whoever looks, and the way out of it for who may end it. */
export function Suspended({ viewer, account }: { viewer: Viewer; account: Account }) {
  if (account.suspendedAt === null) return null;
  return (
    <>
      <Notice tone="bad">
        Suspended since {exactly(account.suspendedAt)}: its events are refused, and nothing is sent. Nothing is lost:
        what waits goes out once the account is resumed.{mayAdminister(viewer) ? "" : " Ask the operator."}
      </Notice>
      {mayAdminister(viewer) ? (
        <PostForm action={`/dashboard/accounts/${account.accountId}/resume`}>
          <button type="submit">Resume the account</button>
        </PostForm>
      ) : null}
    </>
  );
}

export function SuspendForm({ account }: { account: Account }) {
  return (
    <details class="sure">
      <summary>Suspend</summary>
      <PostForm action={`/dashboard/accounts/${account.accountId}/suspend`} class="inline">
        <p>Its events are refused and nothing is sent, until it is resumed. What it has is kept.</p>
        <button type="submit" class="danger">
          Suspend the account
        </button>
      </PostForm>
    </details>
  );
}

import type { Child } from "hono/jsx";
import { findAccount } from "../../accounts/read-accounts";
import { rotateToken } from "../../accounts/rotate-token";
import { MOST_TOKENS } from "../../accounts/token";
import { FirstEvent } from "../events/first-event";
import { At, Foreign, Notice, Once } from "../parts/elements";
import { OverlapField, overlapOf, PostForm, readForm } from "../parts/forms";
import { notFoundPage } from "../parts/not-found";
import { page } from "../parts/page";
import { crumbsOf } from "../parts/place";
import { redirect } from "../parts/redirect";
import { readShownOnce, showOnceAt } from "../session/shown-once";
import { acting, type PageContext } from "../session/viewer";

export async function tokenPage(c: PageContext, error?: Child) {
  const account = await findAccount(c.get("gateway"), c.req.param("account_id") ?? "");
  if (!account) return notFoundPage(c, "account");
  return page(c, {
    title: "Rotate the token",
    crumbs: crumbsOf(c, account.accountId, { label: "Token" }),
    status: error === undefined ? 200 : 409,
    children: (
      <PostForm class="form">
        {error === undefined ? null : <Notice tone="bad">{error}</Notice>}
        <p>
          Makes a new secret token for <Foreign text={account.accountName} />. The present one keeps working for a
          while, so that senders can switch without losing an event. Earlier ones keep working until they end or are
          revoked.
        </p>
        <OverlapField label="The present token stays valid for" />
        <p class="actions">
          <button type="submit">Make a new token</button>
          <a href={`/dashboard/accounts/${account.accountId}`}>Cancel</a>
        </p>
      </PostForm>
    ),
  });
}

export async function postToken(c: PageContext) {
  const accountId = c.req.param("account_id") ?? "";
  const overlap = overlapOf(await readForm(c));
  const rotated = await rotateToken(acting(c), accountId, overlap);
  if (rotated.kind === "unknown") return notFoundPage(c, "account");
  if (rotated.kind === "too_many_tokens") {
    return tokenPage(
      c,
      <>
        Nothing was changed: the account has {MOST_TOKENS} tokens that work.{" "}
        <a href={`/dashboard/accounts/${accountId}#tokens`}>Revoke one</a>
        {rotated.firstEndsAt === null ? null : (
          <>
            {" "}
            or wait until <At at={rotated.firstEndsAt} />, when the first ends
          </>
        )}
        .
      </>,
    );
  }
  const made: NewToken = {
    token: rotated.token,
    oldTokensEndAt: rotated.oldTokensEndAt > c.get("gateway").now() ? rotated.oldTokensEndAt : null,
  };
  return showOnceAt(c, `/dashboard/accounts/${accountId}/token/made`, made);
}

/** `oldTokensEndAt` is null when they have ended. */
type NewToken = { token: string; oldTokensEndAt: number | null };

/** The page after a token was made: the token, this once. */
export async function newTokenPage(c: PageContext) {
  const accountId = c.req.param("account_id") ?? "";
  const made = await readShownOnce<NewToken>(c);
  if (!made) return redirect(c, `/dashboard/accounts/${accountId}`);
  return page(c, {
    title: "New token",
    crumbs: crumbsOf(c, accountId, { label: "Token" }),
    children: (
      <>
        <Once title="The account's new secret token" secret={made.token}>
          <p>
            {made.oldTokensEndAt === null ? (
              "All earlier ones have stopped working."
            ) : (
              <>
                The last of the earlier ones stops working at <At at={made.oldTokensEndAt} />.
              </>
            )}{" "}
            Send an event with it:
          </p>
          <FirstEvent origin={new URL(c.req.url).origin} token={made.token} />
        </Once>
        <a href={`/dashboard/accounts/${accountId}`}>Go to the account</a>
      </>
    ),
  });
}

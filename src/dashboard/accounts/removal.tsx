import { type Belongings, countBelongings } from "../../accounts/count-belongings";
import { findAccount } from "../../accounts/read-accounts";
import { removeAccount } from "../../accounts/remove-account";
import { Notice } from "../parts/elements";
import { Confirm, confirmError, readForm } from "../parts/forms";
import { notFoundPage } from "../parts/not-found";
import { grouped } from "../parts/numbers";
import { page } from "../parts/page";
import { crumbsOf } from "../parts/place";
import { redirect } from "../parts/redirect";
import { acting, type PageContext } from "../session/viewer";

/** Says what is deleted with the account, and asks for its name. */
export async function removeAccountPage(c: PageContext, error?: string) {
  const gateway = c.get("gateway");
  const accountId = c.req.param("account_id") ?? "";
  const [account, belongings] = await Promise.all([
    findAccount(gateway, accountId),
    countBelongings(gateway, accountId),
  ]);
  if (!account || !belongings) return notFoundPage(c, "account");
  const path = `/dashboard/accounts/${accountId}`;
  return page(c, {
    title: "Remove",
    of: account.accountName,
    crumbs: crumbsOf(c, accountId, { label: "Remove" }),
    status: error === undefined ? 200 : 400,
    children: (
      <Confirm
        action={`${path}/remove`}
        back={path}
        name={account.accountName}
        button="Remove the account"
        error={error}
      >
        <Notice tone="bad">
          Its token stops working at once, and {amounts(belongings)} are deleted with it, payloads and deliveries
          included. This cannot be undone.
        </Notice>
      </Confirm>
    ),
  });
}

export async function postAccountRemoval(c: PageContext) {
  const gateway = c.get("gateway");
  const accountId = c.req.param("account_id") ?? "";
  const account = await findAccount(gateway, accountId);
  if (!account) return notFoundPage(c, "account");
  const error = confirmError(await readForm(c), account.accountName);
  if (error !== undefined) return removeAccountPage(c, error);
  await removeAccount(acting(c), accountId);
  return redirect(c, "/dashboard/accounts");
}

function amounts({ destinations, events, moreEvents }: Belongings): string {
  const counted = moreEvents ? `more than ${grouped(events)}` : grouped(events);
  return `${destinations} ${destinations === 1 ? "destination" : "destinations"} and ${counted} ${events === 1 ? "event" : "events"}`;
}

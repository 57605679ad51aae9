import { accountInputOf } from "../../accounts/account-input";
import { changeAccountAsRead } from "../../accounts/change-account";
import { createAccount } from "../../accounts/create-account";
import { findAccount } from "../../accounts/read-accounts";
import { FirstEvent } from "../events/first-event";
import { Notice, Once } from "../parts/elements";
import { type Errors, errorsOf, givenIn, Input, PostForm, readForm, textOf } from "../parts/forms";
import { notFoundPage } from "../parts/not-found";
import { page } from "../parts/page";
import { crumbsOf } from "../parts/place";
import { redirect } from "../parts/redirect";
import { readShownOnce, showOnceAt } from "../session/shown-once";
import { acting, type PageContext } from "../session/viewer";
import { AccountInputs, bodyOf, EditedAccount, EMPTY, NewAccount, type Values, valuesOf } from "./fields";

const REFUSALS = {
  email_taken: { email: "Another account has this e-mail address. Give another." },
  account_id_taken: { account_id: "Another account has this id. Give another, or none." },
  account_id_reserved: { account_id: "This id is the gateway's own. Give another, or none." },
};

export function newAccountPage(c: PageContext, values = EMPTY, errors: Errors = {}, status: 200 | 400 | 409 = 200) {
  return page(c, {
    title: "Create an account",
    crumbs: [{ label: "Accounts", href: "/accounts" }, { label: "New" }],
    status,
    children: (
      <PostForm class="form">
        <AccountInputs values={values} errors={errors} />
        <Input
          name="account_id"
          label="Id"
          value={values.account_id}
          error={errors.account_id}
          help="Letters, digits, - and _. Leave empty to have one made. It cannot be changed later."
        />
        <button type="submit">Create the account</button>
      </PostForm>
    ),
  });
}

export async function postAccount(c: PageContext) {
  const form = await readForm(c);
  const values = { ...valuesOf(form), account_id: textOf(form, "account_id") };
  const parsed = NewAccount.safeParse({ ...bodyOf(form), account_id: givenIn(form, "account_id") });
  if (!parsed.success) return newAccountPage(c, values, errorsOf(parsed.error), 400);
  const created = await createAccount(acting(c), {
    ...accountInputOf(parsed.data),
    accountId: parsed.data.account_id ?? null,
  });
  if (created.kind !== "created")
    return newAccountPage(c, values, REFUSALS[created.kind], created.kind === "account_id_reserved" ? 400 : 409);
  const made: NewToken = { token: created.token };
  return showOnceAt(c, `/dashboard/accounts/${created.account.accountId}/created`, made);
}

type NewToken = { token: string };

/** The page after an account was created: its token, this once. */
export async function createdAccountPage(c: PageContext) {
  const account = await findAccount(c.get("gateway"), c.req.param("account_id") ?? "");
  if (!account) return notFoundPage(c, "account");
  const { accountId, accountName } = account;
  const made = await readShownOnce<NewToken>(c);
  if (!made) return redirect(c, `/dashboard/accounts/${accountId}`);
  return page(c, {
    of: accountName,
    crumbs: crumbsOf(c, accountId),
    action: (
      <a class="button" href={`/dashboard/new-destination?account_id=${accountId}`}>
        Add its first destination
      </a>
    ),
    children: (
      <>
        <Once title="The account's secret token" secret={made.token}>
          <p>Whoever has it can send events for this account. Send a first one:</p>
          <FirstEvent origin={new URL(c.req.url).origin} token={made.token} />
        </Once>
        <a href={`/dashboard/accounts/${accountId}`}>Go to the account</a>
      </>
    ),
  });
}

export async function editAccountPage(c: PageContext) {
  const account = await findAccount(c.get("gateway"), c.req.param("account_id") ?? "");
  if (!account) return notFoundPage(c, "account");
  return editForm(c, account.accountId, String(account.updatedAt), {
    email: account.email,
    account_name: account.accountName,
    website: account.website ?? "",
    forward_headers: account.forwardHeaders.join(", "),
    public_headers: account.publicHeaders.join(", "),
    rate_limit: String(account.rateLimit ?? ""),
    event_type_path: account.eventTypePath ?? "",
    event_type_header: account.eventTypeHeader ?? "",
  });
}

export async function postAccountChange(c: PageContext) {
  const accountId = c.req.param("account_id") ?? "";
  const form = await readForm(c);
  const readAt = textOf(form, "read_at");
  const again = (errors: Errors, status: 400 | 409) => editForm(c, accountId, readAt, valuesOf(form), errors, status);
  const parsed = EditedAccount.safeParse(bodyOf(form));
  if (!parsed.success) return again(errorsOf(parsed.error), 400);
  const input = accountInputOf(parsed.data);
  const changed = await changeAccountAsRead(acting(c), accountId, timeIn(readAt), input);
  switch (changed.kind) {
    case "changed":
      return redirect(c, `/dashboard/accounts/${accountId}?done=saved`);
    case "unknown":
      return notFoundPage(c, "account");
    case "email_taken":
    case "account_id_taken":
      return again(REFUSALS[changed.kind], 409);
    case "changed_meanwhile":
      return again(MEANWHILE, 409);
  }
}

/** 0, at which nothing was saved, for what is no time. */
function timeIn(text: string): number {
  return /^\d{1,15}$/.test(text) ? Number(text) : 0;
}

const MEANWHILE: Errors = {
  whole: "Nothing was saved: someone else changed this account meanwhile. Open the form again to see how it is now.",
};

/** `readAt`: when what the form shows was saved last, so that a change by someone else is not undone. */
function editForm(
  c: PageContext,
  accountId: string,
  readAt: string,
  values: Values,
  errors: Errors = {},
  status: 200 | 400 | 409 = 200,
) {
  return page(c, {
    title: "Edit the account",
    crumbs: crumbsOf(c, accountId, { label: "Edit" }),
    status,
    children: (
      <PostForm class="form">
        {errors.whole ? <Notice tone="bad">{errors.whole}</Notice> : null}
        <input type="hidden" name="read_at" value={readAt} />
        <AccountInputs values={values} errors={errors} />
        <p class="actions">
          <button type="submit">Save</button>
          <a href={`/dashboard/accounts/${accountId}`}>Cancel</a>
        </p>
      </PostForm>
    ),
  });
}

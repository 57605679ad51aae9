import * as z from "zod/v4";
import { AccountFields, accountInputOf } from "../../accounts/account-input";
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

const { email, account_name, website, forward_headers, public_headers, rate_limit, account_id } = AccountFields;
const EditedAccount = z.object({
  email,
  account_name,
  website: website.optional(),
  forward_headers,
  public_headers,
  rate_limit: rate_limit.optional(),
});
const NewAccount = EditedAccount.extend({ account_id: account_id.optional() });

type Values = Record<
  "email" | "account_name" | "website" | "forward_headers" | "public_headers" | "rate_limit",
  string
> & {
  account_id?: string;
};
const EMPTY: Values = {
  email: "",
  account_name: "",
  website: "",
  forward_headers: "",
  public_headers: "",
  rate_limit: "",
  account_id: "",
};

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

function AccountInputs({ values, errors }: { values: Values; errors: Errors }) {
  return (
    <>
      <Input name="account_name" label="Name" value={values.account_name} error={errors.account_name} required />
      <Input name="email" label="E-mail" type="email" value={values.email} error={errors.email} required />
      <Input
        name="website"
        label="Website"
        value={values.website}
        error={errors.website}
        inputmode="url"
        help="Optional."
      />
      <Input
        name="forward_headers"
        label="Headers to pass on"
        value={values.forward_headers}
        error={errors.forward_headers}
        help="Incoming headers to send on to every destination, such as X-GitHub-Event, traceparent, ce-*. At most 10, separated by commas."
      />
      <Input
        name="public_headers"
        label="Headers that are shown"
        value={values.public_headers}
        error={errors.public_headers}
        help="Headers of its destinations whose values are no secret, such as X-Region. All others are shown as *** once they were given. At most 20, separated by commas."
      />
      <Input
        name="rate_limit"
        label="Events a second"
        value={values.rate_limit}
        error={errors.rate_limit}
        inputmode="numeric"
        help="How many it may send, all of a second's at once if it likes. Leave empty for the gateway's default."
      />
    </>
  );
}

function valuesOf(form: FormData): Values {
  return {
    email: textOf(form, "email"),
    account_name: textOf(form, "account_name"),
    website: textOf(form, "website"),
    forward_headers: textOf(form, "forward_headers"),
    public_headers: textOf(form, "public_headers"),
    rate_limit: textOf(form, "rate_limit"),
  };
}

function bodyOf(form: FormData) {
  return {
    email: textOf(form, "email"),
    account_name: textOf(form, "account_name"),
    website: givenIn(form, "website"),
    forward_headers: namesIn(textOf(form, "forward_headers")),
    public_headers: namesIn(textOf(form, "public_headers")),
    rate_limit: rateIn(givenIn(form, "rate_limit")),
  };
}

function namesIn(text: string): string[] {
  return text.split(/[\s,]+/).filter(Boolean);
}

/** What is no number stays one that is refused. */
function rateIn(text: string | undefined): number | undefined {
  return text === undefined ? undefined : Number(text);
}

/** Operators' keys: made, listed, revoked. For operators only. */

import * as z from "zod/v4";
import { KeyFields } from "../../keys/key-input";
import type { OperatorKey } from "../../keys/operator";
import { createOperatorKey, listOperatorKeys, revokeOperatorKey } from "../../keys/operator-keys";
import { OPERATOR_ROLES } from "../../vocabulary/roles";
import { Ago, At, Empty, Foreign, Notice, Once } from "../parts/elements";
import { type Choice, type Errors, errorsOf, Input, namesIn, PostForm, readForm, Select, textOf } from "../parts/forms";
import { notFoundPage } from "../parts/not-found";
import { page } from "../parts/page";
import { Pager } from "../parts/paging";
import { redirect } from "../parts/redirect";
import { readShownOnce, showOnceAt } from "../session/shown-once";
import { acting, mayAdminister, type PageContext } from "../session/viewer";

const PAGE_SIZE = 25;
const ROLES = OPERATOR_ROLES.map((role): Choice => [role, role]);
const EXPIRIES: Choice[] = [
  ["", "never"],
  ["604800", "in 7 days"],
  ["2592000", "in 30 days"],
  ["7776000", "in 90 days"],
  ["31536000", "in a year"],
];
const NewKey = z.object(KeyFields);

type Values = { name: string; role: string; accounts: string; expires_in_seconds: string };
type NewKeyShown = { key: OperatorKey; secret: string };
type Outcome = {
  made?: NewKeyShown;
  values?: Values;
  errors?: Errors;
};

/** All operators' keys, newest first, with a form to make one. */
export async function keysPage(c: PageContext, { made, values, errors = {} }: Outcome = {}) {
  const gateway = c.get("gateway");
  const viewer = c.get("viewer");
  const query = c.req.query();
  const list = await listOperatorKeys(gateway, { cursor: query.cursor, limit: PAGE_SIZE });
  const path = `${viewer.base}/keys`;
  return page(c, {
    title: "Keys",
    status: values ? 400 : 200,
    children: (
      <>
        {query.done === "revoked" ? (
          <Notice tone="good">The key is revoked, and everyone who signed in with it is signed out.</Notice>
        ) : null}
        {made ? (
          <Once title="The new key" secret={made.secret}>
            <p>
              It is the key of <Foreign text={made.key.name} />. It signs in to these pages and, as{" "}
              <code>Authorization: Bearer</code>, opens the API, with the role {made.key.role}.
            </p>
          </Once>
        ) : null}
        <p>
          One key for each person. <code>ADMIN_TOKEN</code> always works as well and is not listed. A viewer looks at
          everything and changes nothing; an editor changes what accounts have; an admin also makes keys, and suspends
          and removes accounts.
        </p>
        {mayAdminister(viewer) ? <NewKeyForm path={path} values={values} errors={errors} /> : null}
        {list.keys.length === 0 ? (
          <Empty>No key yet. Make one for each person, so that you can revoke one without the others.</Empty>
        ) : (
          <KeyTable path={path} keys={list.keys} now={gateway.now()} revocable={mayAdminister(viewer)} />
        )}
        <Pager path={path} query={{ cursor: query.cursor }} next={list.nextCursor} />
        <h2>Your sessions</h2>
        <p>
          A session ends when you sign out, after two hours without use, and after twelve hours. This ends all that were
          opened with the key that you signed in with, this one too.
        </p>
        <PostForm action={`${viewer.base}/sign-out-everywhere`} class="inline">
          <button type="submit" class="secondary outline">
            Sign out everywhere
          </button>
        </PostForm>
      </>
    ),
  });
}

export async function postKey(c: PageContext) {
  const form = await readForm(c);
  const values = {
    name: textOf(form, "name"),
    role: textOf(form, "role"),
    accounts: textOf(form, "accounts"),
    expires_in_seconds: textOf(form, "expires_in_seconds"),
  };
  const accounts = namesIn(form, "accounts");
  const parsed = NewKey.safeParse({
    ...values,
    accounts: accounts.length === 0 ? null : accounts,
    expires_in_seconds: values.expires_in_seconds === "" ? null : Number(values.expires_in_seconds),
  });
  if (!parsed.success) return keysPage(c, { values, errors: errorsOf(parsed.error) });
  const { expires_in_seconds: expiresInSeconds, ...rest } = parsed.data;
  const made: NewKeyShown = await createOperatorKey(acting(c), { ...rest, expiresInSeconds });
  return showOnceAt(c, "/dashboard/keys/made", made);
}

/** The keys after one was made, with that key, this once. */
export async function newKeyPage(c: PageContext) {
  const made = await readShownOnce<NewKeyShown>(c);
  return made ? keysPage(c, { made }) : redirect(c, "/dashboard/keys");
}

export async function revokeKey(c: PageContext) {
  const revoked = await revokeOperatorKey(acting(c), c.req.param("key_id") ?? "");
  return revoked ? redirect(c, "/dashboard/keys?done=revoked") : notFoundPage(c, "key");
}

function NewKeyForm(props: { path: string; values: Values | undefined; errors: Errors }) {
  const { values, errors } = props;
  return (
    <PostForm action={props.path} class="form">
      <Input
        name="name"
        label="Name"
        value={values?.name}
        error={errors.name}
        placeholder="On-call laptop"
        help="Whose it is, or what for."
        required
      />
      <Select name="role" label="Role" choices={ROLES} value={values?.role} error={errors.role} />
      <Input
        name="accounts"
        label="Accounts"
        value={values?.accounts}
        error={errors.accounts}
        placeholder="acme, globex"
        help="Ids of the only accounts that it is for. Empty is all."
      />
      <Select
        name="expires_in_seconds"
        label="Expires"
        choices={EXPIRIES}
        value={values?.expires_in_seconds}
        error={errors.expires_in_seconds}
      />
      <button type="submit">Make a key</button>
    </PostForm>
  );
}

function KeyTable(props: { path: string; keys: OperatorKey[]; now: number; revocable: boolean }) {
  return (
    <div class="scroll">
      <table>
        <thead>
          <tr>
            <th>Name</th>
            <th>Role</th>
            <th>Accounts</th>
            <th>Ends with</th>
            <th>Last used</th>
            <th>Expires</th>
            <th>Made</th>
            {props.revocable ? (
              <th>
                <span class="visually-hidden">Revoke</span>
              </th>
            ) : null}
          </tr>
        </thead>
        <tbody>
          {props.keys.map((key) => (
            <tr>
              <td class="where">
                <Foreign text={key.name} />
              </td>
              <td>{key.role}</td>
              <td class="cut-short">{key.accounts === null ? "all" : key.accounts.join(", ")}</td>
              <td>
                <code>…{key.lastFour}</code>
              </td>
              <td>{key.lastUsedAt === null ? "never" : <Ago at={key.lastUsedAt} now={props.now} />}</td>
              <td>
                {key.expiresAt === null ? (
                  "never"
                ) : key.expiresAt <= props.now ? (
                  "has expired"
                ) : (
                  <At at={key.expiresAt} />
                )}
              </td>
              <td>
                <Ago at={key.createdAt} now={props.now} />
                {key.createdBy === "" ? null : (
                  <div class="muted">
                    by <Foreign text={key.createdBy} />
                  </div>
                )}
              </td>
              {props.revocable ? (
                <td>
                  <details class="sure">
                    <summary>Revoke</summary>
                    <PostForm action={`${props.path}/${key.keyId}/revoke`} class="inline">
                      <p>Everyone who uses it is signed out at once.</p>
                      <button type="submit" class="danger">
                        Revoke <Foreign text={key.name} />
                      </button>
                    </PostForm>
                  </details>
                </td>
              ) : null}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** Operators' keys: made, listed, revoked. For operators only. */

import { z } from "zod";
import { KeyFields } from "../../keys/key-input";
import type { OperatorKey } from "../../keys/operator";
import { createOperatorKey, listOperatorKeys, revokeOperatorKey } from "../../keys/operator-keys";
import { OPERATOR_ROLES } from "../../vocabulary/roles";
import { Ago, described, Empty, Field, Foreign, Notice, Once, Pager } from "../parts/elements";
import { type Errors, errorsOf, Input, PostForm, readForm, textOf } from "../parts/forms";
import { notFoundPage } from "../parts/not-found";
import { page } from "../parts/page";
import { redirect } from "../parts/redirect";
import { readShownOnce, showOnceAt } from "../session/shown-once";
import { mayChange, type PageContext } from "../session/viewer";

const PAGE_SIZE = 25;
const NewKey = z.object(KeyFields);

type NewKeyShown = { key: OperatorKey; secret: string };
type Outcome = {
  made?: NewKeyShown;
  values?: { name: string; role: string };
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
          Operators' keys. <code>ADMIN_TOKEN</code> always works as well and is not listed. An admin can do everything;
          a viewer can look at everything and change nothing.
        </p>
        {mayChange(viewer) ? <NewKeyForm path={path} values={values} errors={errors} /> : null}
        {list.keys.length === 0 ? (
          <Empty>No key yet. Make one for each person, so that you can revoke one without the others.</Empty>
        ) : (
          <KeyTable path={path} keys={list.keys} now={gateway.now()} revocable={mayChange(viewer)} />
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
  const values = { name: textOf(form, "name"), role: textOf(form, "role") };
  const parsed = NewKey.safeParse(values);
  if (!parsed.success) return keysPage(c, { values, errors: errorsOf(parsed.error) });
  const made: NewKeyShown = await createOperatorKey(c.get("gateway"), parsed.data);
  return showOnceAt(c, "/dashboard/keys/made", made);
}

/** The keys after one was made, with that key, this once. */
export async function newKeyPage(c: PageContext) {
  const made = await readShownOnce<NewKeyShown>(c);
  return made ? keysPage(c, { made }) : redirect(c, "/dashboard/keys");
}

export async function revokeKey(c: PageContext) {
  const revoked = await revokeOperatorKey(c.get("gateway"), c.req.param("key_id") ?? "");
  return revoked ? redirect(c, "/dashboard/keys?done=revoked") : notFoundPage(c, "key");
}

function NewKeyForm(props: { path: string; values: { name: string; role: string } | undefined; errors: Errors }) {
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
      <Field name="role" label="Role" error={errors.role}>
        <select {...described("role", errors.role)}>
          {OPERATOR_ROLES.map((role) => (
            <option value={role} selected={values?.role === role}>
              {role}
            </option>
          ))}
        </select>
      </Field>
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
            <th>Ends with</th>
            <th>Last used</th>
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
              <td>
                <code>…{key.lastFour}</code>
              </td>
              <td>{key.lastUsedAt === null ? "never" : <Ago at={key.lastUsedAt} now={props.now} />}</td>
              <td>
                <Ago at={key.createdAt} now={props.now} />
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

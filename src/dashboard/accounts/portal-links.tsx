import {
  createPortalLink,
  listPortalLinks,
  type PortalLink,
  portalPath,
  revokePortalLink as revoke,
} from "../../accounts/portal-links";
import { Ago, At, described, Empty, Field, Id, Notice, Once, Pager } from "../parts/elements";
import { PostForm, readForm, textOf } from "../parts/forms";
import { notFoundPage } from "../parts/not-found";
import { page } from "../parts/page";
import { crumbsOf } from "../parts/place";
import { redirect } from "../parts/redirect";
import { readShownOnce, showOnceAt } from "../session/shown-once";
import { mayChange, type PageContext } from "../session/viewer";

const PAGE_SIZE = 25;

const DURATIONS: [seconds: number, label: string][] = [
  [86_400, "1 day"],
  [3_600, "1 hour"],
  [604_800, "7 days"],
  [2_592_000, "30 days"],
];

type NewLink = { link: PortalLink; token: string };

/** An account's portal links, newest first, with a form to make one. */
export async function portalLinksPage(c: PageContext, made?: NewLink) {
  const gateway = c.get("gateway");
  const viewer = c.get("viewer");
  const accountId = c.req.param("account_id") ?? "";
  const query = c.req.query();
  const list = await listPortalLinks(gateway, accountId, { cursor: query.cursor, limit: PAGE_SIZE });
  if (!list) return notFoundPage(c, "account");
  const path = `${viewer.base}/accounts/${accountId}/portal-links`;
  return page(c, {
    title: "Portal links",
    crumbs: crumbsOf(c, accountId, { label: "Portal links" }),
    children: (
      <>
        {query.done === "revoked" ? (
          <Notice tone="good">The link is revoked, and everyone who used it is signed out.</Notice>
        ) : null}
        {made ? (
          <Once title="The portal link" secret={new URL(portalPath(made.token), c.req.url).href}>
            <p>
              Whoever has it can see and change this account's destinations until <At at={made.link.expiresAt} />.
            </p>
          </Once>
        ) : null}
        <p>
          A link lets a tenant into the portal without a key: to its own destinations, events and deliveries, and
          nothing else.
        </p>
        {mayChange(viewer) ? (
          <PostForm action={path} class="form">
            <Field name="expires_in_seconds" label="Valid for">
              <select {...described("expires_in_seconds", undefined)}>
                {DURATIONS.map(([seconds, label]) => (
                  <option value={seconds}>{label}</option>
                ))}
              </select>
            </Field>
            <button type="submit">Make a link</button>
          </PostForm>
        ) : null}
        <h2>Links</h2>
        {list.links.length === 0 ? (
          <Empty>No link yet.</Empty>
        ) : (
          <div class="scroll">
            <table>
              <thead>
                <tr>
                  <th>Link</th>
                  <th>Made</th>
                  <th>Ends</th>
                  <th>
                    <span class="visually-hidden">Revoke</span>
                  </th>
                </tr>
              </thead>
              <tbody>
                {list.links.map((link) => (
                  <tr>
                    <td>
                      <Id of={link.linkId} />
                    </td>
                    <td>
                      <Ago at={link.createdAt} now={gateway.now()} />
                    </td>
                    <td>
                      <Ago at={link.expiresAt} now={gateway.now()} />
                      {link.expiresAt <= gateway.now() ? <span class="muted"> ended</span> : null}
                    </td>
                    <td>
                      {mayChange(viewer) ? (
                        <PostForm action={`${path}/${link.linkId}/revoke`} class="inline">
                          <button type="submit" class="secondary outline" aria-label={`Revoke the link ${link.linkId}`}>
                            Revoke
                          </button>
                        </PostForm>
                      ) : null}
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        )}
        <Pager path={path} query={{ cursor: query.cursor }} next={list.nextCursor} />
      </>
    ),
  });
}

export async function postPortalLink(c: PageContext) {
  const wanted = Number(textOf(await readForm(c), "expires_in_seconds"));
  const seconds = DURATIONS.find(([known]) => known === wanted)?.[0] ?? 86_400;
  const accountId = c.req.param("account_id") ?? "";
  const made: NewLink | null = await createPortalLink(c.get("gateway"), accountId, seconds);
  if (!made) return notFoundPage(c, "account");
  return showOnceAt(c, `/dashboard/accounts/${accountId}/portal-links/made`, made);
}

/** The links after one was made, with that link, this once. */
export async function newPortalLinkPage(c: PageContext) {
  const made = await readShownOnce<NewLink>(c);
  if (made) return portalLinksPage(c, made);
  return redirect(c, `/dashboard/accounts/${c.req.param("account_id")}/portal-links`);
}

export async function revokePortalLink(c: PageContext) {
  const accountId = c.req.param("account_id") ?? "";
  const revoked = await revoke(c.get("gateway"), accountId, c.req.param("link_id") ?? "");
  if (!revoked) return notFoundPage(c, "portal link");
  return redirect(c, `/dashboard/accounts/${accountId}/portal-links?done=revoked`);
}

import * as z from "zod/v4";
import { PortalLinkFields, portalLinkInputOf } from "../../accounts/portal-link-input";
import {
  createPortalLink,
  hasEnded,
  listPortalLinks,
  type PortalLink,
  portalPath,
  revokePortalLink as revoke,
} from "../../accounts/portal-links";
import { Ago, At, Empty, Foreign, Id, Notice, Once } from "../parts/elements";
import { type Errors, errorsOf, PostForm, readForm } from "../parts/forms";
import { notFoundPage } from "../parts/not-found";
import { page } from "../parts/page";
import { Pager } from "../parts/paging";
import { crumbsOf } from "../parts/place";
import { redirect } from "../parts/redirect";
import { readShownOnce, showOnceAt } from "../session/shown-once";
import { acting, mayChange, type PageContext } from "../session/viewer";
import { type LinkValues, linkValuesOf, NewLinkForm } from "./portal-link-form";

const PAGE_SIZE = 25;

const NewLinkInput = z.object(PortalLinkFields);

type NewLink = { link: PortalLink; token: string };
type Outcome = { made?: NewLink; values?: LinkValues; errors?: Errors };

/** An account's portal links, newest first, with a form to make one. */
export async function portalLinksPage(c: PageContext, { made, values, errors = {} }: Outcome = {}) {
  const gateway = c.get("gateway");
  const viewer = c.get("viewer");
  const accountId = c.req.param("account_id") ?? "";
  const query = c.req.query();
  const list = await listPortalLinks(gateway, accountId, { cursor: query.cursor, limit: PAGE_SIZE });
  if (!list) return notFoundPage(c, "account");
  const path = `${viewer.base}/accounts/${accountId}/portal-links`;
  return page(c, {
    title: "Portal links",
    status: values ? 400 : 200,
    crumbs: crumbsOf(c, accountId, { label: "Portal links" }),
    children: (
      <>
        {query.done === "revoked" ? (
          <Notice tone="good">The link is revoked, and everyone who used it is signed out.</Notice>
        ) : null}
        {made ? (
          <Once title="The portal link" secret={new URL(portalPath(made.token), c.req.url).href}>
            <p>
              Whoever has it can {made.link.role === "viewer" ? "see" : "see and change"} this account's destinations
              until <At at={made.link.expiresAt} />
              {made.link.singleUse ? "; it lets in once only" : ""}.
            </p>
          </Once>
        ) : null}
        <p>
          A link lets a tenant into the portal without a key: to its own destinations, events and deliveries, and
          nothing else.
        </p>
        {mayChange(viewer) ? <NewLinkForm path={path} values={values} errors={errors} /> : null}
        <h2>Links</h2>
        {list.links.length === 0 ? (
          <Empty>No link yet.</Empty>
        ) : (
          <LinkTable path={path} links={list.links} now={gateway.now()} revocable={mayChange(viewer)} />
        )}
        <Pager path={path} query={{ cursor: query.cursor }} next={list.nextCursor} />
      </>
    ),
  });
}

export async function postPortalLink(c: PageContext) {
  const values = linkValuesOf(await readForm(c));
  const parsed = NewLinkInput.safeParse(values);
  if (!parsed.success) return portalLinksPage(c, { values, errors: errorsOf(parsed.error) });
  const accountId = c.req.param("account_id") ?? "";
  const made: NewLink | null = await createPortalLink(acting(c), accountId, portalLinkInputOf(parsed.data));
  if (!made) return notFoundPage(c, "account");
  return showOnceAt(c, `/dashboard/accounts/${accountId}/portal-links/made`, made);
}

/** The links after one was made, with that link, this once. */
export async function newPortalLinkPage(c: PageContext) {
  const made = await readShownOnce<NewLink>(c);
  if (made) return portalLinksPage(c, { made });
  return redirect(c, `/dashboard/accounts/${c.req.param("account_id")}/portal-links`);
}

export async function revokePortalLink(c: PageContext) {
  const accountId = c.req.param("account_id") ?? "";
  const revoked = await revoke(acting(c), accountId, c.req.param("link_id") ?? "");
  if (!revoked) return notFoundPage(c, "portal link");
  return redirect(c, `/dashboard/accounts/${accountId}/portal-links?done=revoked`);
}

function LinkTable(props: { path: string; links: PortalLink[]; now: number; revocable: boolean }) {
  const { path, links, now, revocable } = props;
  return (
    <div class="scroll">
      <table>
        <thead>
          <tr>
            <th>Link</th>
            <th>Name</th>
            <th>Role</th>
            <th>Last used</th>
            <th>Made</th>
            <th>Ends</th>
            <th>
              <span class="visually-hidden">Revoke</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {links.map((link) => (
            <tr>
              <td>
                <Id of={link.linkId} />
              </td>
              <td class="where">
                <Foreign text={link.name} />
              </td>
              <td>{link.role}</td>
              <td>{link.lastUsedAt === null ? "never" : <Ago at={link.lastUsedAt} now={now} />}</td>
              <td>
                <Ago at={link.createdAt} now={now} />
              </td>
              <td>
                <Ago at={link.expiresAt} now={now} />
                {link.singleUse ? ", once only" : ""}
                {hasEnded(link, now) ? <span class="muted"> {link.expiresAt <= now ? "ended" : "used up"}</span> : null}
              </td>
              <td>
                {revocable ? (
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
  );
}

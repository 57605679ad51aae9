import { createRoute } from "@hono/zod-openapi";
import * as z from "zod/v4";
import { PortalLinkFields, portalLinkInputOf } from "../../accounts/portal-link-input";
import {
  createPortalLink,
  listPortalLinks,
  type PortalLink,
  portalPath,
  revokePortalLink,
} from "../../accounts/portal-links";
import { PORTAL_ROLES } from "../../vocabulary/roles";
import { type Api, acting, type Handler } from "../context";
import { jsonAnswer, jsonBody, OPERATOR } from "../openapi";
import { listSchema, PortalLinkPageSchema, TimestampSchema, time } from "../paging";
import { BODY_PROBLEMS, COMMON_PROBLEMS, notFound, problemAnswer } from "../problem";
import { AccountParamSchema } from "./account-schemas";

const TAGS = ["Accounts"];
const UNKNOWN_ACCOUNT = problemAnswer("No such account");

const NewPortalLinkSchema = z
  .object({
    expires_in_seconds: PortalLinkFields.expires_in_seconds.openapi({
      description: "How long it opens the portal. No session that it began lasts longer",
    }),
    name: PortalLinkFields.name.openapi({ description: "For whom it is", example: "Kim at Acme" }),
    role: PortalLinkFields.role.openapi({
      description: "`editor` may change the account's destinations; `viewer` sees everything and changes nothing",
    }),
    single_use: PortalLinkFields.single_use.openapi({ description: "Whether it opens the portal once only" }),
  })
  .openapi("NewPortalLink");

export const PortalLinkSchema = z
  .object({
    portal_link_id: z.string().openapi({ example: "lnk_01JDQ8XK3V7M9T2B4C6D8F0GHJ" }),
    account_id: z.string(),
    name: z.string(),
    role: z.enum(PORTAL_ROLES),
    single_use: z.boolean(),
    created_at: TimestampSchema,
    expires_at: TimestampSchema,
    last_used_at: TimestampSchema.nullable(),
  })
  .openapi("PortalLink");

export const CreatedPortalLinkSchema = PortalLinkSchema.extend({
  url: z.string().openapi({
    description:
      "Shown this once: a page with a button that opens the portal. Whoever has it enters: hand it over as a secret",
    format: "uri",
    example: "https://gateway.example/portal/enter?link=dpl_01JDQ8XK3V7M9T2B4C6D8F0GHJ_mac",
  }),
}).openapi("CreatedPortalLink");

const PortalLinkParamSchema = AccountParamSchema.extend({
  portal_link_id: z
    .string()
    .openapi({ param: { name: "portal_link_id", in: "path" }, example: "lnk_01JDQ8XK3V7M9T2B4C6D8F0GHJ" }),
});

export function portalLinkRoutes(api: Api): void {
  api.openapi(postPortalLinkRoute, postPortalLink);
  api.openapi(getPortalLinksRoute, getPortalLinks);
  api.openapi(deletePortalLinkRoute, deletePortalLink);
}

const postPortalLinkRoute = createRoute({
  method: "post",
  path: "/accounts/{account_id}/portal-links",
  operationId: "createPortalLink",
  tags: TAGS,
  security: OPERATOR,
  summary: "Make a link that opens the portal of this one account",
  request: { params: AccountParamSchema, body: jsonBody(NewPortalLinkSchema) },
  responses: {
    201: jsonAnswer("The link, with the URL that is shown this once", CreatedPortalLinkSchema),
    ...BODY_PROBLEMS,
    404: UNKNOWN_ACCOUNT,
  },
});

const postPortalLink: Handler<typeof postPortalLinkRoute> = async (c) => {
  const input = portalLinkInputOf(c.req.valid("json"));
  const made = await createPortalLink(acting(c), c.req.valid("param").account_id, input);
  if (!made) return notFound(c, "account");
  const url = new URL(portalPath(made.token), c.req.url).href;
  return c.json({ ...portalLinkRecord(made.link), url }, 201);
};

const getPortalLinksRoute = createRoute({
  method: "get",
  path: "/accounts/{account_id}/portal-links",
  operationId: "listPortalLinks",
  tags: TAGS,
  security: OPERATOR,
  summary: "List an account's portal links, newest first",
  request: { params: AccountParamSchema, query: PortalLinkPageSchema },
  responses: {
    200: jsonAnswer("A page of links, without their URLs", listSchema(PortalLinkSchema)),
    ...COMMON_PROBLEMS,
    404: UNKNOWN_ACCOUNT,
  },
});

const getPortalLinks: Handler<typeof getPortalLinksRoute> = async (c) => {
  const page = await listPortalLinks(c.get("gateway"), c.req.valid("param").account_id, c.req.valid("query"));
  if (!page) return notFound(c, "account");
  return c.json({ data: page.links.map(portalLinkRecord), next_cursor: page.nextCursor }, 200);
};

const deletePortalLinkRoute = createRoute({
  method: "delete",
  path: "/accounts/{account_id}/portal-links/{portal_link_id}",
  operationId: "revokePortalLink",
  tags: TAGS,
  security: OPERATOR,
  summary: "Revoke a portal link, and the sessions that it began, at once",
  request: { params: PortalLinkParamSchema },
  responses: {
    204: { description: "The link no longer works" },
    ...BODY_PROBLEMS,
    404: problemAnswer("The account has no such link"),
  },
});

const deletePortalLink: Handler<typeof deletePortalLinkRoute> = async (c) => {
  const { account_id, portal_link_id } = c.req.valid("param");
  const revoked = await revokePortalLink(acting(c), account_id, portal_link_id);
  return revoked ? c.body(null, 204) : notFound(c, "portal link");
};

function portalLinkRecord(link: PortalLink): z.output<typeof PortalLinkSchema> {
  return {
    portal_link_id: link.linkId,
    account_id: link.accountId,
    name: link.name,
    role: link.role,
    single_use: link.singleUse,
    created_at: time(link.createdAt),
    expires_at: time(link.expiresAt),
    last_used_at: link.lastUsedAt === null ? null : time(link.lastUsedAt),
  };
}

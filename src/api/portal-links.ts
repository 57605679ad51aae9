import { createRoute, z } from "@hono/zod-openapi";
import {
  createPortalLink,
  listPortalLinks,
  type PortalLink,
  portalPath,
  revokePortalLink,
} from "../accounts/portal-links";
import { AccountParamSchema } from "./account-schemas";
import type { Api, Handler } from "./context";
import { jsonAnswer, jsonBody, OPERATOR } from "./openapi";
import { listSchema, PortalLinkPageSchema, TimestampSchema, time } from "./paging";
import { BODY_PROBLEMS, COMMON_PROBLEMS, notFound, problemAnswer } from "./problem";

const TAGS = ["Accounts"];
const UNKNOWN_ACCOUNT = problemAnswer("No such account");
const DAY_SECONDS = 86_400;

const NewPortalLinkSchema = z
  .object({
    expires_in_seconds: z
      .int()
      .min(60)
      .max(30 * DAY_SECONDS)
      .default(DAY_SECONDS)
      .openapi({ description: "How long it opens the portal, and how long a session that it began lasts at the most" }),
  })
  .openapi("NewPortalLink");

export const PortalLinkSchema = z
  .object({
    portal_link_id: z.string().openapi({ example: "lnk_01JDQ8XK3V7M9T2B4C6D8F0GHJ" }),
    account_id: z.string(),
    created_at: TimestampSchema,
    expires_at: TimestampSchema,
  })
  .openapi("PortalLink");

export const CreatedPortalLinkSchema = PortalLinkSchema.extend({
  url: z.string().openapi({
    description: "Shown this once. Whoever has it manages the account's destinations: hand it over as a secret",
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
  const { expires_in_seconds } = c.req.valid("json");
  const made = await createPortalLink(c.get("gateway"), c.req.valid("param").account_id, expires_in_seconds);
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
    204: { description: "The key no longer works" },
    ...COMMON_PROBLEMS,
    404: problemAnswer("The account has no such link"),
  },
});

const deletePortalLink: Handler<typeof deletePortalLinkRoute> = async (c) => {
  const { account_id, portal_link_id } = c.req.valid("param");
  const revoked = await revokePortalLink(c.get("gateway"), account_id, portal_link_id);
  return revoked ? c.body(null, 204) : notFound(c, "portal link");
};

function portalLinkRecord(link: PortalLink): z.output<typeof PortalLinkSchema> {
  return {
    portal_link_id: link.linkId,
    account_id: link.accountId,
    created_at: time(link.createdAt),
    expires_at: time(link.expiresAt),
  };
}

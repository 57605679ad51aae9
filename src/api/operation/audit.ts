import { createRoute } from "@hono/zod-openapi";
import * as z from "zod/v4";
import { AUDIT_ACTIONS } from "../../audit/actions";
import { type AuditEntry, listEntries } from "../../audit/read-audit";
import { within } from "../../vocabulary/account-scope";
import { type Api, type Handler, scopeOf } from "../context";
import { jsonAnswer, OPERATOR } from "../openapi";
import { AuditPageSchema, listSchema, TimeSchema, TimestampSchema, time } from "../paging";
import { COMMON_PROBLEMS } from "../problem";

const StateSchema = z.record(z.string(), z.unknown()).nullable();

export const AuditEntrySchema = z
  .object({
    entry_id: z.string().openapi({ example: "aud_01JDQ8XK3V7M9T2B4C6D8F0GHJ" }),
    at: TimestampSchema,
    account_id: z.string().nullable().openapi({ description: "Null where it is about the gateway" }),
    actor: z.object({
      kind: z.enum(["operator", "tenant"]),
      id: z.string().openapi({ description: "A key's or portal link's id, `ADMIN_TOKEN`, or an e-mail" }),
      name: z.string(),
      via: z.enum(["api", "dashboard", "portal"]),
      address: z.string().openapi({ description: "Where the request came from, as Cloudflare says" }),
    }),
    action: z.string().openapi({ example: "destination.changed" }),
    target: z.string().openapi({ description: "The id of what was changed" }),
    before: StateSchema.openapi({ description: "The fields that differ, without secrets" }),
    after: StateSchema,
    request_id: z.string(),
  })
  .openapi("AuditEntry");

export function auditRoutes(api: Api): void {
  api.openapi(getAuditRoute, getAudit);
}

const getAuditRoute = createRoute({
  method: "get",
  path: "/audit",
  operationId: "listAuditEntries",
  tags: ["Operation"],
  security: OPERATOR,
  summary: "Read who changed what, newest first",
  description: "Every change by API, dashboard or portal, written with it. Kept for `AUDIT_DAYS`.",
  request: {
    query: AuditPageSchema.extend({
      account_id: z.string().trim().optional().openapi({ example: "acme" }),
      actor: z.string().trim().optional().openapi({ description: "An actor's id" }),
      action: z.enum(AUDIT_ACTIONS).optional(),
      target: z.string().trim().optional().openapi({ description: "The id of what was changed" }),
      from: TimeSchema.optional(),
      to: TimeSchema.optional(),
    }),
  },
  responses: { 200: jsonAnswer("A page of entries", listSchema(AuditEntrySchema)), ...COMMON_PROBLEMS },
});

const getAudit: Handler<typeof getAuditRoute> = async (c) => {
  const { account_id, cursor, limit, ...filter } = c.req.valid("query");
  const account = within(scopeOf(c), account_id);
  const page = await listEntries(c.get("gateway"), account, filter, { cursor, limit });
  return c.json({ data: page.entries.map(entryRecord), next_cursor: page.nextCursor }, 200);
};

function entryRecord(entry: AuditEntry): z.output<typeof AuditEntrySchema> {
  return {
    entry_id: entry.entryId,
    at: time(entry.at),
    account_id: entry.accountId,
    actor: entry.actor,
    action: entry.action,
    target: entry.target,
    before: entry.before,
    after: entry.after,
    request_id: entry.requestId,
  };
}

import { createRoute } from "@hono/zod-openapi";
import * as z from "zod/v4";
import { KeyFields } from "../../keys/key-input";
import type { OperatorKey } from "../../keys/operator";
import { createOperatorKey, listOperatorKeys, revokeOperatorKey } from "../../keys/operator-keys";
import { OPERATOR_ROLES } from "../../vocabulary/roles";
import { type Api, acting, type Handler } from "../context";
import { jsonAnswer, jsonBody, OPERATOR } from "../openapi";
import { KeyPageSchema, listSchema, TimestampSchema, time } from "../paging";
import { BODY_PROBLEMS, COMMON_PROBLEMS, notFound, problemAnswer } from "../problem";

const TAGS = ["Keys"];

const KeyParamSchema = z.object({
  key_id: z.string().openapi({ param: { name: "key_id", in: "path" }, example: "key_01JDQ8XK3V7M9T2B4C6D8F0GHJ" }),
});

const NewKeySchema = z
  .object({
    name: KeyFields.name.openapi({ description: "Who or what it is for", example: "On-call laptop" }),
    role: KeyFields.role.openapi({
      description:
        "`viewer` reads; `editor` also changes what accounts have; `admin` also makes keys, and suspends and removes accounts",
    }),
    accounts: KeyFields.accounts
      .optional()
      .openapi({ description: "The accounts that it is limited to; without, all", example: ["acme"] }),
    expires_in_seconds: KeyFields.expires_in_seconds
      .optional()
      .openapi({ description: "When it stops; without, when it is revoked", example: 7_776_000 }),
  })
  .openapi("NewOperatorKey");

export const KeySchema = z
  .object({
    key_id: z.string().openapi({ example: "key_01JDQ8XK3V7M9T2B4C6D8F0GHJ" }),
    name: z.string(),
    role: z.enum(OPERATOR_ROLES),
    accounts: z.array(z.string()).nullable().openapi({ description: "Null is all" }),
    expires_at: TimestampSchema.nullable(),
    created_by: z.string().openapi({ description: "Who made it; empty where that was not kept" }),
    last_four: z.string().openapi({ description: "The key's last four characters", example: "9f3c" }),
    created_at: TimestampSchema,
    last_used_at: TimestampSchema.nullable().openapi({ description: "To the minute" }),
  })
  .openapi("OperatorKey");

export const CreatedKeySchema = KeySchema.extend({
  operator_key: z.string().openapi({ description: "Shown this once", example: "dpk_…" }),
}).openapi("CreatedOperatorKey");

export function keyRoutes(api: Api): void {
  api.openapi(postKeyRoute, postKey);
  api.openapi(getKeysRoute, getKeys);
  api.openapi(deleteKeyRoute, deleteKey);
}

const postKeyRoute = createRoute({
  method: "post",
  path: "/keys",
  operationId: "createOperatorKey",
  tags: TAGS,
  security: OPERATOR,
  summary: "Make an operator's key",
  request: { body: jsonBody(NewKeySchema) },
  responses: {
    201: jsonAnswer("The key, with its secret, which is shown only this once", CreatedKeySchema),
    ...BODY_PROBLEMS,
  },
});

const postKey: Handler<typeof postKeyRoute> = async (c) => {
  const { name, role, accounts, expires_in_seconds } = c.req.valid("json");
  const { key, secret } = await createOperatorKey(acting(c), {
    name,
    role,
    accounts: accounts ?? null,
    expiresInSeconds: expires_in_seconds ?? null,
  });
  return c.json({ ...keyRecord(key), operator_key: secret }, 201);
};

const getKeysRoute = createRoute({
  method: "get",
  path: "/keys",
  operationId: "listOperatorKeys",
  tags: TAGS,
  security: OPERATOR,
  summary: "List operators' keys, newest first",
  description: "`ADMIN_TOKEN` is not among them: it is not stored.",
  request: { query: KeyPageSchema },
  responses: { 200: jsonAnswer("A page of keys", listSchema(KeySchema)), ...COMMON_PROBLEMS },
});

const getKeys: Handler<typeof getKeysRoute> = async (c) => {
  const page = await listOperatorKeys(c.get("gateway"), c.req.valid("query"));
  return c.json({ data: page.keys.map(keyRecord), next_cursor: page.nextCursor }, 200);
};

const deleteKeyRoute = createRoute({
  method: "delete",
  path: "/keys/{key_id}",
  operationId: "revokeOperatorKey",
  tags: TAGS,
  security: OPERATOR,
  summary: "Revoke an operator's key at once",
  request: { params: KeyParamSchema },
  responses: {
    204: { description: "The key no longer works" },
    ...BODY_PROBLEMS,
    404: problemAnswer("No such key"),
  },
});

const deleteKey: Handler<typeof deleteKeyRoute> = async (c) => {
  const revoked = await revokeOperatorKey(acting(c), c.req.valid("param").key_id);
  return revoked ? c.body(null, 204) : notFound(c, "key");
};

function keyRecord(key: OperatorKey): z.output<typeof KeySchema> {
  return {
    key_id: key.keyId,
    name: key.name,
    role: key.role,
    accounts: key.accounts,
    expires_at: key.expiresAt === null ? null : time(key.expiresAt),
    created_by: key.createdBy,
    last_four: key.lastFour,
    created_at: time(key.createdAt),
    last_used_at: key.lastUsedAt === null ? null : time(key.lastUsedAt),
  };
}

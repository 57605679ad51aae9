import { createRoute } from "@hono/zod-openapi";
import * as z from "zod/v4";
import { listTokens } from "../../accounts/list-tokens";
import { revokeToken } from "../../accounts/revoke-token";
import { rotateToken } from "../../accounts/rotate-token";
import { MOST_TOKENS, type Token } from "../../accounts/token";
import { type Api, acting, type Handler } from "../context";
import { jsonAnswer, jsonBody, OPERATOR } from "../openapi";
import { listSchema, TimestampSchema, time } from "../paging";
import { BODY_PROBLEMS, COMMON_PROBLEMS, notFound, problem, problemAnswer } from "../problem";
import { AccountParamSchema, OverlapSchema } from "./account-schemas";

const TAGS = ["Accounts"];
const UNKNOWN_ACCOUNT = problemAnswer("No such account");
const TOKEN_ID = "tok_01JDQ8XK3V7M9T2B4C6D8F0GHJ";

export const TokenSchema = z
  .object({
    token_id: z.string().openapi({ example: TOKEN_ID }),
    last_four: z
      .string()
      .nullable()
      .openapi({ description: "Null for a token from before it was kept", example: "k3v7" }),
    created_at: TimestampSchema,
    expires_at: TimestampSchema.nullable().openapi({ description: "Null for the current token" }),
  })
  .openapi("Token");

export const NewTokenSchema = z
  .object({
    account_id: z.string().openapi({ example: "acme" }),
    token_id: z.string().openapi({ example: TOKEN_ID }),
    app_secret_token: z.string().openapi({ description: "Shown this once", example: "dp_acme_…" }),
    old_tokens_end_at: TimestampSchema.openapi({ description: "When the last of the earlier ones ends" }),
  })
  .openapi("NewToken");

const TokenParamSchema = AccountParamSchema.extend({
  token_id: z.string().openapi({ param: { name: "token_id", in: "path" }, example: TOKEN_ID }),
});

export function tokenRoutes(api: Api): void {
  api.openapi(postTokenRoute, postToken);
  api.openapi(getTokensRoute, getTokens);
  api.openapi(deleteTokenRoute, deleteToken);
}

const postTokenRoute = createRoute({
  method: "post",
  path: "/accounts/{account_id}/tokens",
  operationId: "rotateToken",
  tags: TAGS,
  security: OPERATOR,
  summary: "Make a new secret token; the current one stays valid for a while",
  request: { params: AccountParamSchema, body: { ...jsonBody(OverlapSchema), required: false } },
  responses: {
    201: jsonAnswer("The new token", NewTokenSchema),
    ...BODY_PROBLEMS,
    404: UNKNOWN_ACCOUNT,
    409: problemAnswer(`The account has ${MOST_TOKENS} live tokens; the message says when one ends`),
  },
});

const postToken: Handler<typeof postTokenRoute> = async (c) => {
  const { account_id } = c.req.valid("param");
  const { overlap_seconds } = OverlapSchema.parse(c.req.valid("json") ?? {});
  const rotated = await rotateToken(acting(c), account_id, overlap_seconds);
  switch (rotated.kind) {
    case "rotated":
      return c.json(
        {
          account_id,
          token_id: rotated.tokenId,
          app_secret_token: rotated.token,
          old_tokens_end_at: time(rotated.oldTokensEndAt),
        },
        201,
      );
    case "unknown":
      return notFound(c, "account");
    case "too_many_tokens":
      return problem(
        c,
        409,
        rotated.kind,
        `An account has at most ${MOST_TOKENS} live tokens. Revoke one: DELETE /accounts/${account_id}/tokens/{token_id}.${
          rotated.firstEndsAt === null ? "" : ` Or wait until ${time(rotated.firstEndsAt)}, when the first ends.`
        }`,
      );
  }
};

const getTokensRoute = createRoute({
  method: "get",
  path: "/accounts/{account_id}/tokens",
  operationId: "listTokens",
  tags: TAGS,
  security: OPERATOR,
  summary: "List an account's live tokens, newest first",
  request: { params: AccountParamSchema },
  responses: {
    200: jsonAnswer("The live tokens, on one page and without their secrets", listSchema(TokenSchema)),
    ...COMMON_PROBLEMS,
    404: UNKNOWN_ACCOUNT,
  },
});

const getTokens: Handler<typeof getTokensRoute> = async (c) => {
  const tokens = await listTokens(c.get("gateway"), c.req.valid("param").account_id);
  if (!tokens) return notFound(c, "account");
  return c.json({ data: tokens.map(tokenRecord), next_cursor: null }, 200);
};

const deleteTokenRoute = createRoute({
  method: "delete",
  path: "/accounts/{account_id}/tokens/{token_id}",
  operationId: "revokeToken",
  tags: TAGS,
  security: OPERATOR,
  summary: "Revoke a token at once",
  request: { params: TokenParamSchema },
  responses: {
    204: { description: "The token no longer works" },
    ...BODY_PROBLEMS,
    404: problemAnswer("The account has no such live token"),
  },
});

const deleteToken: Handler<typeof deleteTokenRoute> = async (c) => {
  const { account_id, token_id } = c.req.valid("param");
  const revoked = await revokeToken(acting(c), account_id, token_id);
  return revoked ? c.body(null, 204) : notFound(c, "token");
};

function tokenRecord(token: Token): z.output<typeof TokenSchema> {
  return {
    token_id: token.tokenId,
    last_four: token.lastFour,
    created_at: time(token.createdAt),
    expires_at: token.expiresAt === null ? null : time(token.expiresAt),
  };
}

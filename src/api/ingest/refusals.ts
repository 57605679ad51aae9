/** How an event is refused, in the words of the contract. */
import type { Context } from "hono";
import { checkToken } from "../../accounts/check-token";
import type { FieldError } from "../../errors/field-error";
import { addressOf } from "../../limits/address";
import { logFault } from "../../observability/log";
import type { AppEnv } from "../context";
import { tooManyRequests } from "../guards/too-many";
import { problem } from "../problem";

export const INVALID = "Invalid Data";
const UNAUTHENTICATED = "Un Authenticate";

export function unavailable(c: Context<AppEnv>, seconds: string) {
  c.header("Retry-After", seconds);
  return problem(c, 503, "unavailable", "Try again later");
}

const TOKEN_INVALID = "This token is not valid, or not any more. Use the account's current one.";

/** One that was ours and no longer is: each costs the database a question, so that it is not asked for ever. */
export function tokenDead(c: Context<AppEnv>, token: string) {
  c.get("gateway").limiter.take("bad_token", token);
  return tokenInvalid(c);
}

export async function tokenInvalid(c: Context<AppEnv>, message = TOKEN_INVALID) {
  const tooMany = await c.get("gateway").limiter.takeFailure("bad_token", addressOf(c.req.raw.headers));
  if (tooMany !== null) return tooManyRequests(c, tooMany);
  return refuse(c, 401, "token_invalid", { path: "CL-X-TOKEN", message });
}

export function refuse(
  c: Context<AppEnv>,
  status: 400 | 401 | 405 | 409 | 413 | 415 | 508,
  code: string,
  error: FieldError,
) {
  return problem(c, status, code, status === 401 ? UNAUTHENTICATED : INVALID, [error]);
}

/**
 * What is wrong with the content is only said to whom the token still lets in: that check comes first in the contract,
 * though for good content it is part of storing it. Where the database cannot tell, the content's fault is the answer.
 */
export async function refuseContent(
  c: Context<AppEnv>,
  token: string,
  status: 400 | 413 | 415 | 508,
  code: string,
  error: FieldError,
) {
  const standing = await checkToken(c.get("gateway"), token).catch((failure) => {
    logFault("token.not_checked", failure, { request_id: c.get("requestId") });
    return "live" as const;
  });
  if (standing === "not_live") return tokenDead(c, token);
  // a loop is said before that the account is suspended
  return standing === "account_suspended" && status !== 508 ? suspended(c) : refuse(c, status, code, error);
}

export function suspended(c: Context<AppEnv>) {
  return problem(c, 403, "account_suspended", UNAUTHENTICATED, [
    { path: "CL-X-TOKEN", message: "The operator has suspended this account: nothing was stored. Ask the operator." },
  ]);
}

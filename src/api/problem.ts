import type { Context } from "hono";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import * as z from "zod/v4";
import type { FieldError } from "../errors/field-error";
import type { AppEnv } from "./context";

/** Every answer but a success: a code for programs, a message for people, and the request id to search the log for. */
export const ProblemSchema = z
  .object({
    success: z.literal(false),
    message: z.string().openapi({ example: "The input is not valid." }),
    code: z.string().openapi({ example: "invalid_input" }),
    request_id: z.string().openapi({ example: "req_01JDQ8XK3V7M9T2B4C6D8F0GHJ" }),
    errors: z
      .array(z.object({ path: z.string(), message: z.string() }))
      .openapi({ example: [{ path: "url", message: "Give an http or https URL." }] }),
  })
  .openapi("Problem");

/** The body of a problem, with `status` as its HTTP status. */
export function problem<Status extends ContentfulStatusCode>(
  c: Context<AppEnv>,
  status: Status,
  code: string,
  message: string,
  errors: FieldError[] = [],
) {
  return c.json({ success: false as const, message, code, request_id: c.get("requestId"), errors }, status);
}

export function notFound(c: Context<AppEnv>, what: string) {
  return problem(c, 404, "not_found", `There is no such ${what}. Look it up in its list.`);
}

/** Documents a problem that a route may answer with. */
export function problemAnswer(description: string) {
  return { description, content: { "application/json": { schema: ProblemSchema } } };
}

/** The problems that any route behind an operator's key may answer with. */
export const COMMON_PROBLEMS = {
  400: problemAnswer("The input is invalid; `errors` names the fields"),
  401: problemAnswer("No operator's key, or an invalid one"),
  403: problemAnswer(
    "The key's role does not allow it, the key is limited to other accounts, or it came over plain http (`https_required`)",
  ),
  429: problemAnswer("Too many requests; `Retry-After` says when to try again"),
  503: problemAnswer("The database is unavailable; try again later"),
};

/** The same, for a route that may be sent a body, which is looked at even where it takes none. */
export const BODY_PROBLEMS = {
  ...COMMON_PROBLEMS,
  413: problemAnswer("The body is too large"),
  415: problemAnswer("The body is not declared as JSON"),
};

/** Validation of an account's settings, by their names on the wire, shared by the API and the pages. */
import { z } from "zod";
import { isOneLine, NOT_ONE_LINE } from "../vocabulary/one-line";
import type { AccountInput } from "./account";
import { ForwardHeadersSchema } from "./forward-headers";

const EMAIL_MAX = 254;
const NAME_MAX = 200;
const URL_MAX = 2_048;
const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;
/** In any script, with a domain of at least two labels, as every public one has. */
const EMAIL = /^[^\s@"]{1,64}@[^\s@.]+(?:\.[^\s@.]+)+$/u;

export const AccountFields = {
  email: z
    .string({ error: "Give an e-mail address." })
    .trim()
    .max(EMAIL_MAX, `Use at most ${EMAIL_MAX} characters.`)
    .refine((text) => !UNSEEN.test(text), "Remove the characters that cannot be seen.")
    .pipe(z.email({ pattern: EMAIL, error: "Give an e-mail address, such as ops@example.com." })),
  account_name: z
    .string({ error: "Give a name." })
    .trim()
    .min(1, "Give a name.")
    .max(NAME_MAX, `Use at most ${NAME_MAX} characters.`)
    .refine(isOneLine, NOT_ONE_LINE),
  website: z
    .url({ protocol: /^https?$/, error: "Give an http or https URL, or leave it out." })
    .max(URL_MAX, `Use at most ${URL_MAX} characters.`)
    .nullable(),
  forward_headers: ForwardHeadersSchema,
  account_id: z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, "Use 1 to 64 letters, digits, - and _."),
};

/** The validated body in the verbs' terms; a missing field is empty. */
export function accountInputOf(body: {
  email: string;
  account_name: string;
  website?: string | null | undefined;
  forward_headers?: string[] | null | undefined;
}): AccountInput {
  return {
    email: body.email,
    accountName: body.account_name,
    website: body.website ?? null,
    forwardHeaders: body.forward_headers ?? [],
  };
}

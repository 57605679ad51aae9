/** Validation of an account's settings, by their names on the wire, shared by the API and the pages. */
import * as z from "zod/v4";
import { EventTypeHeaderSchema, EventTypePathSchema } from "../event-types/event-type-input";
import { isOneLine, NOT_ONE_LINE } from "../vocabulary/one-line";
import type { AccountInput } from "./account";
import { ForwardHeadersSchema, isKeptBack } from "./forward-headers";
import { PublicHeadersSchema } from "./public-headers";

const EMAIL_MAX = 254;
const NAME_MAX = 200;
const URL_MAX = 2_048;
const RATE_MAX = 10_000;
const RATE_RANGE = `Give whole events a second from 1 to ${RATE_MAX}, or leave it out.`;
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
  public_headers: PublicHeadersSchema,
  rate_limit: z
    .int({ error: RATE_RANGE })
    .min(1, { error: RATE_RANGE })
    .max(RATE_MAX, { error: RATE_RANGE })
    .nullable(),
  event_type_path: EventTypePathSchema,
  event_type_header: EventTypeHeaderSchema.refine(
    (name) => name === null || !isKeptBack(name),
    "This header is not kept with an event. Give another one.",
  ),
  account_id: z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, "Use 1 to 64 letters, digits, - and _."),
};

/** The validated body in the verbs' terms; a missing field is empty. */
export function accountInputOf(body: {
  email: string;
  account_name: string;
  website?: string | null | undefined;
  forward_headers?: string[] | null | undefined;
  public_headers?: string[] | null | undefined;
  rate_limit?: number | null | undefined;
  event_type_path?: string | null | undefined;
  event_type_header?: string | null | undefined;
}): AccountInput {
  return {
    email: body.email,
    accountName: body.account_name,
    website: body.website ?? null,
    forwardHeaders: body.forward_headers ?? [],
    publicHeaders: body.public_headers ?? [],
    rateLimit: body.rate_limit ?? null,
    eventTypePath: body.event_type_path ?? null,
    eventTypeHeader: body.event_type_header ?? null,
  };
}

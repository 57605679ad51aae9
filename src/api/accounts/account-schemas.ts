import * as z from "zod/v4";
import type { Account, AccountInput } from "../../accounts/account";
import { AccountFields } from "../../accounts/account-input";
import { DestinationSchema } from "../destinations/destination-schemas";
import { TimestampSchema, time } from "../paging";

const AccountIdSchema = AccountFields.account_id.openapi({ example: "acme" });
const EmailSchema = AccountFields.email.openapi({ type: "string", format: "email", example: "ops@acme.example" });
const NameSchema = AccountFields.account_name.openapi({ example: "Acme" });
const WebsiteSchema = AccountFields.website.openapi({
  type: ["string", "null"],
  format: "uri",
  example: "https://acme.example",
});

const ForwardHeadersSchema = AccountFields.forward_headers.openapi({
  type: "array",
  items: { type: "string" },
  maxItems: 10,
  description:
    "Incoming headers to forward to every destination that does not set them itself; `ce-*` is a prefix. Never the token, cookies, `authorization`, or headers made for each request",
  example: ["traceparent", "x-github-event", "ce-*"],
});

const PublicHeadersSchema = AccountFields.public_headers.openapi({
  type: "array",
  items: { type: "string" },
  maxItems: 20,
  description:
    "Headers of its destinations whose values are no secret. Besides these and `content-type`, `accept`, `user-agent` and `x-source`, a header's value reads `***` once it was given",
  example: ["x-region"],
});

const RateLimitSchema = AccountFields.rate_limit.openapi({
  type: ["integer", "null"],
  description: "Events a second that it may send, all of a second's at once if it likes; null is the gateway's default",
  example: 200,
});

const TypePathSchema = AccountFields.event_type_path.openapi({
  type: ["string", "null"],
  description: "Where the payloads of its events have their type, unless a header has it; see docs/event-types.md",
  example: "type",
});
const TypeHeaderSchema = AccountFields.event_type_header.openapi({
  type: ["string", "null"],
  description: "The header with the type of its events, besides `CL-X-EVENT-TYPE` and `ce-type`",
  example: "x-github-event",
});

export const AccountParamSchema = z.object({
  account_id: z.string().openapi({ param: { name: "account_id", in: "path" }, example: "acme" }),
});

export const NewAccountSchema = z
  .object({
    email: EmailSchema,
    account_name: NameSchema,
    website: WebsiteSchema.optional(),
    forward_headers: ForwardHeadersSchema.optional(),
    public_headers: PublicHeadersSchema.optional(),
    rate_limit: RateLimitSchema.optional(),
    event_type_path: TypePathSchema.optional(),
    event_type_header: TypeHeaderSchema.optional(),
    account_id: AccountIdSchema.optional().openapi({ description: "Generated when it is left out" }),
  })
  .openapi("NewAccount");

export const ReplaceAccountSchema = z
  .object({
    email: EmailSchema,
    account_name: NameSchema,
    website: WebsiteSchema.optional(),
    forward_headers: ForwardHeadersSchema.nullable().optional(),
    public_headers: PublicHeadersSchema.nullable().optional(),
    rate_limit: RateLimitSchema.optional(),
    event_type_path: TypePathSchema.optional(),
    event_type_header: TypeHeaderSchema.optional(),
  })
  .openapi("ReplaceAccount");

/** A JSON merge patch (RFC 7396): null removes, what is left out stays. */
export const PatchAccountSchema = ReplaceAccountSchema.partial()
  .extend({
    suspended: z.boolean().optional().openapi({
      description:
        "For admins: while it is true nothing is taken in (403) and nothing is sent. Everything is kept, and what waits goes out afterwards",
    }),
  })
  .openapi("PatchAccount");

/** What a patch says, in the verb's terms. */
export function changeOf(body: Omit<z.output<typeof PatchAccountSchema>, "suspended">): Partial<AccountInput> {
  return {
    ...(body.email !== undefined && { email: body.email }),
    ...(body.account_name !== undefined && { accountName: body.account_name }),
    ...(body.website !== undefined && { website: body.website }),
    ...(body.forward_headers !== undefined && { forwardHeaders: body.forward_headers ?? [] }),
    ...(body.public_headers !== undefined && { publicHeaders: body.public_headers ?? [] }),
    ...(body.rate_limit !== undefined && { rateLimit: body.rate_limit }),
    ...(body.event_type_path !== undefined && { eventTypePath: body.event_type_path }),
    ...(body.event_type_header !== undefined && { eventTypeHeader: body.event_type_header }),
  };
}

export const AccountSchema = z
  .object({
    account_id: AccountIdSchema,
    email: z.string(),
    account_name: z.string(),
    website: z.string().nullable(),
    forward_headers: z.array(z.string()),
    public_headers: z.array(z.string()),
    rate_limit: z.int().nullable(),
    event_type_path: z.string().nullable(),
    event_type_header: z.string().nullable(),
    suspended_at: TimestampSchema.nullable().openapi({ description: "Since when it is suspended" }),
    created_at: TimestampSchema,
    updated_at: TimestampSchema,
  })
  .openapi("Account");

export const CreatedAccountSchema = AccountSchema.extend({
  app_secret_token: z.string().openapi({ description: "Shown this once", example: "dp_acme_…" }),
}).openapi("CreatedAccount");

export const AccountWithDestinationsSchema = AccountSchema.extend({ destinations: z.array(DestinationSchema) }).openapi(
  "AccountWithDestinations",
);

const DAY_SECONDS = 86_400;

export const OverlapSchema = z
  .object({
    overlap_seconds: z
      .int()
      .min(0)
      .max(30 * DAY_SECONDS)
      .default(DAY_SECONDS)
      .openapi({
        description: "How long the current one stays valid; 0 ends it at once. What earlier ones were promised stays",
      }),
  })
  .openapi("Overlap");

export function accountRecord(account: Account): z.output<typeof AccountSchema> {
  return {
    account_id: account.accountId,
    email: account.email,
    account_name: account.accountName,
    website: account.website,
    forward_headers: account.forwardHeaders,
    public_headers: account.publicHeaders,
    rate_limit: account.rateLimit,
    event_type_path: account.eventTypePath,
    event_type_header: account.eventTypeHeader,
    suspended_at: account.suspendedAt === null ? null : time(account.suspendedAt),
    created_at: time(account.createdAt),
    updated_at: time(account.updatedAt),
  };
}

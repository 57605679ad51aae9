import { newSigningKey, newSigningSecret } from "../attempts/signature";
import { type Acting, audited } from "../audit/audit";
import { selectAccount } from "../db/accounts";
import { insertDestination } from "../db/destinations";
import { transaction } from "../db/transaction";
import type { FieldError } from "../errors/field-error";
import { maskUrl, OpenUrl } from "../security/masked-url";
import { OpenHeaders } from "../security/masking";
import { destinationKey, newId } from "../vocabulary/ids";
import type { DisabledReason } from "../vocabulary/states";
import { checkDestination } from "./check-destination";
import {
  type Destination,
  type DestinationContext,
  type DestinationInput,
  disabledBy,
  MOST_DESTINATIONS,
  NO_HISTORY,
  shownInAudit,
} from "./destination";
import { sealAll } from "./sealed";

export type Added =
  | { kind: "added"; destination: Destination; signingSecret: string }
  | { kind: "account_unknown" }
  | { kind: "account_suspended" }
  | { kind: "too_many"; most: number }
  | { kind: "unfit"; errors: FieldError[] };

/** Adds a destination with a new signing secret, which is shown only once. */
export async function addDestination(
  context: DestinationContext & Acting,
  accountId: string,
  input: DestinationInput,
): Promise<Added> {
  const { headers: given, ...plain } = input;
  const headers = new OpenHeaders(given);
  const errors = checkDestination({ url: input.url, headers }, context);
  if (errors.length > 0) return { kind: "unfit", errors };
  const now = context.now();
  const destinationId = newId("dst", now);
  const signingSecret = newSigningSecret();
  const disabledReason: DisabledReason | null = input.enabled ? null : disabledBy(context.actor);
  const pair = input.signatureSchemes.includes("v1a") ? await newSigningKey() : null;
  const publicKey = pair?.publicKey ?? null;
  const rest = { ...plain, publicKey, disabledReason, createdAt: now, updatedAt: now };
  const { inserted, accounts } = await transaction(context.db, {
    inserted: insertDestination(
      context.db,
      accountId,
      {
        ...rest,
        key: destinationKey(destinationId),
        destinationId,
        ...(await sealAll(context.sealingKeys, { accountId, destinationId, url: input.url }, headers, [
          { secret: signingSecret, expiresAt: null },
          ...(pair === null ? [] : [{ secret: pair.signingKey, expiresAt: null }]),
        ])),
      },
      MOST_DESTINATIONS,
    ),
    audit: audited(context, {
      action: "destination.added",
      of: { account: accountId },
      target: destinationId,
      after: shownInAudit({ ...input, headers }),
    }),
    accounts: selectAccount(context.db, accountId),
  });
  const [account] = accounts;
  if (!account) return { kind: "account_unknown" };
  if (account.suspendedAt !== null) return { kind: "account_suspended" };
  if (inserted.length === 0) return { kind: "too_many", most: MOST_DESTINATIONS };
  const destination = {
    ...rest,
    ...NO_HISTORY,
    filterRevision: 0,
    pausedAt: null,
    destinationId,
    accountId,
    url: maskUrl(input.url),
    calledUrl: new OpenUrl(input.url),
    headers: new OpenHeaders(given, account.publicHeaders ?? []),
    unreadable: null,
  };
  return { kind: "added", destination, signingSecret };
}

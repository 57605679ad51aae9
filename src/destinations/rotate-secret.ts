import { newSigningKey, newSigningSecret, schemeOf } from "../attempts/signature";
import { type Acting, audited } from "../audit/audit";
import { selectDestination, updateDestination } from "../db/destinations";
import { transaction } from "../db/transaction";
import { ANY_ACCOUNT } from "../vocabulary/account-scope";
import type { DestinationContext } from "./destination";
import { openAll, type SigningSecret, sealedByAfter, sealSecrets } from "./sealed";

export type Rotated =
  | { kind: "rotated"; signingSecret: string; oldSecretsEndAt: number }
  | { kind: "too_many_secrets"; firstEndsAt: number }
  | { kind: "unknown" }
  | { kind: "changed_meanwhile" };

/** How many secrets are in use at a time: a request's `webhook-signature` has one signature for each. */
export const MOST_SECRETS = 5;

/**
 * Makes a new signing secret, and a new key for `v1a` where there is one; the current ones stay in use beside them for
 * `overlapSeconds`, those before for as long as they were promised. `oldSecretsEndAt` is when the last of them ends. Beyond `MOST_SECRETS` nothing is changed.
 */
export async function rotateSecret(
  context: DestinationContext & Acting,
  destinationId: string,
  overlapSeconds: number,
): Promise<Rotated> {
  const [row] = await selectDestination(context.db, ANY_ACCOUNT, destinationId);
  if (!row) return { kind: "unknown" };
  const now = context.now();
  // What does not open signs nothing: it is replaced.
  const live = (await openAll(context.sealingKeys, row, [], now)).secrets ?? [];
  const kept = live
    .map(({ secret, expiresAt }) => ({ secret, expiresAt: expiresAt ?? now + overlapSeconds * 1000 }))
    .filter(({ expiresAt }) => expiresAt > now);
  const isShared = ({ secret }: Pick<SigningSecret, "secret">) => schemeOf(secret) === "v1";
  if (kept.filter(isShared).length >= MOST_SECRETS) {
    const promised = live.filter(isShared).flatMap(({ expiresAt }) => expiresAt ?? []);
    return { kind: "too_many_secrets", firstEndsAt: Math.min(...promised) };
  }
  const signingSecret = newSigningSecret();
  const pair = row.publicKey === null ? null : await newSigningKey();
  const made = pair === null ? [signingSecret] : [signingSecret, pair.signingKey];
  const secrets = [...made.map((secret) => ({ secret, expiresAt: null })), ...kept];
  const { updated } = await transaction(context.db, {
    updated: updateDestination(context.db, destinationId, row.updatedAt, {
      sealedSecrets: await sealSecrets(context.sealingKeys, row, secrets),
      sealedBy: await sealedByAfter(context.sealingKeys, row),
      publicKey: pair?.publicKey ?? null,
      updatedAt: Math.max(now, row.updatedAt + 1),
    }),
    audit: audited(context, {
      action: "destination.secret_rotated",
      of: { account: row.accountId },
      target: destinationId,
      after: { overlap_seconds: overlapSeconds },
    }),
  });
  if (updated.length === 0) return { kind: "changed_meanwhile" };
  return { kind: "rotated", signingSecret, oldSecretsEndAt: Math.max(now, ...kept.map(({ expiresAt }) => expiresAt)) };
}

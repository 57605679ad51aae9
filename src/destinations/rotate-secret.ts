import { newSigningSecret } from "../attempts/signature";
import { selectDestination, updateDestination } from "../db/destinations";
import { ANY_ACCOUNT } from "../vocabulary/account-scope";
import { type DestinationContext, openSecrets, type SigningSecret, sealSecrets } from "./destination";

export type Rotated =
  | { kind: "rotated"; signingSecret: string; oldSecretsEndAt: number }
  | { kind: "unknown" }
  | { kind: "changed_meanwhile" };

/** How many secrets are in use at a time: a request's `webhook-signature` has one signature for each. */
const MOST_SECRETS = 5;

/** Makes a new signing secret; the previous ones stay in use beside it for `overlapSeconds`. */
export async function rotateSecret(
  context: DestinationContext,
  destinationId: string,
  overlapSeconds: number,
): Promise<Rotated> {
  const [row] = await selectDestination(context.db, ANY_ACCOUNT, destinationId);
  if (!row) return { kind: "unknown" };
  const now = context.now();
  const oldSecretsEndAt = now + overlapSeconds * 1000;
  const old = await openSecrets(context.sealingKeys, row, now);
  const signingSecret = newSigningSecret();
  const secrets: SigningSecret[] = [
    { secret: signingSecret, expiresAt: null },
    ...old
      .map(({ secret, expiresAt }) => ({ secret, expiresAt: Math.min(expiresAt ?? oldSecretsEndAt, oldSecretsEndAt) }))
      .filter(({ expiresAt }) => expiresAt > now),
  ].slice(0, MOST_SECRETS);
  const updated = await updateDestination(context.db, destinationId, row.updatedAt, {
    sealedSecrets: await sealSecrets(context.sealingKeys, destinationId, secrets),
    updatedAt: Math.max(now, row.updatedAt + 1),
  });
  return updated.length > 0 ? { kind: "rotated", signingSecret, oldSecretsEndAt } : { kind: "changed_meanwhile" };
}

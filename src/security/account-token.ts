/**
 * An account's secret token authenticates itself: `dp_<account id>_<shard><random>_<mac>`, see `signed-text.ts` and
 * `shard.ts`. It is read from the right: an account id may itself hold `_` and `-`. One from before shards had names
 * has only the random characters there.
 */
import { FIRST_SHARD, shardNamed } from "../vocabulary/shard";
import { BASE32_26, isSigned, randomText, signText } from "./signed-text";

const MAX_TOKEN_LENGTH = 128;
const TOKEN_PATTERN = new RegExp(`^dp_([A-Za-z0-9_-]{1,64})_([0-9a-hjkmnp-tv-z]{2})?${BASE32_26}_${BASE32_26}$`);

/** Mints a new token for the account, signed with the first key. */
export function mintAccountToken(keys: Uint8Array[], accountId: string): Promise<string> {
  return signText(keys, `dp_${accountId}_${FIRST_SHARD}${randomText()}`);
}

/**
 * The id of the account that the token was made for and the shard in which it lives, if any of the keys signed it, otherwise
 * null. The account may still be gone, or the token revoked.
 */
export async function verifyAccountToken(
  keys: Uint8Array[],
  token: string,
): Promise<{ accountId: string; shard: string } | null> {
  const [, accountId, shard] = token.length > MAX_TOKEN_LENGTH ? [] : (TOKEN_PATTERN.exec(token) ?? []);
  if (accountId === undefined || !(await isSigned(keys, token))) return null;
  return { accountId, shard: shardNamed(shard) };
}

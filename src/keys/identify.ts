import { selectKeyByHash, touchKey } from "../db/access/keys";
import { transaction } from "../db/transaction";
import type { TooMany } from "../limits/limiter";
import type { LimitName } from "../limits/limits";
import { constantTimeEqual } from "../security/constant-time";
import { sha256Hex } from "../security/sha256";
import type { KeyContext, Operator } from "./operator";
import { origin } from "./operator-keys";

/** `last_used_at` is written at most this often, so that most requests write nothing. */
const TOUCH_EVERY_MS = 60_000;

/** Whoever has `ADMIN_TOKEN`. */
export const FIRST: Operator = { id: "ADMIN_TOKEN", name: "ADMIN_TOKEN", role: "admin", accounts: null };

export type Identified =
  | { kind: "operator"; operator: Operator }
  | { kind: "unknown" }
  | { kind: "too_many"; tooMany: TooMany };

/**
 * The operator whose key this is. `ADMIN_TOKEN` is compared in constant time, without the database; a stored key is found
 * by its SHA-256 in one round trip; one that we cannot have made is refused without one. Failures are counted by
 * address, and a valid key is never refused because of them.
 */
export async function identify(
  context: KeyContext,
  key: string,
  { limit, address }: { limit: Extract<LimitName, "bad_key" | "sign_in">; address: string },
): Promise<Identified> {
  if (context.adminToken !== null && (await constantTimeEqual(key, context.adminToken))) {
    return { kind: "operator", operator: FIRST };
  }
  const known = await origin(context.tokenKeys, key);
  const usedUp = known === "perhaps" ? context.limiter.usedUp(limit, address) : null;
  if (usedUp !== null) return { kind: "too_many", tooMany: usedUp };
  const operator = known === "foreign" ? null : await operatorByKey(context, key);
  if (operator !== null) return { kind: "operator", operator };
  const tooMany = await context.limiter.takeFailure(limit, address);
  return tooMany === null ? { kind: "unknown" } : { kind: "too_many", tooMany };
}

async function operatorByKey(context: KeyContext, key: string): Promise<Operator | null> {
  const keyHash = await sha256Hex(key);
  const now = context.now();
  const { keys } = await transaction(context.db, {
    touched: touchKey(context.db, { keyHash }, now - TOUCH_EVERY_MS, now),
    keys: selectKeyByHash(context.db, keyHash, now),
  });
  return keys[0] ?? null;
}

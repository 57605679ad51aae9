import { selectLiveToken } from "../db/access/tokens";
import { sha256Hex } from "../security/sha256";
import type { AccountContext } from "./account";

/** Whether the token is valid at this moment, and lets its account in. */
export async function checkToken(
  context: AccountContext,
  token: string,
): Promise<"live" | "not_live" | "account_suspended"> {
  const [found] = await selectLiveToken(context.db, await sha256Hex(token), context.now());
  if (!found) return "not_live";
  return found.suspendedAt === null ? "live" : "account_suspended";
}

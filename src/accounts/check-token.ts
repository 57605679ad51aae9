import { selectLiveToken } from "../db/tokens";
import { sha256Hex } from "../security/sha256";
import type { AccountContext } from "./account";

/** Whether the token is valid at this moment. */
export async function isLiveToken(context: AccountContext, token: string): Promise<boolean> {
  const rows = await selectLiveToken(context.db, await sha256Hex(token), context.now());
  return rows.length > 0;
}

import { selectLiveToken } from "../db/accounts";
import { hashToken } from "../security/account-token";
import type { AccountContext } from "./account";

/** Whether the token lets its account in at this moment. */
export async function isLiveToken(context: AccountContext, token: string): Promise<boolean> {
  const rows = await selectLiveToken(context.db, await hashToken(token), context.now());
  return rows.length > 0;
}

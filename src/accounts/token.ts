import type { NewTokenRow, TokenRow } from "../db/access/tokens";
import { mintAccountToken } from "../security/account-token";
import { sha256Hex } from "../security/sha256";
import { signerOf } from "../security/signed-text";
import { newId } from "../vocabulary/ids";
import type { AccountContext } from "./account";

/** A secret token that lets its account in, without the secret. */
export type Token = TokenRow;

/** How many tokens of an account are live at a time. */
export const MOST_TOKENS = 5;

/** Mints a token, and makes the row that knows it again. */
export async function newToken(
  context: Pick<AccountContext, "tokenKeys" | "now">,
  accountId: string,
): Promise<{ token: string; row: NewTokenRow }> {
  const token = await mintAccountToken(context.tokenKeys, accountId);
  const row = {
    tokenId: newId("tok", context.now()),
    tokenHash: await sha256Hex(token),
    lastFour: token.slice(-4),
    signedBy: await signerOf(context.tokenKeys),
  };
  return { token, row };
}

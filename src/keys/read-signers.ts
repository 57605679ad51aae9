import { countSigners, type SignerRow } from "../db/access/signers";
import { signerOf } from "../security/signed-text";
import type { KeyContext } from "./operator";

export type Signers = Record<SignerRow["kind"], { older: number; unknown: number }>;

const NONE = { older: 0, unknown: 0 };

/**
 * How many tokens, operators' keys and portal links would end with the keys behind the first of `TOKEN_KEYS`, or might,
 * since they are from before that was kept. All are read, so nobody is asked while there is no key behind the first.
 */
export async function readSigners({
  db,
  tokenKeys,
  now,
}: Pick<KeyContext, "db" | "tokenKeys" | "now">): Promise<Signers> {
  const rows = tokenKeys.length > 1 ? await countSigners(db, await signerOf(tokenKeys), now()) : [];
  const of = (kind: SignerRow["kind"]) => {
    const { older, unknown } = rows.find((row) => row.kind === kind) ?? NONE;
    return { older, unknown };
  };
  return { tokens: of("tokens"), operator_keys: of("operator_keys"), portal_links: of("portal_links") };
}

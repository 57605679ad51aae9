/** The rotation of sealing keys: what is not under the first one is sealed anew, a little every minute. */
import { NOTHING_SEALED } from "../db/destinations";
import { countSeals, type Resealed, type SealRow, type Seals, selectToReseal, updateSeals } from "../db/seals";
import { transaction } from "../db/transaction";
import { log } from "../observability/log";
import { maskUrl } from "../security/masked-url";
import { sealingKeyIds } from "../security/sealing";
import type { DestinationContext } from "./destination";
import { openAll, sealAll } from "./sealed";

const CHUNK = 20;
/** Counts stop here: an operator needs to know that it is many. */
const MOST_COUNTED = 1_000;

type Context = Pick<DestinationContext, "db" | "sealingKeys" | "now">;

/** How many destinations are not under the first key yet, and how many do not open at all. Up to 1,000 each. */
export type SealingStatus = { waiting: number; unreadable: number };

/**
 * Seals some destinations anew under the first key, in the newest form, bound to account, destination and origin. One that
 * does not open is marked, so that it is in nobody's way, until the keys change. Three statements, one while there is
 * nothing to do.
 */
export async function reseal(context: Context): Promise<void> {
  const { db } = context;
  const seals = await sealsOf(context);
  const rows = await selectToReseal(db, seals, CHUNK);
  if (rows.length === 0) return;
  const resealed = await Promise.all(rows.map((row) => resealedOf(context, row, seals)));
  const { left } = await transaction(db, {
    resealed: updateSeals(db, resealed),
    left: countSeals(db, seals, MOST_COUNTED),
  });
  log("sealing.continued", { looked_at: rows.length, waiting: left[0]?.waiting, unreadable: left[0]?.unreadable });
}

export async function readSealing(context: Pick<Context, "db" | "sealingKeys">): Promise<SealingStatus> {
  const [status] = await countSeals(context.db, await sealsOf(context), MOST_COUNTED);
  if (!status) throw new Error("the database counted nothing");
  return status;
}

/** What `sealed_by` says under these keys. Where they change, a row that did not open is tried again. */
export async function sealsOf({ sealingKeys }: Pick<Context, "sealingKeys">): Promise<Seals> {
  const ids = await sealingKeyIds(sealingKeys);
  return { first: ids[0] ?? "", unreadable: `!${ids}` };
}

async function resealedOf({ sealingKeys, now }: Context, row: SealRow, seals: Seals): Promise<Resealed> {
  const { url, sealedUrl, sealedHeaders, sealedSecrets, accountId } = row;
  const asItIs = { url, sealedUrl, sealedHeaders, sealedSecrets };
  if (row.isRemoved === 1 || accountId === null) {
    return { row, sealed: { ...asItIs, url: maskUrl(url), sealedUrl: null, sealedBy: NOTHING_SEALED } };
  }
  const place = { ...row, accountId };
  const opened = await openAll(sealingKeys, place, [], now());
  if (opened.unreadable !== null) return { row, sealed: { ...asItIs, sealedBy: seals.unreadable } };
  const called = { ...place, url: opened.url.reveal() };
  return { row, sealed: await sealAll(sealingKeys, called, opened.headers, opened.secrets) };
}

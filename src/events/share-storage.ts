/**
 * Storage is everyone's own: near the end of the database the accounts above their share give way, with their own oldest
 * finished events, or, where they have none, by being refused. Nobody else's events go, and nothing that is pending.
 */
import { addGatewayAlert, addStorageAlerts } from "../db/alerts/alerts";
import { transaction } from "../db/transaction";
import { inChunks } from "../db/upkeep/in-chunks";
import { countStoredBytes, deleteOldestFinished, selectAboveShare, setStorageFull } from "../db/upkeep/stored-bytes";
import { log } from "../observability/log";
import { newId } from "../vocabulary/ids";
import type { EventContext } from "./event";
import type { Retention } from "./expire-events";

/** How many events one statement counts. */
const COUNT_CHUNK = 5_000;
/** The rest of a large backlog is counted in the next runs. */
const MOST_COUNTS = 12;
/** What is asked besides counts and removals, and the least that is left for those. */
const BESIDE_COUNTS = 5;
const MOST_ABOVE = 1_000;
const DAY_MS = 86_400_000;
/** From here on the operator is told, once a day. */
const FILLING_AT = 0.8;
/** From here on the accounts above their share give way. */
const FULL_AT = 0.95;

/**
 * Counts what accounts store, and keeps them to their shares where the database is nearly full.
 *
 * @param mostTrips how often it may ask the database, at least 8; the rest is for the next run
 */
export async function shareStorage(context: EventContext, retention: Retention, mostTrips: number): Promise<void> {
  const { db } = context;
  let tripsLeft = mostTrips;
  const count = () => {
    tripsLeft--;
    return transaction(db, countStoredBytes(db, COUNT_CHUNK));
  };
  let counted = await count();
  const mostCounts = Math.min(MOST_COUNTS, mostTrips - BESIDE_COUNTS);
  for (let counts = 1; counts < mostCounts && counted.state[0]?.behind; counts++) counted = await count();

  const sizeBytes = counted.marked.meta.size_after;
  const full = FULL_AT * retention.databaseLimitBytes;
  if (sizeBytes >= FILLING_AT * retention.databaseLimitBytes) {
    tripsLeft--;
    await tellFilling(context, sizeBytes, retention.databaseLimitBytes);
  }
  if (sizeBytes >= full) await giveWay(context, sizeBytes, full, tripsLeft);
  else if (counted.state[0]?.anyFull) await transaction(db, setStorageFull(db, [], []));
}

async function tellFilling({ db, now }: EventContext, sizeBytes: number, limitBytes: number): Promise<void> {
  const details = { size_bytes: sizeBytes, limit_bytes: limitBytes };
  const stamp = { alertId: newId("alt", now()), now: now() };
  await addGatewayAlert(db, { type: "database.filling", details, onceInMs: DAY_MS }, stamp);
  log("database.filling", details, "warn");
}

/** Asks one account after the other for its oldest finished events, until the database is small enough. */
async function giveWay(context: EventContext, sizeBytes: number, full: number, mostTrips: number): Promise<void> {
  const { db } = context;
  let size = sizeBytes;
  const above = await selectAboveShare(db, MOST_ABOVE);
  const empty: number[] = [];
  await inChunks(context.now, above.length > 0 ? mostTrips - 2 : 0, async (chunk) => {
    const account = above[empty.length]?.id ?? 0;
    const { subtracted, deleted } = await transaction(db, deleteOldestFinished(db, account, size - full + 1, chunk));
    size = deleted.meta.size_after;
    if (deleted.meta.changes === 0) empty.push(account);
    return { more: size >= full && empty.length < above.length, answers: [subtracted, deleted] };
  });
  const refused = size < full ? [] : empty;
  const unasked = size < full ? [] : above.slice(empty.length).map(({ id }) => id);
  const now = context.now();
  await transaction(db, {
    told: addStorageAlerts(db, refused, DAY_MS, { alertId: newId("alt", now), now }),
    ...setStorageFull(db, refused, unasked),
  });
  const shared = { size_bytes: sizeBytes, size_after_bytes: size, above: above.length, full: refused.length };
  log("storage.shared", shared, "warn");
}

import { deleteOldPortalLinks } from "../db/access/portal-links";
import type { AccountContext } from "./account";

const DAY_MS = 86_400_000;
const FORGET_CHUNK = 250;

/** Removes portal links made so many days ago that have ended. One statement. */
export async function forgetLinks(context: Pick<AccountContext, "db" | "now">, days: number): Promise<void> {
  const now = context.now();
  await deleteOldPortalLinks(context.db, now - days * DAY_MS, now, FORGET_CHUNK);
}

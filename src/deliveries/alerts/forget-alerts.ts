import { deleteOldAlerts, deleteRaisedAlerts } from "../../db/alerts/alerts";
import type { DeliveryContext } from "../delivery";
import { areTold } from "./alert";

/** Longer than any two alerts of a kind are held apart. The events that told of them stay as long as others. */
const KEPT_MS = 2 * 86_400_000;
const CHUNK = 500;

/** Lets go of alerts that were raised long ago, and, where nobody is told, of all that are old. */
export async function forgetAlerts(context: Pick<DeliveryContext, "db" | "now" | "alerts">): Promise<void> {
  const before = context.now() - KEPT_MS;
  await (areTold(context.alerts) ? deleteRaisedAlerts : deleteOldAlerts)(context.db, before, CHUNK);
}

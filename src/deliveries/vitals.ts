import { selectVitals, type Vitals } from "../db/dead-letters";
import type { DeliveryContext } from "./delivery";
import { PROBE_AFTER_FAILURES } from "./health";

/** Counts stop here: an operator needs to know that it is many. */
export const MOST_COUNTED = 1_000;
/** What was due only just now is under way. */
export const OVERDUE_AFTER_MS = 120_000;

/** How the gateway is, in numbers that cost nothing to find out. */
export async function readVitals(context: Pick<DeliveryContext, "db" | "now">): Promise<Vitals> {
  const overdueBefore = context.now() - OVERDUE_AFTER_MS;
  const [vitals] = await selectVitals(context.db, overdueBefore, PROBE_AFTER_FAILURES, MOST_COUNTED);
  if (!vitals) throw new Error("the database counted nothing");
  return vitals;
}

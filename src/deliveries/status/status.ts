import { type GatewayStatus, selectGatewayStatus } from "../../db/status";
import { logFault } from "../../observability/log";
import { OVERDUE_AFTER_MS } from "../deadlines";
import type { DeliveryContext } from "../delivery";
import { OPEN_LIMITS } from "../recording/circuit";

/** Counts stop here: an operator needs to know that it is many. */
export const MOST_COUNTED = 1_000;

/** How many messages wait in the queue, due or not; null without a queue, or when it does not say. */
export async function readBacklog(context: Pick<DeliveryContext, "queue">): Promise<number | null> {
  try {
    return context.queue && (await context.queue.metrics()).backlogCount;
  } catch (error) {
    logFault("queue.no_metrics", error);
    return null;
  }
}

/** How the gateway is, in numbers that cost nothing to find out. */
export async function readGatewayStatus(context: Pick<DeliveryContext, "db" | "now">): Promise<GatewayStatus> {
  const overdueBefore = context.now() - OVERDUE_AFTER_MS;
  const [gatewayStatus] = await selectGatewayStatus(context.db, overdueBefore, OPEN_LIMITS, MOST_COUNTED);
  if (!gatewayStatus) throw new Error("the database counted nothing");
  return gatewayStatus;
}

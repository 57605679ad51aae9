import type { CircuitRow } from "../../db/circuits";
import { isCircuitOpen } from "../circuit";

/** The account that operational events belong to. */
export const OPERATIONS_ACCOUNT = "operations";

export type Alert = {
  type: "destination.disabled" | "destination.recovered" | "delivery.exhausted" | "database.filling";
  /** Two alerts with the same key are one. */
  key: string;
  data: Record<string, unknown>;
};

/** Where alerts go; either may be missing. */
export type AlertRoutes = {
  webhook: { url: string; secret: string } | null;
  mail: ((subject: string, text: string) => Promise<void>) | null;
};

/** What a change of a destination's health tells the operator. Pure. */
export function circuitAlerts(before: CircuitRow[], after: CircuitRow[], now: number): Alert[] {
  const earlier = new Map(before.map((row) => [row.key, row]));
  return after.flatMap((row): Alert[] => {
    const was = earlier.get(row.key);
    if (!was || row.accountId === OPERATIONS_ACCOUNT) return [];
    const data = { account_id: row.accountId, destination_id: row.destinationId };
    if (was.enabled && !row.enabled) {
      const more = { reason: row.disabledReason, consecutive_failures: row.consecutiveFailures };
      return [
        { type: "destination.disabled", key: `destination.disabled:${row.key}:${now}`, data: { ...data, ...more } },
      ];
    }
    if (isCircuitOpen(was) && row.consecutiveFailures === 0) {
      const more = { failed_attempts: was.consecutiveFailures };
      return [
        { type: "destination.recovered", key: `destination.recovered:${row.key}:${now}`, data: { ...data, ...more } },
      ];
    }
    return [];
  });
}

/** One alert for each destination that deliveries ended at without arriving, naming the first few. Pure. */
export function exhaustionAlerts(
  exhausted: { deliveryId: string; destinationId: string; accountId: string }[],
): Alert[] {
  const byDestination = Map.groupBy(
    exhausted.filter(({ accountId }) => accountId !== OPERATIONS_ACCOUNT),
    ({ destinationId }) => destinationId,
  );
  return [...byDestination].map(([destinationId, deliveries]) => ({
    type: "delivery.exhausted",
    key: `delivery.exhausted:${deliveries[0]?.deliveryId}`,
    data: {
      account_id: deliveries[0]?.accountId,
      destination_id: destinationId,
      count: deliveries.length,
      delivery_ids: deliveries.slice(0, MOST_DELIVERY_IDS).map(({ deliveryId }) => deliveryId),
    },
  }));
}

const MOST_DELIVERY_IDS = 20;

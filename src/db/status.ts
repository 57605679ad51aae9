/** The gateway's status in numbers. Unexecuted; a verb runs it. */
import { sql } from "drizzle-orm";
import { all, type Database } from "./database";
import { circuitOpen } from "./engine/circuits";
import type { OpenLimits } from "./engine/routes";

/** What an operator wants to know at a glance; each count stops at `most`. */
export type GatewayStatus = {
  deadLetters: number;
  overdueDeliveries: number;
  failingDestinations: number;
  pausedDestinations: number;
};

export function selectGatewayStatus(db: Database, overdueBefore: number, limits: OpenLimits, most: number) {
  return all<GatewayStatus>(
    db,
    sql`
    SELECT (SELECT count(*) FROM (SELECT 1 FROM dead_letters LIMIT ${most})) AS deadLetters,
           (SELECT count(*) FROM (SELECT 1 FROM deliveries WHERE state = 'pending' AND next_attempt_at <= ${overdueBefore}
                                  UNION ALL SELECT 1 FROM flights WHERE due_at <= ${overdueBefore}
                                  LIMIT ${most})) AS overdueDeliveries,
           (SELECT count(*) FROM (SELECT 1 FROM destinations x
                                  WHERE x.enabled AND x.removed_at IS NULL AND ${circuitOpen(limits)}
                                  LIMIT ${most})) AS failingDestinations,
           (SELECT count(*) FROM (SELECT 1 FROM destinations WHERE paused_at IS NOT NULL
                                  LIMIT ${most})) AS pausedDestinations`,
  );
}

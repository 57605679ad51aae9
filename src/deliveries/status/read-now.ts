import { selectDueOfAnyAccount } from "../../db/deliveries";
import {
  type FailingRow,
  type PausedRow,
  selectFailingOfAnyAccount,
  selectPausedOfAnyAccount,
} from "../../db/destinations";
import { countSeals } from "../../db/seals";
import { type GatewayStatus, selectGatewayStatus } from "../../db/status";
import { transaction } from "../../db/transaction";
import { type SealingStatus, sealsOf } from "../../destinations/reseal";
import { maskUrl } from "../../security/masked-url";
import { OVERDUE_AFTER_MS } from "../deadlines";
import type { DeliveryContext } from "../delivery";
import { type Delivery, deliveryOf } from "../reading/read-deliveries";
import { OPEN_LIMITS } from "../recording/circuit";
import { MOST_COUNTED, readBacklog } from "./status";

/** How many of each are named; there may be more. */
export const MOST_NAMED = 10;

export type FailingDestination = FailingRow;
export type PausedDestination = PausedRow;
/** What an operator asks first: what fails, what is due next, and what waits for a person. */
export type Now = {
  gatewayStatus: GatewayStatus;
  sealing: SealingStatus;
  backlog: number | null;
  failing: FailingDestination[];
  /** By a person. */
  paused: PausedDestination[];
  due: Delivery[];
};

/** Of all accounts, in one round trip: destinations that began to fail last, and deliveries that are due next. */
export async function readNow(context: Pick<DeliveryContext, "db" | "now" | "queue" | "sealingKeys">): Promise<Now> {
  const { db } = context;
  const seals = await sealsOf(context);
  const [backlog, { status, failing, paused, due, sealing }] = await Promise.all([
    readBacklog(context),
    transaction(db, {
      status: selectGatewayStatus(db, context.now() - OVERDUE_AFTER_MS, OPEN_LIMITS, MOST_COUNTED),
      failing: selectFailingOfAnyAccount(db, OPEN_LIMITS, MOST_NAMED),
      paused: selectPausedOfAnyAccount(db, MOST_NAMED),
      due: selectDueOfAnyAccount(db, MOST_NAMED),
      sealing: countSeals(db, seals, MOST_COUNTED),
    }),
  ]);
  const [gatewayStatus] = status;
  const [sealed] = sealing;
  if (!gatewayStatus || !sealed) throw new Error("the database counted nothing");
  return {
    gatewayStatus,
    sealing: sealed,
    backlog,
    failing: failing.map(masked),
    paused: paused.map(masked),
    due: due.map(deliveryOf),
  };
}

function masked<Row extends { url: string }>(row: Row): Row {
  return { ...row, url: maskUrl(row.url) };
}

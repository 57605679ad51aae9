import { selectDueOfAnyAccount } from "../../db/deliveries";
import { type FailingRow, selectFailingOfAnyAccount } from "../../db/destinations";
import { type GatewayStatus, selectGatewayStatus } from "../../db/status";
import { transaction } from "../../db/transaction";
import { maskUrl } from "../../security/masked-url";
import { OPEN_LIMITS } from "../circuit";
import { OVERDUE_AFTER_MS } from "../deadlines";
import type { DeliveryContext } from "../delivery";
import { type Delivery, deliveryOf } from "../read-deliveries";
import { MOST_COUNTED, readBacklog } from "./status";

/** How many of each are named; there may be more. */
export const MOST_NAMED = 10;

export type FailingDestination = FailingRow;
/** What an operator asks first: what fails, what is due next, and what waits for a person. */
export type Now = {
  gatewayStatus: GatewayStatus;
  backlog: number | null;
  failing: FailingDestination[];
  due: Delivery[];
};

/** Of all accounts, in one round trip: destinations that began to fail last, and deliveries that are due next. */
export async function readNow(context: Pick<DeliveryContext, "db" | "now" | "queue">): Promise<Now> {
  const { db } = context;
  const [backlog, { status, failing, due }] = await Promise.all([
    readBacklog(context),
    transaction(db, {
      status: selectGatewayStatus(db, context.now() - OVERDUE_AFTER_MS, OPEN_LIMITS, MOST_COUNTED),
      failing: selectFailingOfAnyAccount(db, OPEN_LIMITS, MOST_NAMED),
      due: selectDueOfAnyAccount(db, MOST_NAMED),
    }),
  ]);
  const [gatewayStatus] = status;
  if (!gatewayStatus) throw new Error("the database counted nothing");
  return {
    gatewayStatus,
    backlog,
    failing: failing.map((one) => ({ ...one, url: maskUrl(one.url) })),
    due: due.map(deliveryOf),
  };
}

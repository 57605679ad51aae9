/** How a change of a destination is answered, whichever route asks for it. */
import type { Context } from "hono";
import { wakeDestination } from "../../deliveries/wake-ups";
import type { Change } from "../../destinations/activation";
import { changeDestination } from "../../destinations/change-destination";
import type { Destination } from "../../destinations/destination";
import { reachedAt } from "../../env";
import { type AppEnv, acting } from "../context";
import { notFound, problem } from "../problem";
import { destinationRecord } from "./destination-schemas";

export async function change(c: Context<AppEnv>, destinationId: string, input: (stored: Destination) => Change) {
  const changed = await changeDestination(reachedAt(acting(c), c.req.url), destinationId, input);
  switch (changed.kind) {
    case "changed":
      if (changed.switched) await wakeDestination(c.get("gateway"), destinationId);
      return c.json(destinationRecord(changed.destination), 200);
    case "unknown":
      return notFound(c, "destination");
    case "changed_meanwhile":
      return changedMeanwhile(c);
    case "stopped_by_operator":
      throw new Error("what an operator has stopped kept the operator from it");
    case "account_suspended":
      return accountSuspended(c);
    case "unfit":
      return problem(c, 400, "invalid_input", "The destination cannot be called like this.", changed.errors);
  }
}

export function accountSuspended(c: Context<AppEnv>) {
  return problem(c, 409, "account_suspended", "Its account is suspended. Resume the account first.");
}

export function changedMeanwhile(c: Context<AppEnv>) {
  return problem(
    c,
    409,
    "changed_meanwhile",
    "Somebody else changed this destination in the meantime. Read it again and repeat the change.",
  );
}

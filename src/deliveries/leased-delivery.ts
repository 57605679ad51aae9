import type { ContentRow, LeasedRow, TargetRow } from "../db/engine/leases";
import type { EventView } from "../filters/event-view";
import { type Unwanted, unwantedBy } from "./unwanted";

/** A delivery whose lease the holder of this has, with all that its attempt needs; or why there is to be none. */
export type LeasedDelivery = LeasedRow & { target: TargetRow; content: ContentRow; unwanted: Unwanted | null };

/**
 * What is held of these, ready to be attempted: before its first attempt a delivery is checked for whether its destination
 * asks for the event. Tests, and what a person sends all the same, are not.
 *
 * @param view the event; one for all its deliveries
 */
export function leasedDelivery(
  row: LeasedRow,
  target: TargetRow,
  content: ContentRow,
  view: () => EventView,
): LeasedDelivery {
  const isAsked = row.attemptCount === 0 && !row.isForced && content.kind !== "test";
  return { ...row, target, content, unwanted: isAsked ? unwantedBy(target, view) : null };
}

import type { ContentRow, LeasedRow, TargetRow } from "../db/engine/leases";

/** A delivery whose lease the holder of this has, with all that its attempt needs. */
export type LeasedDelivery = LeasedRow & { target: TargetRow; content: ContentRow; wasHeld: boolean };

import type { KnownCatalogues } from "../catalogues/known-catalogues";
import type { TargetRow } from "../db/engine/leases";
import type { CheckedEvent, StoredEvent } from "../db/events";
import type { GroupCommit } from "../db/group-commit";
import type { DeliveryContext } from "../deliveries/delivery";
import type { Limiter } from "../limits/limiter";
import type { KnownTokens } from "./known-tokens";

/** What the database made of one event; `targets` are at least those to which it is on its first way. */
export type Committed = { outcome: StoredEvent; targets: Map<number, TargetRow> };

export type EventContext = DeliveryContext & {
  /** What an account may send a second is learnt with each event that is stored. */
  limiter: Limiter;
  accepts: GroupCommit<CheckedEvent, Committed>;
  catalogues: KnownCatalogues;
  /** Where an event is stored first: in the database, or in the queue, from which the consumer stores it. */
  acceptInto: "d1" | "queue";
  knownTokens: KnownTokens;
};

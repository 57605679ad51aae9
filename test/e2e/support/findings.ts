/** What receivers saw and what the gateway tells of it, held against what it promises. Pure. */
import type { Delivery } from "../../support/client.ts";
import type { Sighting } from "./witness.ts";

export type Findings = {
  /** Answered 2xx, and not arrived at each destination. */
  lost: string[];
  /** Came again under another `webhook-id`. */
  renamed: string[];
  /** Came more than once to a receiver that had thanked for it, though the Worker had not died in between. */
  repeated: string[];
  /** The same, though the Worker had had all the time it needs to write down the first. */
  forgotten: string[];
  /** Came again before its schedule allows. */
  hurried: string[];
  /** The gateway tells of more attempts than the receiver's failures and one success. */
  overcounted: string[];
  /** Did not end as delivered. */
  unfinished: string[];
  /** Requests with what had arrived at that receiver before, which a crash may cause. */
  duplicates: number;
};

/** The first wait of the schedule, less its jitter, and the clock's grain. */
const FIRST_WAIT_MS = 0.8 * 5_000 - 20;
/** An attempt is recorded within this time of its answer, its neighbours' patience and retries of the record included. */
const RECORDED_WITHIN_MS = 15_000;

/**
 * @param perReceiver what each of the lasting receivers saw
 * @param deaths when each life ended, in milliseconds since 1970
 */
export function findingsOf(
  answered: ReadonlySet<string>,
  perReceiver: Sighting[][],
  deliveries: Delivery[],
  deaths: number[],
): Findings {
  const findings: Findings = {
    ...{ lost: [], renamed: [], repeated: [], forgotten: [], hurried: [], overcounted: [] },
    unfinished: deliveries.filter(({ state }) => state !== "delivered").map(({ delivery_id }) => delivery_id),
    duplicates: 0,
  };
  const failures = new Map<string, number>();
  for (const sightings of perReceiver) {
    const byPayload = Map.groupBy(sightings, ({ payload }) => payload);
    for (const payload of answered) if (!byPayload.get(payload)?.some(({ ok }) => ok)) findings.lost.push(payload);
    for (const [payload, seen] of byPayload) {
      findings.duplicates += Math.max(0, seen.filter(({ ok }) => ok).length - 1);
      if (new Set(seen.map(({ webhookId }) => webhookId)).size > 1) findings.renamed.push(payload);
      for (const [i, one] of seen.entries()) {
        if (!one.ok) failures.set(one.webhookId, (failures.get(one.webhookId) ?? 0) + 1);
        const next = seen[i + 1];
        if (!next) continue;
        if (one.ok && next.life === one.life) findings.repeated.push(one.webhookId);
        if (one.ok && (deaths[one.life] ?? 0) - one.at > RECORDED_WITHIN_MS) findings.forgotten.push(one.webhookId);
        if (!one.ok && next.life === one.life && next.at - one.at < FIRST_WAIT_MS) findings.hurried.push(one.webhookId);
      }
    }
  }
  for (const { delivery_id, attempt_count } of deliveries) {
    if (attempt_count > 1 + (failures.get(delivery_id) ?? 0)) findings.overcounted.push(delivery_id);
  }
  return findings;
}

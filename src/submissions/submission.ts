/** Forms that act once, however often they are sent: the first one acts, the others are given its answer. */
import type { Database } from "../db/database";
import {
  deleteSubmission,
  deleteSubmissionsBefore,
  insertSubmission,
  selectSubmission,
  updateSubmission,
} from "../db/submissions";
import { transaction } from "../db/transaction";

/** How long an answer is kept to be given again. */
export const KEPT_MS = 600_000;

type SubmissionContext = { db: Database; now: () => number };

/** `first`: act, then `finishSubmission` or `releaseSubmission`. `running`: the first has not been answered yet. */
export type Begun = { kind: "first" } | { kind: "running" } | { kind: "answered"; answer: string };

/**
 * Takes the submission for whoever comes first. In the transaction old ones go before it is looked for: what has ended
 * is not repeated.
 *
 * @param hash stands for the form, whoever sends it, and all that it says
 */
export async function beginSubmission({ db, now }: SubmissionContext, hash: string): Promise<Begun> {
  const at = now();
  const { begun, found } = await transaction(db, {
    forgotten: deleteSubmissionsBefore(db, at - KEPT_MS),
    begun: insertSubmission(db, hash, at),
    found: selectSubmission(db, hash),
  });
  if (begun.length > 0) return { kind: "first" };
  const answer = found[0]?.answer ?? null;
  return answer === null ? { kind: "running" } : { kind: "answered", answer };
}

/** Keeps the answer for those who send the same again. */
export async function finishSubmission({ db }: SubmissionContext, hash: string, answer: string): Promise<void> {
  await updateSubmission(db, hash, answer);
}

/** Nothing was done: the same may be sent again, and acts then. */
export async function releaseSubmission({ db }: SubmissionContext, hash: string): Promise<void> {
  await deleteSubmission(db, hash);
}

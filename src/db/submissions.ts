/** Statements on submitted forms. Unexecuted; a verb runs them. */
import { eq, lt } from "drizzle-orm";
import type { Database } from "./database";
import { submissions } from "./schema";

/** Returns a row to the first only. */
export function insertSubmission(db: Database, submissionHash: string, now: number) {
  return db
    .insert(submissions)
    .values({ submissionHash, createdAt: now })
    .onConflictDoNothing()
    .returning({ submissionHash: submissions.submissionHash });
}

export function selectSubmission(db: Database, submissionHash: string) {
  return db
    .select({ answer: submissions.answer })
    .from(submissions)
    .where(eq(submissions.submissionHash, submissionHash));
}

export function updateSubmission(db: Database, submissionHash: string, answer: string) {
  return db.update(submissions).set({ answer }).where(eq(submissions.submissionHash, submissionHash));
}

export function deleteSubmission(db: Database, submissionHash: string) {
  return db.delete(submissions).where(eq(submissions.submissionHash, submissionHash));
}

export function deleteSubmissionsBefore(db: Database, time: number) {
  return db.delete(submissions).where(lt(submissions.createdAt, time));
}

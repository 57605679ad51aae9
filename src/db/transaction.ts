import type { BatchItem } from "drizzle-orm/batch";
import type { Database } from "./database";

type Statement = BatchItem<"sqlite">;

/** Statements by name: one, a list of them, one that may be missing (null), or a group with names of its own. */
export type Statements = { readonly [name: string]: Statement | readonly Statement[] | null | Statements };

/** What the statements answered, under the same names. */
export type RowsOf<Named> = { -readonly [Name in keyof Named]: Answer<Named[Name]> };

type Answer<Part> = Part extends null
  ? null
  : Part extends Statement
    ? Part["_"]["result"]
    : Part extends readonly (infer One extends Statement)[]
      ? One["_"]["result"][]
      : RowsOf<Part>;

/**
 * Runs the statements in the order in which they are written, as one transaction and one round trip to D1: all of them
 * take effect or none. Without any statement it asks nothing.
 *
 * @returns each statement's rows under its name; a list's as a list, in its order
 * @throws what D1 threw; nothing was stored then
 */
export async function transaction<Named extends Statements>(db: Database, named: Named): Promise<RowsOf<Named>> {
  const [first, ...others] = inOrder(named);
  const answers = first ? await db.batch([first, ...others]) : [];
  // The walk that laid the statements out gives each its answer back; the types above say what that leaves.
  return answered(named, answers.values()) as RowsOf<Named>;
}

function inOrder(named: Statements): Statement[] {
  return Object.values(named).flatMap((part): Statement | readonly Statement[] => {
    if (part === null) return [];
    return isGroup(part) ? inOrder(part) : part;
  });
}

function answered(named: Statements, answers: Iterator<unknown>): Record<string, unknown> {
  const answerTo = (part: Statements[string]): unknown => {
    if (part === null) return null;
    if (Array.isArray(part)) return part.map(() => answers.next().value);
    return isGroup(part) ? answered(part, answers) : answers.next().value;
  };
  return Object.fromEntries(Object.entries(named).map(([name, part]) => [name, answerTo(part)]));
}

/** A statement is an instance of one of Drizzle's classes, a group is a plain object. */
function isGroup(part: Statement | readonly Statement[] | Statements): part is Statements {
  return Object.getPrototypeOf(part) === Object.prototype;
}

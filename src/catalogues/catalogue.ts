import type { CatalogueBounds, EventTypeInput, EventTypeRow, SeenType } from "../db/catalogues";
import type { Database } from "../db/database";
import { sha256Hex } from "../security/sha256";

/** What an account says of a type of its events; its schema and its example are JSON, as they were written. */
export type KeptType = EventTypeRow;
export type KeptTypeInput = EventTypeInput;
/** A type that events of the account have had lately, and that it does not keep. */
export type { SeenType };

export type CatalogueContext = { db: Database; now: () => number };

export const CATALOGUE_BOUNDS: CatalogueBounds = { types: 200, schemaBytes: 500_000 };
/** So many of an account's latest events are looked through for types that it does not keep. */
export const SEEN_IN_EVENTS = 2_000;

/** As the audit trail keeps it: of what may be long, a digest. */
export async function auditFields(input: KeptTypeInput): Promise<Record<string, unknown>> {
  const digest = async (text: string | null) =>
    text === null ? null : `sha256:${(await sha256Hex(text)).slice(0, 16)}`;
  return {
    description: input.description,
    validate: input.validation,
    schema: await digest(input.schema),
    example: await digest(input.example),
  };
}

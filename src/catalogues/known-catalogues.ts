/**
 * What this isolate knows of the catalogues that events are checked against, by their accounts' tokens: what was used last, up
 * to a total size. It learns one from the database when a transaction says that it is another by now, so that an account
 * without any costs nothing.
 */
import type { CheckedEvent, NewEvent } from "../db/events";
import type { FieldError } from "../errors/field-error";
import { eventTypeOf, type TypeSources } from "../event-types/event-type";
import type { Check } from "../event-types/schemas/check";
import { compileSchema, violationsOf } from "../event-types/schemas/schema";
import { parsePath } from "../json/path";
import { logFault } from "../observability/log";
import { LruCache } from "../security/lru-cache";
import type { Validation } from "../vocabulary/validation";

type Kept = { validation: Validation; schema: string; compiled: Check | null };
type Catalogue = { revision: number; sources: TypeSources; types: Map<string, Kept> };

export type Checked = Pick<CheckedEvent, "catalogueRevision" | "schemaErrors" | "refused">;

const UNCHECKED: Checked = { catalogueRevision: 0, schemaErrors: null, refused: false };
/** In characters of their JSON. What is made of it takes about ten times as much. */
const MOST_KEPT = 1_500_000;

export class KnownCatalogues {
  readonly #byToken = new LruCache<Catalogue>(MOST_KEPT);

  /** How the event breaks the schema of its type, as far as is known here. */
  check({ tokenHash, payload, incomingHeaders, eventId }: NewEvent): Checked {
    const catalogue = this.#byToken.get(tokenHash);
    if (catalogue === undefined || catalogue.types.size === 0) {
      return catalogue === undefined ? UNCHECKED : { ...UNCHECKED, catalogueRevision: catalogue.revision };
    }
    const headers = incomingHeaders === null ? {} : JSON.parse(incomingHeaders);
    const type = eventTypeOf(headers, () => JSON.parse(payload), catalogue.sources);
    const kept = type === null ? undefined : catalogue.types.get(type);
    const violations = kept === undefined ? [] : violationsIn(kept, payload, eventId);
    return {
      catalogueRevision: catalogue.revision,
      schemaErrors: violations.length === 0 ? null : JSON.stringify(violations),
      refused: violations.length > 0 && kept?.validation === "reject",
    };
  }

  /** @param json what `catalogueBeyond` in db/catalogues makes */
  learn(tokenHash: string, json: string): void {
    const { revision, header, path, types } = JSON.parse(json) as {
      revision: number;
      header: string | null;
      path: string | null;
      types: (Omit<Kept, "compiled"> & { type: string })[];
    };
    const catalogue: Catalogue = {
      revision,
      sources: { header, path: path === null ? null : parsePath(path) },
      types: new Map(types.map(({ type, ...kept }) => [type, { ...kept, compiled: null }])),
    };
    this.#byToken.set(tokenHash, catalogue, json.length);
  }
}

function violationsIn(kept: Kept, payload: string, eventId: string): FieldError[] {
  if (kept.compiled === null) {
    const reading = compileSchema(kept.schema);
    if (reading.kind === "refused") {
      // what was kept could be read: by a version that takes more than this one
      logFault("schema.not_readable", new Error(reading.errors[0]?.message), { event_id: eventId });
      return [];
    }
    kept.compiled = reading.schema;
  }
  return violationsOf(kept.compiled, payload);
}

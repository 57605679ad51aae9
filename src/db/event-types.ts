/** An event's type in statements: found when the event is stored, and read without its payload. */
import { type SQL, sql } from "drizzle-orm";

/** What no type has in it, see event-types/event-type: spaces, control characters, `*`, and what is no character. */
const NOT_IN_TYPES = "\u0001-\u0020*\u007f-\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff\ufffd";

/**
 * `eventTypeOf` in SQL: of an event of the account `a`, from the JSON of its headers and its payload. The account's path
 * is read as it is written, but that quotes stand without brackets here. SQLite takes no JSON of more than 1,000 levels: such an
 * event has no type in its payload.
 */
export function typeOfIncoming(headers: SQL, payload: SQL): SQL {
  const path = sql`('$' || iif(a.event_type_path GLOB '[[]*', '', '.')
                     || replace(replace(a.event_type_path, '["', '."'), '"]', '"'))`;
  return sql`(
    SELECT c.value
    FROM json_each(json_array(
      ${headers} -> '$."cl-x-event-type"', ${headers} -> ('$."' || a.event_type_header || '"'), ${headers} -> '$."ce-type"',
      CASE WHEN a.event_type_path IS NOT NULL AND json_valid(${payload}) THEN ${payload} -> ${path} END)) c
    WHERE c.type = 'text' AND length(c.value) BETWEEN 1 AND 128 AND instr(c.value, char(0)) = 0
      AND c.value NOT GLOB ${`*[${NOT_IN_TYPES}]*`}
    ORDER BY c.key LIMIT 1)`;
}

/** The type of the event `e`. */
export const EVENT_TYPE = typeOf(sql`e`);

/** And that the event (account, event_id) is of that type; nothing where any will do. */
export function ofType(event: SQL, type: string | undefined): SQL {
  return type === undefined ? sql`` : sql`AND ${typeOf(event)} = ${type}`;
}

/** The type of an event, from its index: in the row it stands behind the payload, which would be read on the way. */
function typeOf(event: SQL): SQL {
  return sql`(
    SELECT t.event_type FROM events t INDEXED BY events_account
    WHERE t.account = ${event}.account AND t.event_id = ${event}.event_id)`;
}

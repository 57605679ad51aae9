import type { Child } from "hono/jsx";
import { offeredTypes } from "../../catalogues/read-catalogue";
import { Foreign } from "../parts/elements";
import type { PageContext } from "../session/viewer";

/** The types that the account keeps, to tick for a destination that is to get them; null where it keeps none. */
export async function offerOf(c: PageContext, accountId: string): Promise<Child> {
  const types = await offeredTypes(c.get("gateway"), accountId);
  if (types.length === 0) return null;
  return (
    <details class="field">
      <summary>Choose from the account’s event types</summary>
      {types.map(({ type, description }) => (
        <label>
          <input type="checkbox" name="event_types" value={type} /> <Foreign text={type} />{" "}
          <span class="muted">{description}</span>
        </label>
      ))}
    </details>
  );
}

/** What a filter would let through, before it is saved. */
import * as z from "zod/v4";
import { whyUnwanted } from "../../deliveries/unwanted";
import { eventTypesOf } from "../../destinations/destination-input";
import { EventTypesSchema } from "../../event-types/event-type-input";
import { type Tried, tryWanted } from "../../events/try-wanted";
import { FilterTextSchema } from "../../filters/filter-input";
import { Ago, Empty, EventType, Foreign, Id } from "../parts/elements";
import { type Errors, errorsOf, namesIn, textOf } from "../parts/forms";
import type { PageContext } from "../session/viewer";

const Asked = z.object({ event_types: EventTypesSchema, filter: FilterTextSchema });

/** How the account's latest events would fare with what the form says; or what is wrong with that. */
export async function trialOf(
  c: PageContext,
  accountId: string,
  form: FormData,
): Promise<{ tried: Tried[]; errors?: never } | { tried?: never; errors: Errors }> {
  const asked = Asked.safeParse({ event_types: namesIn(form, "event_types"), filter: textOf(form, "filter") });
  if (!asked.success) return { errors: errorsOf(asked.error) };
  const types = eventTypesOf(asked.data.event_types);
  const tried = await tryWanted(c.get("gateway"), accountId, "latest", {
    eventTypes: types && JSON.stringify(types),
    filter: asked.data.filter,
    filterRevision: 0,
  });
  return { tried: tried ?? [] };
}

export function Trial({ base, tried, now }: { base: string; tried: Tried[]; now: number }) {
  if (tried.length === 0) return <Empty>The account has no event yet to try this on.</Empty>;
  const wanted = tried.filter(({ unwanted }) => unwanted === null).length;
  return (
    <section id="trial">
      <h2>
        {wanted} of the last {tried.length} events would be sent
      </h2>
      <p class="muted">Nothing is saved yet.</p>
      <div class="scroll">
        <table>
          <thead>
            <tr>
              <th>Type</th>
              <th>Event</th>
              <th>Outcome</th>
              <th>Received</th>
            </tr>
          </thead>
          <tbody>
            {tried.map(({ eventId, receivedAt, type, unwanted }) => (
              <tr>
                <td>
                  <EventType of={type} />
                </td>
                <td>{eventId === null ? null : <Id of={eventId} href={`${base}/events/${eventId}`} />}</td>
                <td>{unwanted === null ? "sent" : <Foreign text={`not sent: ${whyUnwanted(unwanted)}`} />}</td>
                <td>{receivedAt === null ? null : <Ago at={receivedAt} now={now} />}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

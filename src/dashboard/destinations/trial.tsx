/** What types, filter, transformation and templates would do to the latest events, before they are saved. */
import * as z from "zod/v4";
import { whyUnwanted } from "../../deliveries/unwanted";
import { eventTypesOf } from "../../destinations/destination-input";
import { EventTypesSchema } from "../../event-types/event-type-input";
import { type Tried, tryWanted } from "../../events/try-wanted";
import { FilterTextSchema } from "../../filters/filter-input";
import { isSensitiveHeader, maskLines } from "../../security/masking";
import { sentenceOf } from "../../transformations/shape";
import { TemplatesTextSchema, TransformationTextSchema } from "../../transformations/transformation-input";
import { Payload } from "../events/payload-tree";
import { Ago, Empty, EventType, Foreign, Id } from "../parts/elements";
import { type Errors, errorsOf, namesIn, textOf } from "../parts/forms";
import type { PageContext } from "../session/viewer";

const Asked = z.object({
  event_types: EventTypesSchema,
  filter: FilterTextSchema,
  transformation: TransformationTextSchema,
  templates: TemplatesTextSchema,
});

/** How the account's latest events would fare with what the form says; or what is wrong with that. */
export async function trialOf(
  c: PageContext,
  accountId: string,
  form: FormData,
): Promise<{ tried: Tried[]; errors?: never } | { tried?: never; errors: Errors }> {
  const asked = Asked.safeParse({
    event_types: namesIn(form, "event_types"),
    filter: textOf(form, "filter"),
    transformation: textOf(form, "transformation"),
    templates: textOf(form, "templates"),
  });
  if (!asked.success) return { errors: errorsOf(asked.error) };
  const { event_types, ...settings } = asked.data;
  const types = eventTypesOf(event_types);
  const tried = await tryWanted(c.get("gateway"), accountId, "latest", {
    ...settings,
    eventTypes: types && JSON.stringify(types),
    filterRevision: 0,
    httpMethod: textOf(form, "http_method") === "GET" ? "GET" : "POST",
  });
  return { tried: tried ?? [] };
}

export function Trial({ base, tried, now }: { base: string; tried: Tried[]; now: number }) {
  if (tried.length === 0) return <Empty>The account has no event yet to try this on.</Empty>;
  const failing = tried.filter(({ failure }) => failure !== null).length;
  const sendable = tried.filter(({ unwanted }) => unwanted === null).length - failing;
  const sent = tried.find((one) => one.sent !== null)?.sent;
  return (
    <section id="trial">
      <h2>
        {sendable} of the last {tried.length} events would be sent{failing > 0 ? `, ${failing} would fail` : ""}
      </h2>
      <p class="muted">Nothing is saved yet.</p>
      {sent && (sent.shaped.filled || sent.shaped.payload !== sent.payload) ? <SideBySide sent={sent} /> : null}
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
            {tried.map((one) => (
              <tr>
                <td>
                  <EventType of={one.type} />
                </td>
                <td>{one.eventId === null ? null : <Id of={one.eventId} href={`${base}/events/${one.eventId}`} />}</td>
                <td>
                  <Foreign text={outcomeOf(one)} />
                </td>
                <td>{one.receivedAt === null ? null : <Ago at={one.receivedAt} now={now} />}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function outcomeOf({ unwanted, failure }: Tried): string {
  if (unwanted) return `not sent: ${whyUnwanted(unwanted)}`;
  return failure ? `fails: ${sentenceOf(failure)}` : "sent";
}

/** The newest event that would be sent. */
function SideBySide({ sent: { payload, shaped } }: { sent: NonNullable<Tried["sent"]> }) {
  const { path, query, headers } = shaped.filled ?? { path: "", query: "", headers: [] };
  const url = path + (query && `?${query}`);
  const shown = maskLines(headers, isSensitiveHeader).map(([name, value]) => `${name}: ${value}`);
  const lines = url === "" ? shown : [`…${url}`, ...shown];
  return (
    <div class="columns">
      <section>
        <h3>The newest of them as it came</h3>
        <Payload text={payload} whole={null} />
      </section>
      <section>
        <h3>As it would be sent</h3>
        {lines.length === 0 ? null : (
          <pre class="wrapped">
            <code>
              {lines.map((line) => (
                <>
                  <Foreign text={line} />
                  {"\n"}
                </>
              ))}
            </code>
          </pre>
        )}
        <Payload text={shaped.payload} whole={null} />
      </section>
    </div>
  );
}

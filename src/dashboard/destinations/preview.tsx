import { type Preview, previewRequest } from "../../deliveries/preview-request";
import { whyUnwanted } from "../../deliveries/unwanted";
import { type Event, listEvents } from "../../events/read-events";
import { RequestAsSent } from "../deliveries/exchange";
import { Payload } from "../events/payload-tree";
import { Ago, At, Empty, EventType, Facts, Foreign, Id } from "../parts/elements";
import { notFoundPage } from "../parts/not-found";
import { page } from "../parts/page";
import { crumbsBelow, destinationInView } from "../parts/place";
import type { PageContext } from "../session/viewer";

/** How many of the account's latest events it offers. */
const LATEST = 10;

/** An event as it came, the one asked for or the latest, beside what the destination would get of it. Nothing is sent. */
export async function previewPage(c: PageContext) {
  const gateway = c.get("gateway");
  const destination = await destinationInView(c);
  if (!destination) return notFoundPage(c, "destination");
  const { accountId, destinationId } = destination;
  const list = await listEvents(gateway, accountId, {}, { cursor: null, limit: LATEST });
  const latest = list.events.filter(({ sizeBytes }) => sizeBytes > 0);
  const eventId = c.req.query("event_id") ?? latest[0]?.eventId;
  const now = gateway.now();
  const preview = eventId === undefined ? null : await previewRequest(gateway, destination, eventId, now);
  if (eventId !== undefined && !preview) return notFoundPage(c, "event");
  const { base } = c.get("viewer");
  return page(c, {
    title: "Preview",
    of: destination.url,
    crumbs: crumbsBelow(c, destination, "Preview"),
    children: preview ? (
      <>
        <Outcome of={preview} enabled={destination.enabled} />
        <SideBySide base={base} preview={preview} />
        <Others
          base={base}
          path={`${base}/destinations/${destinationId}/preview`}
          events={latest.filter((one) => one.eventId !== eventId)}
          now={now}
        />
      </>
    ) : (
      <Empty>The account has no event yet to show this on.</Empty>
    ),
  });
}

function SideBySide({ base, preview }: { base: string; preview: Preview }) {
  const { eventId, eventType, receivedAt, payload } = preview.event;
  const payloadAt = `${base}/events/${eventId}/payload`;
  const { request } = preview;
  return (
    <div class="columns">
      <section>
        <h2>The event as it came</h2>
        <Facts
          facts={[
            ["Event", <Id of={eventId} href={`${base}/events/${eventId}`} />],
            ["Type", <EventType of={eventType} />],
            ["Received", <At at={receivedAt} />],
          ]}
        />
        <Payload text={payload} whole={payloadAt} />
      </section>
      <section>
        <h2>The request as it would be sent</h2>
        {request === null ? (
          <p class="muted">There is none.</p>
        ) : (
          <RequestAsSent request={request} payloadAt={request.body === payload ? payloadAt : null} />
        )}
      </section>
    </div>
  );
}

function Outcome({ of: { unwanted, reason }, enabled }: { of: Preview; enabled: boolean }) {
  if (reason !== null) {
    return (
      <p class="sentence bad">
        <strong>Nothing can be sent</strong>: <Foreign text={reason} />
      </p>
    );
  }
  if (unwanted !== null) {
    return (
      <p class="sentence calm">
        <strong>The destination does not ask for it</strong>: <Foreign text={whyUnwanted(unwanted)} /> This is what it
        would get all the same.
      </p>
    );
  }
  return enabled ? (
    <p class="sentence good">
      <strong>It would be sent</strong>, with the destination's present settings.
    </p>
  ) : (
    <p class="sentence calm">
      <strong>The destination is disabled</strong>. This is what it would get otherwise.
    </p>
  );
}

function Others({ base, path, events, now }: { base: string; path: string; events: Event[]; now: number }) {
  return (
    <section>
      <h2>On another event</h2>
      <ul>
        {events.map(({ eventId, eventType, receivedAt }) => (
          <li>
            <a href={`${path}?event_id=${eventId}`}>
              <EventType of={eventType} />, <Ago at={receivedAt} now={now} />
            </a>
          </li>
        ))}
      </ul>
      <p class="muted">
        Every <a href={`${base}/events`}>event's page</a> leads here as well.
      </p>
    </section>
  );
}

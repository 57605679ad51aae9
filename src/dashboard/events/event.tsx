/** Events: what was received. Their list, and each with its payload and deliveries. */
import type { Child } from "hono/jsx";
import { dispatch } from "../../deliveries/dispatch";
import type { Delivery } from "../../deliveries/reading/read-deliveries";
import { deliverTo, redeliver } from "../../deliveries/redeliver";
import { type EventWithDeliveries, findEvent } from "../../events/read-events";
import { deliveryId, destinationKey, isId } from "../../vocabulary/ids";
import { DeliveryTable } from "../deliveries/list";
import { At, Copy, Counts, Empty, EventType, Facts, Foreign, Notice, sizeOf } from "../parts/elements";
import { PostForm, readForm, textOf } from "../parts/forms";
import { notFoundPage } from "../parts/not-found";
import { type Crumb, page } from "../parts/page";
import { redirect } from "../parts/redirect";
import { visible } from "../parts/visible";
import { acting, mayChange, type PageContext, scopeOf } from "../session/viewer";
import { Fates } from "./fates";
import { countsOf } from "./list";
import { Payload } from "./payload-tree";

/** One event: its payload, and its delivery to each destination. */
export async function eventPage(c: PageContext) {
  const viewer = c.get("viewer");
  const event = await eventInView(c);
  if (!event) return notFoundPage(c, "event");
  const path = `${viewer.base}/events/${event.eventId}`;
  return page(c, {
    title: `Event ${event.eventId.slice(-8)}`,
    crumbs: crumbsOfEvent(c, event),
    action:
      event.wipedAt !== null || !event.deliveries.some(mayGoAgain) ? null : (
        <PostForm action={`${path}/redeliver`}>
          <button type="submit">Send again to all</button>
        </PostForm>
      ),
    children: (
      <>
        {event.wipedAt === null ? <Sent restarted={c.req.query("sent")} /> : null}
        <Facts
          facts={[
            [
              "Event",
              <>
                <code class="id">{event.eventId}</code> <Copy text={event.eventId} label="the event's id" />
              </>,
            ],
            ["Type", <EventType of={event.eventType} />],
            ...schemaFact(event),
            ["Received", <At at={event.receivedAt} />],
            ["Size", sizeOf(event.sizeBytes)],
            ["Idempotency key", event.idempotencyKey ?? "none"],
            ["Deliveries", <Counts counts={countsOf(event)} />],
          ]}
        />
        <section id="destinations">
          <h2>Where it went</h2>
          <Fates
            base={viewer.base}
            of={event.destinations}
            eventId={event.wipedAt === null ? event.eventId : null}
            mayDeliver={mayChange(viewer)}
            now={c.get("gateway").now()}
          />
        </section>
        <section id="deliveries">
          <h2>Deliveries</h2>
          {event.deliveries.length === 0 ? (
            <Empty>The account had no destination when this event came in.</Empty>
          ) : (
            <DeliveryTable viewer={viewer} deliveries={event.deliveries} now={c.get("gateway").now()} />
          )}
        </section>
        <section>
          <h2>Payload</h2>
          {event.wipedAt === null ? (
            <Payload text={event.payload ?? ""} whole={`${path}/payload`} />
          ) : (
            <p class="muted">
              Wiped at <At at={event.wipedAt} />, with all answers to it.
            </p>
          )}
        </section>
        {event.wipedAt === null && mayChange(viewer) ? (
          <form method="get" action={`${path}/wipe`}>
            <button type="submit" class="danger">
              Wipe the event
            </button>
          </form>
        ) : null}
      </>
    ),
  });
}

/** What the whole event is sent again to: what was filtered out is left alone. */
function mayGoAgain({ destinationEnabled, state }: Delivery): boolean {
  return destinationEnabled === 1 && state !== "filtered";
}

/** How the event breaks the schema of its type, where it does. */
function schemaFact({ schemaErrors }: EventWithDeliveries): [label: string, value: Child][] {
  if (schemaErrors === null) return [];
  const list = (
    <ul>
      {schemaErrors.map(({ path, message }) => (
        <li>
          {path === "" ? null : (
            <>
              <code>{visible(path)}</code>:{" "}
            </>
          )}
          <Foreign text={message} />
        </li>
      ))}
    </ul>
  );
  return [["Breaks its schema", list]];
}

/** The payload as a download, byte for byte as received. */
export async function eventPayload(c: PageContext) {
  const event = await eventInView(c);
  if (!event) return notFoundPage(c, "event");
  if (event.payload === null) return notFoundPage(c, "payload");
  return c.body(event.payload, 200, {
    "Content-Type": "application/json; charset=utf-8",
    "Content-Disposition": `attachment; filename="${event.eventId}.json"`,
  });
}

/** Sends an event to all its destinations again and shows it. */
export async function redeliverEvent(c: PageContext) {
  const gateway = c.get("gateway");
  const event = await eventInView(c);
  if (!event) return notFoundPage(c, "event");
  const again = await redeliver(acting(c), { eventId: event.eventId, destination: null });
  const sent = again.kind === "redelivered" ? again.restarted : 0;
  if (again.kind === "redelivered")
    c.executionCtx.waitUntil(
      dispatch(gateway, again.dispatch, { event: "event.redelivered", request_id: c.get("requestId") }),
    );
  return redirect(c, `${c.get("viewer").base}/events/${event.eventId}?sent=${sent}`);
}

/** Sends an event to one destination, which need not have asked for it, and shows that delivery. */
export async function deliverEvent(c: PageContext) {
  const { base } = c.get("viewer");
  const event = await eventInView(c);
  if (!event) return notFoundPage(c, "event");
  const destinationId = textOf(await readForm(c), "destination_id");
  if (!isId("dst", destinationId)) return notFoundPage(c, "destination");
  const key = { eventId: event.eventId, destination: destinationKey(destinationId) };
  const again = await deliverTo(acting(c), key);
  if (again.kind !== "redelivered") return redirect(c, `${base}/events/${event.eventId}?sent=0`);
  c.executionCtx.waitUntil(
    dispatch(c.get("gateway"), again.dispatch, { event: "event.redelivered", request_id: c.get("requestId") }),
  );
  return redirect(c, `${base}/deliveries/${deliveryId(key.eventId, key.destination)}?sent=${again.restarted}`);
}

/** From the top to the event, or to a page below it. */
export function crumbsOfEvent(c: PageContext, { accountId, eventId }: EventWithDeliveries, label?: string): Crumb[] {
  return [
    ...(c.get("viewer").kind === "operator" ? [{ label: accountId, href: `/accounts/${accountId}` }] : []),
    { label: "Events", href: "/events" },
    ...(label === undefined ? [{ label: eventId }] : [{ label: eventId, href: `/events/${eventId}` }, { label }]),
  ];
}

/** The event of the path, if it is this viewer's to see. */
export function eventInView(c: PageContext): Promise<EventWithDeliveries | null> {
  return findEvent(c.get("gateway"), scopeOf(c.get("viewer")), c.req.param("event_id") ?? "");
}

function Sent({ restarted }: { restarted: string | undefined }) {
  if (restarted === undefined || !/^\d{1,3}$/.test(restarted)) return null;
  if (restarted === "0") {
    return (
      <Notice tone="bad">
        Not sent again: its destinations are paused, disabled or removed, or it is being attempted just now.
      </Notice>
    );
  }
  return (
    <Notice tone="good">
      {restarted === "1" ? "1 delivery is" : `${restarted} deliveries are`} under way, with a fresh retry schedule.
    </Notice>
  );
}

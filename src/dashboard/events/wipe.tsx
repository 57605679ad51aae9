import type { EventWithDeliveries } from "../../events/read-events";
import { wipeEvent } from "../../events/wipe-event";
import { Notice } from "../parts/elements";
import { Confirm, confirmError, readForm } from "../parts/forms";
import { notFoundPage } from "../parts/not-found";
import { page } from "../parts/page";
import { redirect } from "../parts/redirect";
import { acting, type PageContext } from "../session/viewer";
import { crumbsOfEvent, eventInView } from "./event";

/** Says what goes with the event and what stays, and asks for the end of its id. */
export async function wipeEventPage(c: PageContext, error?: string) {
  const event = await eventInView(c);
  if (!event) return notFoundPage(c, "event");
  const here = `${c.get("viewer").base}/events/${event.eventId}`;
  return page(c, {
    title: "Wipe the event",
    crumbs: crumbsOfEvent(c, event, "Wipe"),
    status: error === undefined ? 200 : 400,
    children: (
      <Confirm action={`${here}/wipe`} back={here} name={nameOf(event)} button="Wipe the event" error={error}>
        <Notice tone="bad">
          Its payload, the headers that came with it and all that receivers answered are deleted, and what is pending is
          discarded. That it came, and when it was delivered, stays, and so does its idempotency key. This cannot be
          undone, and the event cannot be sent again.
        </Notice>
      </Confirm>
    ),
  });
}

export async function postEventWipe(c: PageContext) {
  const event = await eventInView(c);
  if (!event) return notFoundPage(c, "event");
  const error = confirmError(await readForm(c), nameOf(event));
  if (error !== undefined) return wipeEventPage(c, error);
  await wipeEvent(acting(c), event.eventId);
  return redirect(c, `${c.get("viewer").base}/events/${event.eventId}`);
}

/** Its id is too long to be typed. */
function nameOf({ eventId }: EventWithDeliveries): string {
  return eventId.slice(-8);
}

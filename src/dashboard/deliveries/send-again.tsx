import { dispatch } from "../../deliveries/dispatch";
import { type DeliveryWithAttempts, findDelivery } from "../../deliveries/reading/read-deliveries";
import { redeliver } from "../../deliveries/redeliver";
import { parseDeliveryId } from "../../vocabulary/ids";
import { PostForm, readForm } from "../parts/forms";
import { notFoundPage } from "../parts/not-found";
import { redirect } from "../parts/redirect";
import { safeBack } from "../session/sign-in";
import { acting, type PageContext, scopeOf } from "../session/viewer";
import { MOST_SELECTED } from "./list";

/** The one thing to do about it: where its destination is disabled or paused, to end that first. */
export function SendAgain({ delivery, base }: { delivery: DeliveryWithAttempts; base: string }) {
  const path = `${base}/deliveries/${delivery.deliveryId}`;
  if (delivery.eventWiped) return null;
  switch (delivery.destinationEnabled) {
    case null:
      return null;
    case 0:
      return (
        <PostForm
          action={`${base}/destinations/${delivery.destinationId}/${delivery.destinationPaused ? "resume" : "enable"}`}
        >
          <input type="hidden" name="back" value={path} />
          <button type="submit">{delivery.destinationPaused ? "Resume" : "Enable"} its destination</button>
        </PostForm>
      );
    default:
      return (
        <PostForm action={`${path}/redeliver`}>
          <button type="submit">{delivery.state === "filtered" ? "Send it all the same" : "Send again"}</button>
        </PostForm>
      );
  }
}

export function whyNotAgain({ destinationEnabled, destinationPaused, eventWiped }: DeliveryWithAttempts): string {
  if (eventWiped) return "its event is wiped.";
  switch (destinationEnabled) {
    case null:
      return "its destination was removed.";
    case 0:
      return destinationPaused
        ? "its destination is paused. Resume it first."
        : "its destination is disabled. Enable it first.";
    default:
      return "it is being attempted at this moment. Reload the page to see what comes of it.";
  }
}

/** Sends one delivery again and shows it. */
export async function redeliverDelivery(c: PageContext) {
  const gateway = c.get("gateway");
  const id = c.req.param("delivery_id") ?? "";
  const delivery = await findDelivery(gateway, scopeOf(c.get("viewer")), id);
  if (!delivery) return notFoundPage(c, "delivery");
  const sent = await sendAgain(c, id);
  return redirect(c, `${c.get("viewer").base}/deliveries/${id}?sent=${sent ? 1 : 0}`);
}

/** Sends the selected deliveries again, as far as they are this viewer's. */
export async function redeliverSelected(c: PageContext) {
  const viewer = c.get("viewer");
  const form = await readForm(c);
  let sent = 0;
  const selected = new Set(form.getAll("delivery_id").map(String));
  for (const id of [...selected].slice(0, MOST_SELECTED)) {
    const delivery = await findDelivery(c.get("gateway"), scopeOf(viewer), id);
    if (delivery && (await sendAgain(c, delivery.deliveryId))) sent++;
  }
  const [path, search] = safeBack(String(form.get("back") ?? ""), viewer.base).split("?");
  const back = new URLSearchParams(search);
  back.set("sent", sent === selected.size ? String(sent) : `${sent} of ${selected.size}`);
  return redirect(c, `${path === viewer.base ? `${viewer.base}/deliveries` : path}?${back}`);
}

async function sendAgain(c: PageContext, id: string): Promise<boolean> {
  const key = parseDeliveryId(id);
  const again = key && (await redeliver(acting(c), { eventId: key.eventId, destination: key.destinationKey }));
  if (again?.kind !== "redelivered") return false;
  c.executionCtx.waitUntil(
    dispatch(c.get("gateway"), again.dispatch, { event: "event.redelivered", request_id: c.get("requestId") }),
  );
  return again.restarted > 0;
}

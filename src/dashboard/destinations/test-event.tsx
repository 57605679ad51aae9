import { sendTest } from "../../events/send-test";
import { Answer, answerOf, RequestAsSent } from "../deliveries/exchange";
import { Foreign } from "../parts/elements";
import { notFoundPage } from "../parts/not-found";
import { page } from "../parts/page";
import { crumbsBelow, destinationInView } from "../parts/place";
import { redirect } from "../parts/redirect";
import type { PageContext } from "../session/viewer";

/** Sends a test event, and shows exactly what went out and what came back. */
export async function postTest(c: PageContext) {
  const viewer = c.get("viewer");
  const destination = await destinationInView(c);
  const tested = destination && (await sendTest(c.get("gateway"), destination.destinationId));
  if (!tested) return notFoundPage(c, "destination");
  const path = `${viewer.base}/destinations/${destination.destinationId}`;
  const { delivery, request } = tested;
  const attempt = delivery.attempts.at(-1);
  const arrived = delivery.state === "delivered";
  return page(c, {
    title: "Test event",
    crumbs: crumbsBelow(c, destination, "Test"),
    action: (
      <form method="post" action={`${path}/test`}>
        <button type="submit">Send another</button>
      </form>
    ),
    children: (
      <>
        <p class={`sentence ${arrived ? "good" : "bad"}`}>
          <strong>{arrived ? "Delivered" : "Not delivered"}</strong>: <Foreign text={destination.url} />{" "}
          {attempt === undefined
            ? "was not attempted. Try again."
            : `${answerOf(attempt)} after ${attempt.durationMs} ms.`}{" "}
          {arrived ? "" : "A test is attempted once and not retried."}
        </p>
        <div class="columns">
          <section>
            <h2>Request as sent</h2>
            <RequestAsSent request={request} payloadAt={`${viewer.base}/events/${delivery.eventId}/payload`} />
          </section>
          <section>
            <h2>Answer</h2>
            {attempt ? <Answer attempt={attempt} /> : <p class="muted">There was none.</p>}
          </section>
        </div>
        <p class="actions">
          <a href={path}>Go to the destination</a>
          <a href={`${viewer.base}/deliveries/${delivery.deliveryId}`}>This delivery</a>
        </p>
      </>
    ),
  });
}

/** The page that answers a form has no address of its own; opening it leads to the destination. */
export function redirectToDestination(c: PageContext) {
  return redirect(c, `${c.get("viewer").base}/destinations/${c.req.param("destination_id")}`);
}

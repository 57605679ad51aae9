import { findDelivery } from "../../deliveries/reading/read-deliveries";
import { readRequest } from "../../deliveries/reading/read-request";
import { sendTest } from "../../events/send-test";
import { Answer, answerOf, RequestOf } from "../deliveries/exchange";
import { Foreign } from "../parts/elements";
import { PostForm } from "../parts/forms";
import { notFoundPage } from "../parts/not-found";
import { page } from "../parts/page";
import { viewOf } from "../parts/paging";
import { crumbsBelow, destinationInView, redirectToDestination } from "../parts/place";
import { redirect } from "../parts/redirect";
import { acting, type PageContext, scopeOf } from "../session/viewer";

/** Sends a test event, and goes to the page that shows it. */
export async function postTest(c: PageContext) {
  const destination = await destinationInView(c);
  const tested = destination && (await sendTest(acting(c), destination.destinationId));
  if (!destination || !tested || tested.kind === "unknown") return notFoundPage(c, "destination");
  const path = `${c.get("viewer").base}/destinations/${destination.destinationId}/test`;
  if (tested.kind === "account_suspended") return redirect(c, path.replace(/\/test$/, "?done=suspended"));
  return redirect(c, viewOf(path, { delivery_id: tested.delivery.deliveryId }));
}

/** A test event: exactly what went out and what came back. */
export async function testPage(c: PageContext) {
  const gateway = c.get("gateway");
  const viewer = c.get("viewer");
  const destination = await destinationInView(c);
  if (!destination) return notFoundPage(c, "destination");
  const delivery = await findDelivery(gateway, scopeOf(viewer), c.req.query("delivery_id") ?? "");
  if (delivery?.destinationId !== destination.destinationId) return redirectToDestination(c);
  const path = `${viewer.base}/destinations/${destination.destinationId}`;
  const attempt = delivery.attempts.at(-1);
  const sent = await readRequest(gateway, delivery, attempt?.startedAt ?? gateway.now());
  const arrived = delivery.state === "delivered";
  return page(c, {
    title: "Test event",
    crumbs: crumbsBelow(c, destination, "Test"),
    action: (
      <PostForm action={`${path}/test`}>
        <button type="submit">Send another</button>
      </PostForm>
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
            {sent === null ? (
              <p class="muted">The destination was removed, and its headers with it.</p>
            ) : (
              <RequestOf sent={sent} payloadAt={`${viewer.base}/events/${delivery.eventId}/payload`} />
            )}
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

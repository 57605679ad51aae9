import { FirstEvent } from "./events/first-event";
import { page } from "./parts/page";
import type { PageContext } from "./session/viewer";

/** What a tenant needs to know: how to send, what arrives and what becomes of it. The management API is the operator's. */
export function portalDocsPage(c: PageContext) {
  return page(c, {
    title: "How it works",
    children: (
      <div class="prose">
        <h2>Send an event</h2>
        <p>Post JSON, with the token that you were given. The answer says that the event is kept.</p>
        <FirstEvent origin={new URL(c.req.url).origin} token={null} />
        <p>
          With the header <code>Idempotency-Key</code> the same event may be sent again, after a timeout for one, and is
          taken once.
        </p>
        <h2>What your destinations receive</h2>
        <p>
          The body as it was sent, byte for byte, or what the destination's transformation makes of it, which its
          preview shows; for <code>GET</code>, the members of the object as parameters. Three headers sign it, as{" "}
          <a href="https://www.standardwebhooks.com">Standard Webhooks</a> says: <code>webhook-id</code>,{" "}
          <code>webhook-timestamp</code> and <code>webhook-signature</code>. Verify them with a library of Standard
          Webhooks and the signing secret, which is shown when a destination is added; or choose the signature{" "}
          <code>v1a</code>, which the public key on the destination’s page verifies.
        </p>
        <p>
          An event can arrive more than once, and in another order. <code>webhook-id</code> is the same on every
          attempt: who keeps those it has seen can drop what is repeated.
        </p>
        <h2>What happens when one does not answer</h2>
        <p>
          Any answer from 200 to 299 is a success. Anything else is tried again on the destination’s schedule. While a
          destination fails, its deliveries wait and one at a time is sent as a probe; once it works, they follow.{" "}
          <code>410 Gone</code> disables it. To stop one for a while, pause it on its page: what comes waits until you
          resume it.
        </p>
        <p>
          What was given up can be sent again from its delivery’s page, or for a range of times on the destination’s
          page, under “Recover what it missed”.
        </p>
      </div>
    ),
  });
}

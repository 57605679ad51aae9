/** Deliveries: one event on its way to one destination. Their list, and each with its attempts, request and answer. */

import { type DeliveryWithAttempts, findDelivery } from "../../deliveries/reading/read-deliveries";
import { readRequest } from "../../deliveries/reading/read-request";
import { At, Copy, EventType, Facts, Foreign, Id, Notice, relative, State } from "../parts/elements";
import { notFoundPage } from "../parts/not-found";
import { page } from "../parts/page";
import { viewOf } from "../parts/paging";
import { type PageContext, scopeOf } from "../session/viewer";
import { Answer, RequestOf } from "./exchange";
import { Outcome } from "./outcome";
import { SendAgain, whyNotAgain } from "./send-again";

/** One delivery: its outcome in one sentence, its attempts on a time line, request and answer side by side. */
export async function deliveryPage(c: PageContext) {
  const gateway = c.get("gateway");
  const viewer = c.get("viewer");
  const id = c.req.param("delivery_id") ?? "";
  const before = Number(c.req.query("attempts_before")) || null;
  const delivery = await findDelivery(gateway, scopeOf(viewer), id, before);
  if (!delivery) return notFoundPage(c, "delivery");
  const asked = Number(c.req.query("attempt"));
  const shown = delivery.attempts.find(({ number }) => number === asked) ?? delivery.attempts.at(-1);
  const now = gateway.now();
  const sent = await readRequest(gateway, delivery, shown?.startedAt ?? now);
  const changed = shown !== undefined && sent !== null && sent.settingsSince > shown.startedAt;
  return page(c, {
    title: `Delivery ${id.slice(-12)}`,
    crumbs: [
      ...(viewer.kind === "operator" ? [{ label: delivery.accountId, href: `/accounts/${delivery.accountId}` }] : []),
      { label: "Deliveries", href: "/deliveries" },
      { label: id },
    ],
    action: <SendAgain delivery={delivery} base={viewer.base} />,
    children: (
      <>
        {c.req.query("sent") === "0" ? <Notice tone="bad">Not sent again: {whyNotAgain(delivery)}</Notice> : null}
        {c.req.query("sent") === "1" ? (
          <Notice tone="good">It is under way, with a fresh retry schedule.</Notice>
        ) : null}
        <Outcome delivery={delivery} now={now} />
        <Facts
          facts={[
            [
              "Delivery",
              <>
                <Id of={id} /> <Copy text={id} label="the delivery's id" />
              </>,
            ],
            ["Type", <EventType of={delivery.eventType} />],
            ["Event", <Id of={delivery.eventId} href={`${viewer.base}/events/${delivery.eventId}`} />],
            [
              "Destination",
              delivery.destinationId === null ? (
                "removed"
              ) : (
                <Id of={delivery.destinationId} href={`${viewer.base}/destinations/${delivery.destinationId}`} />
              ),
            ],
            ["Received", <At at={delivery.createdAt} />],
            ["State", <State of={delivery.state} />],
          ]}
        />
        <TimeLine
          delivery={delivery}
          path={`${viewer.base}/deliveries/${id}`}
          before={before}
          shown={shown?.number}
          now={now}
        />
        <div class="columns" id="exchange">
          <section>
            <h2>
              {shown ? "Request as sent" : `Request as it ${delivery.state === "pending" ? "will" : "would"} be sent`}
            </h2>
            {changed ? (
              <p class="muted">
                The destination has been changed since; this is the request with its present settings.
              </p>
            ) : null}
            {sent === null ? (
              <p class="muted">
                {delivery.eventWiped
                  ? "The event is wiped, and the request with it."
                  : "The destination was removed, and its headers with it."}
              </p>
            ) : (
              <RequestOf sent={sent} payloadAt={`${viewer.base}/events/${delivery.eventId}/payload`} />
            )}
          </section>
          <section>
            <h2>{shown && delivery.attempts.length > 1 ? `Answer to attempt ${shown.number}` : "Answer"}</h2>
            {shown ? (
              <Answer attempt={shown} wiped={delivery.eventWiped} />
            ) : (
              <p class="muted">There has been no attempt yet.</p>
            )}
          </section>
        </div>
      </>
    ),
  });
}

/** The attempts, each a link to its answer; a page at a time when there are very many. */
function TimeLine(props: {
  delivery: DeliveryWithAttempts;
  path: string;
  before: number | null;
  shown: number | undefined;
  now: number;
}) {
  const { delivery, path, before, shown, now } = props;
  if (delivery.attempts.length === 0 && delivery.nextAttemptAt === null) return null;
  const wayTo = (attempt: number) => viewOf(path, { attempts_before: before?.toString(), attempt: String(attempt) });
  return (
    <section>
      <h2>Attempts</h2>
      <ol class="timeline">
        {delivery.attemptsCursor === null ? null : (
          <li>
            <a href={viewOf(path, { attempts_before: String(delivery.attemptsCursor) })}>
              {delivery.attemptsCursor - 1} earlier ones
            </a>
          </li>
        )}
        {delivery.attempts.map((attempt) => (
          <li {...(attempt.number === shown && { "aria-current": "step" as const })}>
            <a href={`${wayTo(attempt.number)}#exchange`}>Attempt {attempt.number}</a> <State of={attempt.outcome} />{" "}
            {attempt.statusCode === null ? "" : `${attempt.statusCode}, `}
            <At at={attempt.startedAt} />{" "}
            <span class="muted">
              {attempt.durationMs} ms
              {attempt.detail ? (
                <>
                  {" "}
                  · <Foreign text={attempt.detail} />
                </>
              ) : (
                ""
              )}
            </span>
          </li>
        ))}
        {before === null ? null : (
          <li>
            <a href={path}>Latest attempts</a>
          </li>
        )}
        {before === null && delivery.state === "pending" && delivery.nextAttemptAt !== null ? (
          <li>
            Next <State of="pending" /> <At at={delivery.nextAttemptAt} />{" "}
            <span class="muted">{relative(delivery.nextAttemptAt, now)}</span>
          </li>
        ) : null}
      </ol>
    </section>
  );
}

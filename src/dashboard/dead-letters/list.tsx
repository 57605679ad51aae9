/** Dead letters: queue messages that failed every time, to be looked at and put back. For operators only. */

import {
  type DeadLetter,
  describeDeadLetter,
  listDeadLetters,
  resendDeadLetter as resend,
} from "../../deliveries/dead-letters/dead-letters";
import { Ago, Empty, Id, Notice } from "../parts/elements";
import { PostForm } from "../parts/forms";
import { notFoundPage } from "../parts/not-found";
import { page } from "../parts/page";
import { Pager } from "../parts/paging";
import { redirect } from "../parts/redirect";
import { acting, mayChange, type PageContext } from "../session/viewer";

const PAGE_SIZE = 25;

const KINDS: Record<ReturnType<typeof describeDeadLetter>["kind"], string> = {
  accept: "stores an event",
  delivery: "attempts a delivery",
  event: "attempts an event's deliveries",
  destination: "attempts what is due for a destination",
  alerts: "raises alerts",
  unknown: "unknown",
};

/** Queue messages that failed every time, newest first. */
export async function deadLettersPage(c: PageContext) {
  const gateway = c.get("gateway");
  const viewer = c.get("viewer");
  const query = c.req.query();
  const list = await listDeadLetters(gateway, { cursor: query.cursor, limit: PAGE_SIZE });
  const path = `${viewer.base}/dead-letters`;
  return page(c, {
    title: "Dead letters",
    children: (
      <>
        {query.done === "resent" ? <Notice tone="good">It is back in the queue.</Notice> : null}
        {query.done === "no_queue" ? (
          <Notice tone="bad">Not put back: no queue is bound to this Worker. Bind one as QUEUE.</Notice>
        ) : null}
        {list.deadLetters.length === 0 ? (
          <Empty>None, which is good. Queue messages that keep failing end up here instead of being lost.</Empty>
        ) : (
          <DeadLetterTable path={path} letters={list.deadLetters} now={gateway.now()} resendable={mayChange(viewer)} />
        )}
        <Pager path={path} query={{ cursor: query.cursor }} next={list.nextCursor} />
      </>
    ),
  });
}

export async function resendDeadLetter(c: PageContext) {
  const resent = await resend(acting(c), c.req.param("dead_letter_id") ?? "");
  return resent.kind === "unknown"
    ? notFoundPage(c, "dead letter")
    : redirect(c, `/dashboard/dead-letters?done=${resent.kind}`);
}

function DeadLetterTable(props: { path: string; letters: DeadLetter[]; now: number; resendable: boolean }) {
  return (
    <div class="scroll">
      <table>
        <thead>
          <tr>
            <th>Dead letter</th>
            <th>What</th>
            <th>Event</th>
            <th>Why</th>
            <th>When</th>
            {props.resendable ? (
              <th>
                <span class="visually-hidden">Put back</span>
              </th>
            ) : null}
          </tr>
        </thead>
        <tbody>
          {props.letters.map((letter) => {
            const { kind, eventId } = describeDeadLetter(letter);
            return (
              <tr>
                <td>
                  <Id of={letter.deadLetterId} />
                </td>
                <td>{KINDS[kind]}</td>
                <td>{eventId === null ? "–" : <Id of={eventId} />}</td>
                <td>{letter.reason.replaceAll("_", " ")}</td>
                <td>
                  <Ago at={letter.createdAt} now={props.now} />
                </td>
                {props.resendable ? (
                  <td>
                    <PostForm action={`${props.path}/${letter.deadLetterId}/resend`} class="inline">
                      <button
                        type="submit"
                        class="secondary outline"
                        aria-label={`Put back ${letter.deadLetterId} into the queue`}
                      >
                        Put back
                      </button>
                    </PostForm>
                  </td>
                ) : null}
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

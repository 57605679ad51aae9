/** A request as it went out and the answer that came back, as delivery and test pages show them. */

import type { PropsWithChildren } from "hono/jsx";
import type { MaskedRequest } from "../../attempts/request";
import type { AttemptRow } from "../../deliveries/reading/read-deliveries";
import type { ReadRequest } from "../../deliveries/reading/read-request";
import { Payload } from "../events/payload-tree";
import { Foreign } from "../parts/elements";
import { curlOf, readsPayloadFile } from "./curl";

/** A GET's query can be 16 KB. */
const LONGEST_URL = 2_000;

/**
 * A delivery's request, or why its destination's settings make none.
 *
 * @param payloadAt where the event's payload is as it was received
 */
export function RequestOf({ sent, payloadAt }: { sent: ReadRequest; payloadAt: string }) {
  if (sent.request === null) {
    return (
      <p>
        As the destination is set now, nothing can be sent: <Foreign text={sent.reason} />
      </p>
    );
  }
  return <RequestAsSent request={sent.request} payloadAt={sent.asReceived ? payloadAt : null} />;
}

type Sent = {
  request: MaskedRequest;
  /** Where its body is, as the event's payload; null where it is something else. */
  payloadAt: string | null;
};

export function RequestAsSent({ request: sent, payloadAt }: Sent) {
  const request = { ...sent, url: shortened(sent.url) };
  const isFromFile = readsPayloadFile(request);
  return (
    <>
      <Message>
        {request.method} <Foreign text={request.url} />
        {"\n"}
        {request.headers.map(headerLine)}
      </Message>
      {request.body === null ? null : <Payload text={request.body} whole={payloadAt} />}
      {isFromFile && payloadAt === null ? null : (
        <details>
          <summary>As curl</summary>
          <p>
            <button type="button" class="copy secondary outline" data-copy-from="#curl" aria-label="Copy as curl">
              Copy
            </button>{" "}
            <span class="muted">
              Masked values are yours to fill in.
              {isFromFile ? " Save the payload as payload.json first." : ""}
              {sent.url.length > LONGEST_URL ? " The URL is cut here as well: put the whole one in." : ""}
            </span>
          </p>
          <Message id="curl">{curlOf(request)}</Message>
        </details>
      )}
    </>
  );
}

export function Answer({ attempt, wiped = false }: { attempt: AttemptRow; wiped?: boolean }) {
  if (wiped) return <p>The receiver {answerOf(attempt)}. What it said was wiped with the event.</p>;
  if (attempt.statusCode === null) {
    return (
      <p>
        No answer: {attempt.outcome.replaceAll("_", " ")}. <Foreign text={attempt.detail ?? ""} />
      </p>
    );
  }
  const headers = Object.entries(attempt.responseHeaders ?? {});
  return (
    <>
      <Message>
        {attempt.statusCode}
        {"\n"}
        {headers.map(headerLine)}
      </Message>
      {attempt.responseBody ? <Message>{attempt.responseBody}</Message> : <p class="muted">The body was empty.</p>}
    </>
  );
}

/** What came back, in a few words that follow the destination's URL. */
export function answerOf({ outcome, statusCode }: { outcome: string; statusCode: number | null }): string {
  return statusCode === null ? `gave no answer (${outcome.replaceAll("_", " ")})` : `answered ${statusCode}`;
}

function headerLine([name, value]: [string, string]) {
  return (
    <>
      <bdi>{name}</bdi>: <bdi>{value}</bdi>
      {"\n"}
    </>
  );
}

/** Text as it is, in a box that scrolls. */
function Message({ id, children }: PropsWithChildren<{ id?: string }>) {
  return (
    <pre tabindex={0}>
      <code id={id}>{children}</code>
    </pre>
  );
}

function shortened(url: string): string {
  return url.length > LONGEST_URL ? `${url.slice(0, LONGEST_URL)}… (${url.length} characters)` : url;
}

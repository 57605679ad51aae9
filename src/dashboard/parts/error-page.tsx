import { HTTPException } from "hono/http-exception";
import { isDatabaseUnavailable } from "../../errors/database-errors";
import { logFault } from "../../observability/log";
import type { PageContext } from "../session/viewer";
import { Notice } from "./elements";
import { Document } from "./page";

/** What went wrong, as a page: what happened, what to do, and what to look for in the log. */
export function errorPage(error: Error, c: PageContext) {
  const { status, title, advice } = explain(error);
  if (status >= 500) logFault("page.failed", error, { request_id: c.get("requestId"), path: c.req.path });
  return c.html(
    <Document title={title} theme={c.get("theme")} base="">
      <main id="main" class="narrow">
        <h1>{title}</h1>
        <Notice tone="bad">{advice}</Notice>
        <p class="muted">Request {c.get("requestId")}</p>
      </main>
    </Document>,
    status,
  );
}

function explain(error: Error): { status: 400 | 403 | 500 | 503; title: string; advice: string } {
  if (error instanceof HTTPException && error.status === 403) {
    return {
      status: 403,
      title: "Refused",
      advice: "This form was sent from another site. Open the page here and send it again.",
    };
  }
  if (error instanceof HTTPException && error.status === 400) {
    return {
      status: 400,
      title: "Not readable",
      advice: "This form could not be read. Open the page again and resend it.",
    };
  }
  if (isDatabaseUnavailable(error)) {
    return {
      status: 503,
      title: "Not available",
      advice: "The database does not answer. Reload the page in a moment.",
    };
  }
  return {
    status: 500,
    title: "Something failed",
    advice: "The log has it under the request id below. Reload the page to try again.",
  };
}

/** A gateway of which everything is seen: what it answers, logs, stores and puts into its queue. */
import { env } from "cloudflare:workers";
import { vi } from "vitest";
import { watchedDatabase } from "../support/database";
import { openGateway } from "../support/gateway";
import { ORIGIN } from "../support/pages";
import type { Call } from "./calls";
import { answerChecker, type Document } from "./document";
import { MARKUP } from "./hostile";
import { Known } from "./ids";

/** No request needs as many round trips to the database: one that does will not end. */
const MOST_ROUND_TRIPS = 400;
/** Only tells which input hangs. */
const HANGS_AFTER_MS = 20_000;
/** What a refused request may write: who was here, that a form is being worked on, and counts that were due anyway. */
const MAY_ALWAYS =
  /insert into stats |"(?:submissions|sessions)"|"operator_keys" set "last_used_at"|"portal_links" set "last_used_at"/i;

export type Answer = { status: number; headers: Headers; text: string };

export class WatchedGateway {
  readonly known = new Known();
  private readonly check: ReturnType<typeof answerChecker>;
  private readonly gateway: ReturnType<typeof openGateway>;
  private roundTrips = 0;
  private written: string[] = [];
  private faults: string[] = [];

  constructor(document: Document) {
    this.check = answerChecker(document);
    const database = watchedDatabase(
      () => {
        this.roundTrips++;
      },
      (_rowsWritten, _rowsRead, done) => {
        for (const { sql, rowsWritten } of done) if (rowsWritten > 0) this.written.push(sql);
      },
    );
    const queue = {
      send: () => this.enqueue(),
      sendBatch: () => this.enqueue(),
      metrics: () => env.QUEUE.metrics(),
    };
    this.gateway = openGateway({ DB: database, QUEUE: queue });
    for (const level of ["info", "warn"] as const) vi.spyOn(console, level).mockImplementation(() => undefined);
    vi.spyOn(console, "error").mockImplementation((line) => void this.faults.push(String(line)));
  }

  /**
   * Sends a call and waits for all that comes of it.
   *
   * @returns the answer, and what is wrong with it; null where such a request cannot be made at all
   */
  async send(call: Call): Promise<{ answer: Answer; wrong: string[] } | null> {
    const request = this.requestOf(call);
    if (request === null) return null;
    this.roundTrips = 0;
    this.written = [];
    this.faults = [];
    const path = new URL(request.url).pathname;
    const response = await within(this.gateway.door(request), call);
    const answer = { status: response.status, headers: response.headers, text: await response.text() };
    const refusedButWrote = answer.status >= 400 ? this.written.filter((sql) => !MAY_ALWAYS.test(sql)) : [];
    await within(this.gateway.idle(), call);
    const contentType = answer.headers.get("content-type");
    if (contentType?.startsWith("application/json") && answer.text !== "") this.known.learn(JSON.parse(answer.text));
    const wrong = [
      answer.status >= 500 && answer.status !== 508 && `answered ${answer.status}: ${answer.text.slice(0, 300)}`,
      this.check({ method: request.method, path, status: answer.status, contentType, text: answer.text }),
      ...refusedButWrote.map((sql) => `refused with ${answer.status}, and wrote: ${sql.slice(0, 200)}`),
      ...this.faults.map((line) => `logged ${line.slice(0, 600)}`),
      this.roundTrips > MOST_ROUND_TRIPS && `${this.roundTrips} round trips to the database`,
      contentType?.startsWith("text/html") && answer.text.includes(MARKUP) && "a page with markup that was sent in",
      !answer.headers.has("x-request-id") && "no request id",
    ];
    return { answer, wrong: wrong.filter((one) => typeof one === "string") };
  }

  private requestOf({ method, path, query, headers, body }: Call): Request | null {
    try {
      const filled = new Headers();
      for (const [name, value] of headers) filled.append(name, headerValue(this.known.fill(value)));
      const url = ORIGIN + this.known.fill(path) + (query && `?${this.known.fill(query)}`);
      const content = typeof body === "string" ? this.known.fill(body) : body;
      const mayHold = method !== "GET" && method !== "HEAD";
      return new Request(url, { method, headers: filled, body: mayHold ? (content as BodyInit | null) : null });
    } catch (error) {
      // such headers and addresses do not come through any HTTP server
      if (error instanceof TypeError) return null;
      throw error;
    }
  }

  private async enqueue(): Promise<void> {
    this.written.push("a message of the queue");
  }
}

/** The runtime writes a warning for each that is not ASCII: a few inputs among other tests do without. */
function headerValue(text: string): string {
  return env.FUZZ === "" ? text.replace(/[^\0-\x7f]/g, "?") : text;
}

async function within<Value>(promise: Promise<Value>, call: Call): Promise<Value> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const hangs = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`hangs: ${JSON.stringify(call)}`)), HANGS_AFTER_MS);
  });
  try {
    return await Promise.race([promise, hangs]);
  } finally {
    clearTimeout(timer);
  }
}

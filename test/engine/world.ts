/**
 * A world in which the Worker can be killed: real D1, the Worker's own three doors, and around them a clock that can be
 * moved, a queue that can lose and repeat, receivers that can fail, and a seam at every point where the Worker waits
 * for the outside. An isolate that was killed never goes on; a new one knows nothing of it.
 */
import { createExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { vi } from "vitest";
import worker from "../../src/worker";

export type Seam = { name: string; side: "before" | "after" };
/** What happens at a seam: nothing, an error, or the end of the isolate. */
export type Fault = "none" | "throw" | "kill";

export type Received = { url: string; webhookId: string; body: string; at: number };
type Queued = { body: unknown; dueAt: number; attempts: number; id: string };

const MINUTE_MS = 60_000;

export class World {
  readonly received: Received[] = [];
  readonly seams: Seam[] = [];
  queue: Queued[] = [];
  /** Decides at each seam; the index counts from 0 since the last `reset` of `seams`. */
  fault: (seam: Seam, index: number) => Fault = () => "none";
  /** What becomes of a message on its way into the queue: how many copies of it there are. */
  copies: () => number = () => 1;
  /** How a receiver answers; the count is of the requests that this URL has had, this one included. */
  answer: (url: string, count: number) => Response | Promise<Response> = () => new Response("ok");
  withQueue = true;

  #environment: Record<string, unknown> = {};
  #killed = Promise.withResolvers<"killed">();
  #messages = 0;

  constructor(private readonly settings: Record<string, unknown> = {}) {
    vi.useFakeTimers({ toFake: ["Date"], now: Date.UTC(2026, 10, 24) });
    vi.stubGlobal("fetch", (request: Request) => this.#receive(request));
    this.restart();
  }

  close(): void {
    vi.useRealTimers();
    vi.unstubAllGlobals();
  }

  /** A new isolate: all that the old one had in memory is gone. */
  restart(): void {
    this.#killed = Promise.withResolvers();
    const { QUEUE: _, ...rest } = env as unknown as Record<string, unknown>;
    this.#environment = {
      ...rest,
      DB: this.#database(),
      ...(this.withQueue && { QUEUE: this.#queueBinding() }),
      ...this.settings,
    };
  }

  advance(ms: number): void {
    vi.setSystemTime(Date.now() + ms);
  }

  /** A request, and all that the Worker does after its answer. */
  async request(request: Request): Promise<Response | "killed"> {
    const work: Promise<unknown>[] = [];
    const context = createExecutionContext();
    context.waitUntil = (promise) => void work.push(promise);
    const answered = worker.fetch(request as never, this.#environment, context);
    const response = await Promise.race([answered, this.#killed.promise]);
    await this.#orKilled(Promise.allSettled(work));
    return response;
  }

  async cron(): Promise<void> {
    await this.#orKilled(worker.scheduled({} as never, this.#environment).catch(() => undefined));
  }

  /** Hands over the messages that are due, in batches; what is not acked comes again. */
  async consume(order: (due: Queued[]) => Queued[] = (due) => due): Promise<void> {
    for (;;) {
      const due = order(this.queue.filter(({ dueAt }) => dueAt <= Date.now())).slice(0, 100);
      if (due.length === 0) return;
      this.queue = this.queue.filter((one) => !due.includes(one));
      await this.#handOver(due);
    }
  }

  /** Lets time pass until nothing is pending any more, as crons and the queue would; `mostMs` of it at the most. */
  async settle(mostMs = 10 * MINUTE_MS, stepMs = MINUTE_MS): Promise<void> {
    const end = Date.now() + mostMs;
    while (Date.now() < end && (await this.pending()) > 0) {
      await this.consume();
      await this.cron();
      await this.consume();
      this.advance(stepMs);
    }
  }

  async pending(): Promise<number> {
    const pending = await env.DB.prepare("SELECT count(*) AS n FROM deliveries WHERE state = 'pending'").first<number>(
      "n",
    );
    const queued = this.queue.filter(({ body }) => "accept" in (body as object)).length;
    return (pending ?? 0) + queued;
  }

  at(url: string): Received[] {
    return this.received.filter((one) => one.url === url);
  }

  async #handOver(batch: Queued[]): Promise<void> {
    const open = new Map(batch.map((one) => [one.id, one]));
    const messages = batch.map((one) => ({
      id: one.id,
      timestamp: new Date(),
      body: one.body,
      attempts: one.attempts,
      ack: () => void open.delete(one.id),
      retry: ({ delaySeconds = 0 }: { delaySeconds?: number } = {}) => {
        if (open.delete(one.id)) this.#putBack(one, delaySeconds);
      },
    }));
    const done = worker.queue({ queue: "data-pusher", messages } as never, this.#environment).catch(() => undefined);
    await this.#orKilled(done);
    for (const one of open.values()) this.#putBack(one, 0);
  }

  #putBack(one: Queued, delaySeconds: number): void {
    this.queue.push({ ...one, attempts: one.attempts + 1, dueAt: Date.now() + Math.max(1, delaySeconds) * 1000 });
  }

  async #orKilled(work: Promise<unknown>): Promise<void> {
    if ((await Promise.race([work, this.#killed.promise])) === "killed") this.restart();
  }

  /** Runs what the Worker asks of the outside, with a seam before it and one after it. */
  async #through<Result>(name: string, go: () => Promise<Result>): Promise<Result> {
    const { promise: over, resolve: kill } = this.#killed;
    let dead = false;
    void over.then(() => {
      dead = true;
    });
    const meet = (side: Seam["side"]) => {
      const seam = { name, side };
      this.seams.push(seam);
      const fault = this.fault(seam, this.seams.length - 1);
      if (fault === "throw") throw new Error(FAULTS[name.split(".")[0] as keyof typeof FAULTS]);
      if (fault === "kill") {
        dead = true;
        kill("killed");
      }
    };
    await undefined;
    if (dead) return new Promise<never>(() => undefined);
    meet("before");
    if (dead) return new Promise<never>(() => undefined);
    const result = await go();
    if (!dead) meet("after");
    return dead ? new Promise<never>(() => undefined) : result;
  }

  #database(): D1Database {
    const inner = new WeakMap<object, D1PreparedStatement>();
    const watch = (statement: D1PreparedStatement): D1PreparedStatement => {
      const through = <Result>(go: () => Promise<Result>) => this.#through("db", go);
      const watched = {
        bind: (...values: unknown[]) => watch(statement.bind(...values)),
        run: () => through(() => statement.run()),
        all: () => through(() => statement.all()),
        first: (column: string) => through(() => statement.first(column)),
        raw: (options: { columnNames: true }) => through(() => statement.raw(options)),
      };
      inner.set(watched, statement);
      return watched as unknown as D1PreparedStatement;
    };
    const batch = (statements: D1PreparedStatement[]) =>
      this.#through("db.batch", () => env.DB.batch(statements.map((one) => inner.get(one) ?? one)));
    return { prepare: (sql: string) => watch(env.DB.prepare(sql)), batch } as unknown as D1Database;
  }

  #queueBinding(): Pick<Queue<unknown>, "send" | "sendBatch"> {
    const put = (body: unknown, delaySeconds = 0) => {
      for (let copy = this.copies(); copy > 0; copy--) {
        this.queue.push({
          body,
          dueAt: Date.now() + delaySeconds * 1000,
          attempts: 1,
          id: `message-${this.#messages++}`,
        });
      }
    };
    return {
      send: (body: unknown, options?: QueueSendOptions) =>
        this.#through("queue.send", async () => put(body, options?.delaySeconds)) as never,
      sendBatch: (messages: Iterable<MessageSendRequest<unknown>>) =>
        this.#through("queue.sendBatch", async () => {
          for (const { body, delaySeconds } of messages) put(body, delaySeconds);
        }) as never,
    };
  }

  #receive(request: Request): Promise<Response> {
    return this.#through("fetch", async () => {
      const webhookId = request.headers.get("webhook-id") ?? "";
      this.received.push({ url: request.url, webhookId, body: await request.text(), at: Date.now() });
      return this.answer(request.url, this.at(request.url).length);
    });
  }
}

const FAULTS = {
  db: "D1_ERROR: Network connection lost.",
  queue: "Queue send failed",
  fetch: "Network connection lost.",
};

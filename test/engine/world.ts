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

/** A request that reached a receiver, and the status that it answered. */
export type Received = {
  url: string;
  webhookId: string;
  headers: Headers;
  body: string;
  at: number;
  status: number | null;
};
export type Queued = { body: unknown; dueAt: number; attempts: number; id: string };
/** One running copy of the Worker: what it was given, and the promise of its end. */
export type Isolate = { environment: Record<string, unknown>; end: PromiseWithResolvers<"killed"> };

export const SECOND_MS = 1_000;
export const MINUTE_MS = 60 * SECOND_MS;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;

/** The settings of a world in which the sweep is the engine. */
export const NO_QUEUE = { QUEUE: undefined };

export const GATEWAY_URL = "https://gateway.test";

export class World {
  /** What makes it a door for `client.ts`. */
  readonly url = GATEWAY_URL;
  readonly operatorKey = env.ADMIN_TOKEN;
  readonly door = async (request: Request): Promise<Response> => {
    const response = await this.request(request);
    if (response === "killed") throw new Error(`the Worker was killed in ${request.method} ${request.url}`);
    return response;
  };
  readonly received: Received[] = [];
  readonly seams: Seam[] = [];
  /** The most requests that were open at a URL at a time. */
  readonly mostAtOnce = new Map<string, number>();
  /** What the Worker has logged. */
  readonly logged: { event: string }[] = [];
  queue: Queued[] = [];
  /** Decides at each seam; the index counts from 0 since the last `reset` of `seams`. */
  fault: (seam: Seam, index: number) => Fault = () => "none";
  /** What becomes of a message on its way into the queue: how many copies of it there are. */
  copies: () => number = () => 1;
  /**
   * Which statements take a while to the database and back, by the index of the seam that they come to: who dies
   * meanwhile has not committed. All of them would take the tests too long.
   */
  isFar: (index: number) => boolean = () => false;
  /** How a receiver answers; the count is of the requests that this URL has had, this one included. */
  answer: (url: string, count: number, body: string) => Response | Promise<Response> = () => new Response("ok");

  #isolate: Isolate;
  #open = new Map<string, number>();
  #messages = 0;

  private constructor(private settings: Record<string, unknown>) {
    vi.useFakeTimers({ toFake: ["Date"], now: Date.UTC(2026, 10, 24) });
    vi.stubGlobal("fetch", (input: string, init: RequestInit) => this.#receive(new Request(input, init) as Request));
    for (const method of ["debug", "info", "warn", "error"] as const) {
      vi.spyOn(console, method).mockImplementation((line: string) => void this.logged.push(JSON.parse(line)));
    }
    this.#isolate = this.newIsolate();
  }

  /** A world in which nothing has happened yet; `settings` go over those of the tests. */
  static async open(settings: Record<string, unknown> = {}): Promise<World> {
    await env.DB.batch(
      ["accounts", "dead_letters", "alerts", "storage_count"].map((table) => env.DB.prepare(`DELETE FROM ${table}`)),
    );
    return new World(settings);
  }

  close(): void {
    vi.useRealTimers();
    vi.unstubAllGlobals();
    vi.restoreAllMocks();
  }

  /** All that the Worker had in memory is gone. */
  restart(): void {
    this.#isolate = this.newIsolate();
  }

  /** Starts the Worker again with other settings, over those that it had. */
  configure(settings: Record<string, unknown>): void {
    this.settings = { ...this.settings, ...settings };
    this.restart();
  }

  newIsolate(): Isolate {
    const end = Promise.withResolvers<"killed">();
    return { end, environment: { ...env, DB: this.#database(end), QUEUE: this.#queueBinding(end), ...this.settings } };
  }

  /** Ends an isolate in the middle of whatever it does. */
  kill(isolate: Isolate): void {
    isolate.end.resolve("killed");
  }

  advance(ms: number): void {
    vi.setSystemTime(Date.now() + ms);
  }

  /** A request, and all that the Worker does after its answer. */
  async request(request: Request, isolate = this.#isolate): Promise<Response | "killed"> {
    const { answered, done } = this.begin(request, isolate);
    const response = await answered;
    await done;
    return response;
  }

  /** The same, for who does not want to wait for the end. */
  begin(request: Request, isolate = this.#isolate): { answered: Promise<Response | "killed">; done: Promise<void> } {
    const work: Promise<unknown>[] = [];
    const context = createExecutionContext();
    context.waitUntil = (promise) => void work.push(promise);
    const answer = worker.fetch(request as never, isolate.environment, context);
    const answered = Promise.race([answer, isolate.end.promise]);
    return { answered, done: answered.then(() => this.#orKilled(isolate, Promise.allSettled(work))) };
  }

  async cron(isolate = this.#isolate): Promise<void> {
    await this.#orKilled(
      isolate,
      worker.scheduled({} as never, isolate.environment).catch(() => undefined),
    );
  }

  /** Hands over the messages that are due, in batches; what is not acked comes again. */
  async consume(order: (due: Queued[]) => Queued[] = (due) => due): Promise<void> {
    for (let due = this.takeDue(order); due.length > 0; due = this.takeDue(order)) await this.handOver(due);
  }

  /** Takes what would be the next batch out of the queue. */
  takeDue(order: (due: Queued[]) => Queued[] = (due) => due): Queued[] {
    const due = order(this.queue.filter(({ dueAt }) => dueAt <= Date.now())).slice(0, 100);
    this.queue = this.queue.filter((one) => !due.includes(one));
    return due;
  }

  async handOver(batch: Queued[], isolate = this.#isolate, queue = "data-pusher"): Promise<void> {
    await this.beginHandOver(batch, isolate, queue).done;
  }

  /** The same, for who does not want to wait for what goes on after the consumer has returned. */
  beginHandOver(
    batch: Queued[],
    isolate = this.#isolate,
    queue = "data-pusher",
  ): { returned: Promise<void>; done: Promise<void> } {
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
    const work: Promise<unknown>[] = [];
    const context = createExecutionContext();
    context.waitUntil = (promise) => void work.push(promise);
    const returned = worker.queue({ queue, messages } as never, isolate.environment, context).catch(() => undefined);
    const back = this.#orKilled(isolate, returned).then(() => {
      for (const one of open.values()) this.#putBack(one, 0);
    });
    return { returned: back, done: back.then(() => this.#orKilled(isolate, Promise.allSettled(work))) };
  }

  /** Puts a message in, as anyone with the binding can. */
  put(body: unknown, delaySeconds = 0): void {
    for (let copy = this.copies(); copy > 0; copy--) {
      this.queue.push({
        body,
        dueAt: Date.now() + delaySeconds * 1000,
        attempts: 1,
        id: `message-${this.#messages++}`,
      });
    }
  }

  /** What happens in a minute: the queue hands over, the cron runs, and what the cron has woken is handed over. */
  async minute(): Promise<void> {
    await this.consume();
    await this.cron();
    await this.consume();
  }

  /** Lets time pass, step by step; `each` comes before every one. */
  async pass(ms: number, stepMs = MINUTE_MS, each: () => unknown = () => undefined): Promise<void> {
    for (const end = Date.now() + ms; Date.now() < end; this.advance(stepMs)) {
      await each();
      await this.minute();
    }
  }

  /** Lets time pass until nothing is pending any more; `mostMs` of it at the most. */
  async runToRest(mostMs = 10 * MINUTE_MS, stepMs = MINUTE_MS): Promise<void> {
    for (const end = Date.now() + mostMs; Date.now() < end; this.advance(stepMs)) {
      await this.consume();
      if ((await this.pending()) === 0) return;
      await this.cron();
    }
  }

  /** How often the Worker asks the database meanwhile: one for a statement by itself, one for a batch. */
  async roundTrips(go: () => Promise<unknown>): Promise<number> {
    const before = this.seams.length;
    await go();
    return this.seams.slice(before).filter(({ name, side }) => name.startsWith("db") && side === "before").length;
  }

  /** Deliveries on their way, events that are only in the queue, and recoveries that are not finished. */
  async pending(): Promise<number> {
    const stored = await env.DB.prepare(
      `SELECT (SELECT count(*) FROM all_deliveries WHERE state = 'pending')
            + (SELECT count(*) FROM recoveries WHERE state = 'running') AS n`,
    ).first<number>("n");
    return (stored ?? 0) + this.queue.filter(({ body }) => "accept" in (body as object)).length;
  }

  async rows(table: string): Promise<number> {
    return (await env.DB.prepare(`SELECT count(*) AS n FROM ${table}`).first<number>("n")) ?? 0;
  }

  at(url: string): Received[] {
    return this.received.filter((one) => one.url === url);
  }

  #putBack(one: Queued, delaySeconds: number): void {
    this.queue.push({ ...one, attempts: one.attempts + 1, dueAt: Date.now() + Math.max(1, delaySeconds) * 1000 });
  }

  async #orKilled(isolate: Isolate, work: Promise<unknown>): Promise<void> {
    if ((await Promise.race([isolate.end.promise, work])) === "killed" && isolate === this.#isolate) this.restart();
  }

  /** Runs what the Worker asks of the outside, with a seam before it and one after it. */
  async #through<Result>(end: Isolate["end"], name: string, go: () => Promise<Result>): Promise<Result> {
    let dead = false;
    void end.promise.then(() => {
      dead = true;
    });
    const meet = (side: Seam["side"]) => {
      const seam = { name, side };
      this.seams.push(seam);
      const fault = this.fault(seam, this.seams.length - 1);
      if (fault === "throw") throw new Error(FAULTS[name.split(".")[0] as keyof typeof FAULTS]);
      if (fault === "kill") {
        dead = true;
        end.resolve("killed");
      }
    };
    const travel = async () => {
      if (name.startsWith("db") && this.isFar(this.seams.length)) await scheduler.wait(2);
    };
    await travel();
    if (dead) return new Promise<never>(() => undefined);
    meet("before");
    if (dead) return new Promise<never>(() => undefined);
    const result = await go();
    await travel();
    if (!dead) meet("after");
    return dead ? new Promise<never>(() => undefined) : result;
  }

  #database(end: Isolate["end"]): D1Database {
    const inner = new WeakMap<object, D1PreparedStatement>();
    const watch = (statement: D1PreparedStatement): D1PreparedStatement => {
      const through = <Result>(go: () => Promise<Result>) => this.#through(end, "db", go);
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
      this.#through(end, "db.batch", () => env.DB.batch(statements.map((one) => inner.get(one) ?? one)));
    return { prepare: (sql: string) => watch(env.DB.prepare(sql)), batch } as unknown as D1Database;
  }

  #queueBinding(end: Isolate["end"]): Pick<Queue<unknown>, "send" | "sendBatch"> {
    return {
      send: (body: unknown, options?: QueueSendOptions) =>
        this.#through(end, "queue.send", async () => this.put(body, options?.delaySeconds)) as never,
      sendBatch: (messages: Iterable<MessageSendRequest<unknown>>) =>
        this.#through(end, "queue.sendBatch", async () => {
          for (const { body, delaySeconds } of messages) this.put(body, delaySeconds);
        }) as never,
    };
  }

  #receive(request: Request): Promise<Response> {
    const { url, headers } = request;
    return this.#through(this.#isolate.end, "fetch", async () => {
      const webhookId = headers.get("webhook-id") ?? "";
      const body = await request.text();
      const one: Received = { url, webhookId, headers, body, at: Date.now(), status: null };
      this.received.push(one);
      const open = (this.#open.get(url) ?? 0) + 1;
      this.#open.set(url, open);
      this.mostAtOnce.set(url, Math.max(open, this.mostAtOnce.get(url) ?? 0));
      try {
        const response = await this.answer(url, this.at(url).length, body);
        one.status = response.status;
        return response;
      } finally {
        this.#open.set(url, (this.#open.get(url) ?? 1) - 1);
      }
    });
  }
}

const FAULTS = {
  db: "D1_ERROR: Network connection lost.",
  queue: "Queue send failed",
  fetch: "Network connection lost.",
};

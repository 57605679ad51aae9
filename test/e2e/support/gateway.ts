/** The built Worker at a real port, in a process of its own that can be killed at any moment, with its data on disk. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, openSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { emptyData } from "./build.ts";
import { newFolder } from "./run-folder.ts";

/** What the process is told, and what it says. */
export type Order = "stop" | { passSeconds: number } | { write: string[] };
export type Report = { url: string } | "passed" | "written";

const SERVE = fileURLToPath(new URL("serve.ts", import.meta.url));
const START_TIMEOUT_MS = 60_000;
const SECRETS = {
  ADMIN_TOKEN: "e2e-admin-token-0123456789abcdef",
  TOKEN_KEYS: Buffer.alloc(32, "token key").toString("base64"),
  SEALING_KEYS: Buffer.alloc(32, "sealing key").toString("base64"),
  ALLOW_PRIVATE_DESTINATIONS: "true",
  LIMITS: "off",
};

/**
 * Starts a gateway with an empty database, every statement of which takes that long to arrive and to be answered.
 *
 * @param settings what differs from those of the tests
 */
export async function openGateway(databaseLatencyMs = 0, settings: Record<string, string> = {}): Promise<Gateway> {
  const folder = newFolder("gateway");
  cpSync(emptyData(), folder, { recursive: true });
  const gateway = new Gateway(folder, databaseLatencyMs, settings);
  try {
    await gateway.start();
  } catch (error) {
    await gateway.close();
    throw error;
  }
  return gateway;
}

/** A client of `test/support/client.ts` by its fields. */
export class Gateway {
  readonly operatorKey = SECRETS.ADMIN_TOKEN;
  readonly door = (request: Request): Promise<Response> => fetch(request);
  readonly #folder: string;
  readonly #databaseLatencyMs: number;
  readonly #settings: Record<string, string>;
  #child: ChildProcess | null = null;
  /** Changes with every start. */
  url = "";

  constructor(folder: string, databaseLatencyMs: number, settings: Record<string, string>) {
    this.#folder = folder;
    this.#databaseLatencyMs = databaseLatencyMs;
    this.#settings = settings;
  }

  /** Starts on the data that is there. */
  async start(): Promise<void> {
    const log = openSync(this.#logFile, "a");
    const child = spawn(process.execPath, [SERVE, join(this.#folder, "v3")], {
      detached: true, // a process group of its own, for kill() to reach workerd too
      stdio: ["ignore", log, log, "ipc"],
      env: {
        ...process.env,
        SECRETS: JSON.stringify({ ...SECRETS, ...this.#settings }),
        DATABASE_LATENCY_MS: String(this.#databaseLatencyMs),
        WRANGLER_SEND_METRICS: "false",
      },
    });
    this.#child = child;
    const { url } = await this.#report<{ url: string }>(child);
    this.url = url;
  }

  /** Ends it as a shutdown does. */
  async stop(): Promise<void> {
    await this.#end((child) => child.send("stop" satisfies Order));
  }

  /** Ends it in the middle of whatever it does, workerd included. */
  async kill(): Promise<void> {
    await this.#end(({ pid }) => pid && process.kill(-pid, "SIGKILL"));
    while (await this.#listens()) await sleep(5);
  }

  /** Ends it and removes its data. */
  async close(): Promise<void> {
    if (this.#child) await this.kill();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** Opens the door of the cron, which does not open by itself on a developer's machine, and waits for what it did. */
  async sweep(): Promise<void> {
    const response = await fetch(`${this.url}/cdn-cgi/local/scheduled?cron=*+*+*+*+*`);
    if (!response.ok) throw new Error(`the scheduled door answered ${response.status}: ${await response.text()}`);
    await response.body?.cancel();
  }

  /** Lets that much time pass for all that waits in the database, as if the machine had been off for it. */
  async passTime(seconds: number): Promise<void> {
    const child = this.#running();
    const passed = this.#report(child);
    child.send({ passSeconds: seconds } satisfies Order);
    await passed;
  }

  /** Writes into the database what only a long time would; each is one statement of SQL. */
  async write(statements: string[]): Promise<void> {
    const child = this.#running();
    const written = this.#report(child);
    child.send({ write: statements } satisfies Order);
    await written;
  }

  get log(): string {
    return readFileSync(this.#logFile, "utf8");
  }

  get #logFile(): string {
    return join(this.#folder, "worker.log");
  }

  #running(): ChildProcess {
    if (!this.#child) throw new Error("the gateway does not run");
    return this.#child;
  }

  async #end(how: (child: ChildProcess) => unknown): Promise<void> {
    const child = this.#running();
    this.#child = null;
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, "exit");
    how(child);
    await exited;
  }

  async #report<What extends Report>(child: ChildProcess): Promise<What> {
    const finished = new AbortController();
    const { signal } = finished;
    try {
      return await Promise.race([
        once(child, "message", { signal }).then(([what]) => what as What),
        once(child, "exit", { signal }).then(() =>
          Promise.reject(new Error(`the gateway has ended: ${this.log.slice(-4_000)}`)),
        ),
        sleep(START_TIMEOUT_MS, null, { signal }).then(() => Promise.reject(new Error("the gateway does not answer"))),
      ]);
    } finally {
      finished.abort();
    }
  }

  #listens(): Promise<boolean> {
    return fetch(`${this.url}/health`, { headers: { connection: "close" } }).then(
      () => true,
      () => false,
    );
  }
}

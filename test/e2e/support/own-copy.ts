/** A copy of the project in the run's folder, and `npm start` in it, as somebody has it who has cloned and installed it. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { newFolder } from "./run-folder.ts";
import { until } from "./until.ts";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));

export class OwnCopy {
  readonly folder = newFolder("start");

  constructor() {
    const listed = execFileSync(
      "git",
      ["ls-files", "-coz", "--exclude-standard", "src", "scripts", "migrations", "*.toml", "*.json"],
      {
        cwd: ROOT,
        encoding: "utf8",
      },
    );
    for (const file of listed.split("\0").filter(Boolean)) {
      mkdirSync(dirname(join(this.folder, file)), { recursive: true });
      cpSync(join(ROOT, file), join(this.folder, file));
    }
    symlinkSync(join(ROOT, "node_modules"), join(this.folder, "node_modules"));
  }

  read(file: string): string {
    return readFileSync(join(this.folder, file), "utf8");
  }

  write(file: string, text: string | Uint8Array): void {
    writeFileSync(join(this.folder, file), text);
  }

  /** Starts the gateway here, on a port of its own unless one is given. */
  async start(port?: number): Promise<Start> {
    return new Start(this.folder, port ?? (await freePort()));
  }
}

export class Start {
  readonly url: string;
  output = "";
  readonly #process: ChildProcess;

  constructor(folder: string, port: number) {
    this.url = `http://localhost:${port}`;
    this.#process = spawn(process.execPath, ["scripts/start.mjs"], {
      cwd: folder,
      env: { ...process.env, PORT: String(port) },
      stdio: ["ignore", "pipe", "pipe"],
    });
    for (const stream of [this.#process.stdout, this.#process.stderr]) {
      stream?.on("data", (chunk) => {
        this.output += chunk;
      });
    }
  }

  get pid(): number {
    return this.#process.pid ?? 0;
  }

  /** Resolves when it says that the gateway runs. */
  async runs(): Promise<void> {
    await until(`it runs: ${this.output}`, () => this.output.includes("Data Pusher runs at") || this.hasEnded());
    if (this.hasEnded()) throw new Error(`it has ended: ${this.output}`);
  }

  /** @returns the exit code, null when a signal ended it */
  async end(signal?: NodeJS.Signals): Promise<number | null> {
    if (signal) this.#process.kill(signal);
    await until(`it ends: ${this.output}`, () => this.hasEnded());
    return this.#process.exitCode;
  }

  /** Nobody reads what it prints any more. */
  closeOutput(): void {
    this.#process.stdout?.destroy();
    this.#process.stderr?.destroy();
  }

  hasEnded(): boolean {
    return this.#process.exitCode !== null || this.#process.signalCode !== null;
  }

  async answers(): Promise<boolean> {
    return fetch(`${this.url}/health`, { signal: AbortSignal.timeout(2_000) }).then(
      (response) => response.ok,
      () => false,
    );
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address ? address.port : 0));
    });
  });
}

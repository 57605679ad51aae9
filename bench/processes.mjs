// Processes of the bench's own, each with one job, that end with the process that started them.
import { fork } from "node:child_process";
import { once } from "node:events";

const END_WITHIN_MS = 10_000;

/** A process that answers one order after another. */
export class Helper {
  #child;
  #name;

  /**
   * @param {URL} file what it runs; see `answerOrders`
   * @param {object} settings
   * @param {"ignore" | "inherit" | number} output where its output goes
   */
  constructor(file, settings = {}, output = "inherit") {
    this.#name = file.pathname.split("/").at(-1);
    this.#child = fork(file, [JSON.stringify(settings)], {
      serialization: "advanced",
      detached: true, // a process group of its own, which reaches its own children too
      stdio: ["ignore", output, output, "ipc"],
    });
  }

  get pid() {
    return this.#child.pid;
  }

  /**
   * Gives it an order and waits for the answer. One at a time.
   *
   * @throws what the order threw, or an Error when the process ends meanwhile
   */
  async ask(order, details = {}) {
    const finished = new AbortController();
    const { signal } = finished;
    try {
      const answer = once(this.#child, "message", { signal });
      const end = once(this.#child, "exit", { signal }).then(() =>
        Promise.reject(new Error(`${this.#name} has ended`)),
      );
      this.#child.send({ order, details });
      const [{ result, error }] = await Promise.race([answer, end]);
      if (error !== undefined) throw new Error(`${this.#name}, ${order}: ${error}`);
      return result;
    } finally {
      finished.abort();
    }
  }

  /** Ends it, and whatever it has started. */
  async end() {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exited = once(this.#child, "exit");
    this.#child.disconnect();
    const late = setTimeout(() => process.kill(-this.#child.pid, "SIGKILL"), END_WITHIN_MS);
    await exited;
    clearTimeout(late);
  }
}

/** The settings that a helper was started with. */
export function givenSettings() {
  return JSON.parse(process.argv[2] ?? "{}");
}

/**
 * The helper's side: answers each order by the function of that name, and ends when whoever started it is gone.
 *
 * @param {Record<string, (details: object) => unknown>} orders
 * @param {() => unknown} close what there is to end first
 */
export function answerOrders(orders, close = () => undefined) {
  process.on("disconnect", async () => {
    await Promise.race([close(), new Promise((resolve) => setTimeout(resolve, END_WITHIN_MS / 2))]);
    process.kill(-process.pid, "SIGKILL");
  });
  process.on("message", async ({ order, details }) => {
    try {
      process.send({ result: await orders[order](details) });
    } catch (error) {
      process.send({ error: error.stack });
    }
  });
}

/** Milliseconds of a clock that all processes of the machine share. */
export function clockMs() {
  return Number(process.hrtime.bigint()) / 1e6;
}

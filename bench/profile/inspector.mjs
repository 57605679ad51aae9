// V8's own profiler, asked over the inspector's protocol. workerd has a target for every isolate: the Worker's, and those of
// what Miniflare puts around it, such as the database.

/** @returns {Promise<string[]>} the ids of the isolates */
export async function isolates(inspector) {
  const targets = await (await fetch(`http://${inspector}/json`)).json();
  return targets.map(({ id }) => id);
}

/** Profiles one isolate from now until `stop`. */
export class Profiler {
  #socket;
  #waiting = new Map();
  #next = 0;

  static async start(inspector, isolate, intervalUs) {
    const profiler = new Profiler();
    const socket = new WebSocket(`ws://${inspector}/${isolate}`);
    profiler.#socket = socket;
    await new Promise((resolve, reject) => {
      socket.onopen = resolve;
      socket.onerror = () => reject(new Error(`the inspector of ${isolate} does not answer`));
    });
    socket.onmessage = ({ data }) => profiler.#receive(JSON.parse(data));
    await profiler.#ask("Profiler.enable");
    await profiler.#ask("Profiler.setSamplingInterval", { interval: intervalUs });
    await profiler.#ask("Profiler.start");
    return profiler;
  }

  /** @returns the profile, as Chrome's developer tools open it */
  async stop() {
    const { profile } = await this.#ask("Profiler.stop");
    this.#socket.close();
    return profile;
  }

  #ask(method, params = {}) {
    const id = ++this.#next;
    const { promise, ...answered } = Promise.withResolvers();
    this.#waiting.set(id, answered);
    this.#socket.send(JSON.stringify({ id, method, params }));
    return promise;
  }

  #receive({ id, result, error }) {
    const answered = this.#waiting.get(id);
    if (answered === undefined) return;
    this.#waiting.delete(id);
    if (error) answered.reject(new Error(error.message));
    else answered.resolve(result);
  }
}

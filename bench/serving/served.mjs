// A Worker that is served in a process of its own, seen from the bench.
import { cpSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { newFolder } from "../../test/e2e/support/run-folder.ts";
import { Helper } from "../processes.mjs";

const SERVE = new URL("serve.mjs", import.meta.url);
const LOG_SHOWN = 2_000;
const SECRETS = {
  ADMIN_TOKEN: "bench-admin-token-0123456789abcdef",
  TOKEN_KEYS: Buffer.alloc(32, "token key").toString("base64"),
  SEALING_KEYS: Buffer.alloc(32, "sealing key").toString("base64"),
};
/**
 * What differs from a deployment: the receiver is on this machine, and one account sends all there is. On the Free plan an
 * invocation makes at most 50 requests, and here only one invocation a second would take up what is left over.
 */
const HERE = { ALLOW_PRIVATE_DESTINATIONS: "true", LIMITS: "off", PLAN: "paid" };

export class Served {
  #helper;
  #log;

  /**
   * Once it has started it also has `url`; `workerd`, the id of the runtime's process; and `inspector`, its host and port.
   *
   * @param what `scripts`, the main one first, and `config`, the wrangler.toml that they belong to; a `floor` takes only the
   *   rules of the runtime from it; `emptyData` is copied to begin with, `data` is a folder to go on with; `inspect` opens
   *   the inspector
   */
  static async start({ scripts, config, floor = false, emptyData, data, inspect = false, settings = {} }) {
    const served = new Served();
    served.folder = data ?? newFolder("served");
    if (emptyData) cpSync(emptyData, served.folder, { recursive: true });
    served.#log = join(served.folder, "worker.log");
    const given = floor ? settings : { ...SECRETS, ...HERE, ...settings };
    served.#helper = new Helper(
      SERVE,
      { scripts, config, floor, data: join(served.folder, "v3"), inspect, settings: given },
      openSync(served.#log, "a"),
    );
    try {
      return Object.assign(served, await served.#helper.ask("ready"));
    } catch (error) {
      throw new Error(`${error.message}\n${readFileSync(served.#log, "utf8").slice(-LOG_SHOWN)}`);
    }
  }

  /** As a client of `test/support/client.ts`. */
  get client() {
    return { url: this.url, operatorKey: SECRETS.ADMIN_TOKEN, door: (request) => fetch(request) };
  }

  /** Statements of SQL in one transaction, while nothing else goes on. */
  write(statements) {
    return this.#helper.ask("write", { statements });
  }

  close() {
    return this.#helper.end();
  }
}

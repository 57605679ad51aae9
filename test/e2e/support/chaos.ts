/**
 * The built Worker under load is killed at random moments, again and again, and started anew on the same data. What was
 * answered 2xx must arrive everywhere, in the end. Bounded in events, kills and time; on this machine only.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { type Account, addDestination, deliveriesOf, ingest, newAccount } from "../../support/client.ts";
import { type Gateway, openGateway } from "./gateway.ts";
import { headerLines, Receiver } from "./receiver.ts";

export type Plan = {
  /** Events that must have been answered 2xx, and kills while they are sent. */
  events: number;
  kills: number;
  /** Which of the restarts find that the leases have run out, as after a longer outage. */
  longOutage: (kill: number) => boolean;
  /** How long it may take, all in all. */
  withinMs: number;
  seed: number;
  say: (line: string) => void;
};

export type Toll = {
  kills: number;
  sent: number;
  answered: number;
  /** Of those that were answered 2xx, how many have arrived at every destination, and how many have not. */
  arrived: number;
  lost: string[];
  /** Requests with what had arrived at that receiver before, and those of them that came under another `webhook-id`. */
  duplicates: number;
  renamed: number;
  /** Deliveries that had not ended when all was over. */
  pending: number;
};

const DESTINATIONS = 3;
const SENDERS = 16;
const SWEEP_EVERY_MS = 2_000;
/** Longer than any lease and the sweep's patience. */
const LONG_OUTAGE_SECONDS = 300;
/** A kill comes within this time after the answer that it waited for. */
const KILL_DELAY_MS = 50;

export async function chaos(plan: Plan): Promise<Toll> {
  const deadline = Date.now() + plan.withinMs;
  const gateway = await openGateway();
  const receivers = await Promise.all(Array.from({ length: DESTINATIONS }, () => Receiver.open()));
  try {
    const account = await newAccount(gateway);
    for (const { url } of receivers) await addDestination(gateway, account, url);
    const load = new Load(gateway, account);
    const kills = await killUnderLoad(plan, gateway, load, deadline);
    plan.say(`${load.answered.size} of ${load.sent} events were answered 2xx, with ${kills} kills; settling`);
    const pending = await drain(plan, gateway, deadline);
    return { kills, ...count(load, receivers), pending };
  } finally {
    for (const receiver of receivers) receiver.close();
    await gateway.close();
  }
}

async function killUnderLoad(plan: Plan, gateway: Gateway, load: Load, deadline: number): Promise<number> {
  const random = randomFrom(plan.seed);
  const moments = Array.from({ length: plan.kills }, () => random() * plan.events).sort((a, b) => a - b);
  for (const [i, moment] of moments.entries()) {
    await load.until(moment, deadline);
    await sleep(random() * KILL_DELAY_MS);
    await gateway.kill();
    await load.pause();
    await gateway.start();
    if (plan.longOutage(i)) await gateway.passTime(LONG_OUTAGE_SECONDS);
    // as `npm start` does, and not waited for: what it sets going is under way at the next kill
    gateway.sweep().catch(() => undefined);
    plan.say(`kill ${i + 1}: ${load.answered.size} answered`);
  }
  await load.until(plan.events, deadline);
  await load.pause();
  // The last kill, of what the last answers are still doing.
  await gateway.kill();
  await gateway.start();
  if (plan.longOutage(moments.length)) await gateway.passTime(LONG_OUTAGE_SECONDS);
  return moments.length + 1;
}

/** Waits until nothing is pending, with the cron's help: how many still are when time is up. */
async function drain(plan: Plan, gateway: Gateway, deadline: number): Promise<number> {
  for (;;) {
    await gateway.sweep();
    const { length } = await deliveriesOf(gateway, { state: "pending" });
    if (length === 0 || Date.now() > deadline) return length;
    plan.say(`${length} pending`);
    await sleep(SWEEP_EVERY_MS);
  }
}

function count(load: Load, receivers: Receiver[]): Omit<Toll, "kills" | "pending"> {
  let duplicates = 0;
  let renamed = 0;
  const missing = new Set<string>();
  for (const { arrivals } of receivers) {
    const idOf = new Map<string, string>();
    for (const arrival of arrivals) {
      const payload = arrival.body.toString();
      const id = headerLines(arrival, "webhook-id").join();
      if (idOf.has(payload)) duplicates++;
      if ((idOf.get(payload) ?? id) !== id) renamed++;
      idOf.set(payload, id);
    }
    for (const payload of load.answered) if (!idOf.has(payload)) missing.add(payload);
  }
  const answered = load.answered.size;
  return { sent: load.sent, answered, arrived: answered - missing.size, lost: [...missing], duplicates, renamed };
}

/** Senders that go on while the gateway is up. No payload is sent twice: an answer that is lost stays unknown. */
class Load {
  readonly answered = new Set<string>();
  sent = 0;
  readonly #gateway: Gateway;
  readonly #account: Account;
  #wanted = 0;
  #running: Promise<unknown> = Promise.resolve();

  constructor(gateway: Gateway, account: Account) {
    this.#gateway = gateway;
    this.#account = account;
  }

  /** Sends until so many were answered, and then goes on until the pause. */
  async until(answered: number, deadline: number): Promise<void> {
    this.#wanted = Number.POSITIVE_INFINITY;
    this.#running = Promise.all(Array.from({ length: SENDERS }, () => this.#sender()));
    while (this.answered.size < answered) {
      if (Date.now() > deadline) throw new Error(`only ${this.answered.size} events were answered in time`);
      await sleep(1);
    }
  }

  async pause(): Promise<void> {
    this.#wanted = 0;
    await this.#running;
  }

  async #sender(): Promise<void> {
    while (this.answered.size < this.#wanted) {
      const payload = `{"event":${++this.sent}}`;
      try {
        const { status } = await ingest(this.#gateway, this.#account.app_secret_token, payload);
        if (status >= 200 && status <= 299) this.answered.add(payload);
      } catch {
        return; // killed: nothing was promised
      }
    }
  }
}

/** Numbers from 0 to 1 that are the same for the same seed (mulberry32). */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

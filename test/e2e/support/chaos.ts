/**
 * The built Worker, its database a slow door away, is killed under load at random moments, again and again, and started
 * anew on the same data, while receivers fail, flap and hang, an account is removed and a recovery runs. Bounded in
 * events, kills and time; on this machine only.
 */
import { setTimeout as sleep } from "node:timers/promises";
import {
  type Account,
  addDestination,
  call,
  type Delivery,
  deliveriesOf,
  newAccount,
  send,
} from "../../support/client.ts";
import { type Findings, findingsOf } from "./findings.ts";
import { type Gateway, openGateway } from "./gateway.ts";
import { Load, randomFrom } from "./load.ts";
import { always, flapping, hanging, never, Witness } from "./witness.ts";

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

export type Toll = Findings & {
  kills: number;
  sent: number;
  answered: number;
  /** Deliveries that had not ended when all was over. */
  pending: number;
  /** Requests to the receiver of the removed account since its removal was answered. */
  afterRemoval: number;
};

const DATABASE_LATENCY_MS = 15;
const SWEEP_EVERY_MS = 2_000;
/** Longer than any lease and the sweep's patience. */
const LONG_OUTAGE_SECONDS = 300;
/** At the end: longer than the waits of the schedule's first half, which a receiver that flaps may take a delivery to. */
const LEAP_SECONDS = 6 * 3_600;
/** A kill comes within this time after the answer that it waited for. */
const KILL_DELAY_MS = 50;
const EVENTS_OF_THE_LEAVER = 10;

export async function chaos(plan: Plan): Promise<Toll> {
  const stage = await Stage.open(plan);
  try {
    await stage.killUnderLoad();
    const pending = await stage.untilFinished();
    return await stage.toll(pending);
  } finally {
    await stage.close();
  }
}

class Stage {
  readonly #plan: Plan;
  readonly #deadline: number;
  readonly #gateway: Gateway;
  readonly #load: Load;
  /** Those that must get everything; one of them is down for the first half. */
  readonly #witnesses: Witness[];
  readonly #down: { witness: Witness; path: string };
  readonly #leaver: { account: Account; witness: Witness; seen: number };
  readonly #account: Account;
  readonly #deaths: number[];
  readonly #begun = new Date().toISOString();
  #kills = 0;

  private constructor(made: {
    plan: Plan;
    gateway: Gateway;
    account: Account;
    witnesses: Witness[];
    down: { witness: Witness; path: string };
    leaver: { account: Account; witness: Witness };
    deaths: number[];
  }) {
    this.#plan = made.plan;
    this.#deadline = Date.now() + made.plan.withinMs;
    this.#gateway = made.gateway;
    this.#account = made.account;
    this.#load = new Load(made.gateway, made.account);
    this.#witnesses = made.witnesses;
    this.#down = made.down;
    this.#leaver = { ...made.leaver, seen: 0 };
    this.#deaths = made.deaths;
  }

  static async open(plan: Plan): Promise<Stage> {
    const deaths: number[] = [];
    const open = (manner: typeof always) => Witness.open(manner, () => deaths.length);
    const gateway = await openGateway(DATABASE_LATENCY_MS);
    const account = await newAccount(gateway);
    const witnesses = await Promise.all([always, flapping, hanging, never].map(open));
    const settings = [{}, {}, { timeout_ms: 1_000 }, { retry_schedule: [] }];
    const paths: string[] = [];
    for (const [i, { url }] of witnesses.entries()) {
      paths.push(`/destinations/${(await addDestination(gateway, account, url, settings[i])).destination_id}`);
    }
    const leaver = { account: await newAccount(gateway), witness: await open(never) };
    await addDestination(gateway, leaver.account, leaver.witness.url);
    for (let n = 0; n < EVENTS_OF_THE_LEAVER; n++) await send(gateway, leaver.account, `{"leaving":${n}}`);
    const [witness, path] = [witnesses.at(-1), paths.at(-1)];
    if (!witness || !path) throw new Error("nobody is down");
    return new Stage({ plan, gateway, account, witnesses, down: { witness, path }, leaver, deaths });
  }

  async killUnderLoad(): Promise<void> {
    const plan = this.#plan;
    const random = randomFrom(plan.seed);
    const moments = Array.from({ length: plan.kills }, () => random() * plan.events).sort((a, b) => a - b);
    const half = Math.floor(plan.kills / 2);
    for (const [i, moment] of moments.entries()) {
      await this.#load.until(moment, this.#deadline);
      // Not waited for: the kill comes in the middle of them.
      const inTheMiddle = Promise.allSettled(i === half ? [this.#recover(), this.#leave()] : []);
      await sleep(random() * KILL_DELAY_MS);
      await this.#rebirth(plan.longOutage(i) ? LONG_OUTAGE_SECONDS : 0);
      await inTheMiddle;
      if (i === half) await this.#insistOnBoth();
      // as `npm start` does, and not waited for: what it sets going is under way at the next kill
      this.#gateway.sweep().catch(() => undefined);
      plan.say(`kill ${i + 1}: ${this.#load.answered.size} answered`);
    }
    await this.#load.until(plan.events, this.#deadline);
    await this.#load.pause();
    // Of what the last answers are still doing.
    await this.#rebirth(plan.longOutage(moments.length) ? LONG_OUTAGE_SECONDS : 0);
    plan.say(`${this.#load.answered.size} of ${this.#load.sent} events were answered 2xx, with ${this.#kills} kills`);
  }

  /** Waits until nothing is pending, with the cron's help and leaps of time: how many still are when time is up. */
  async untilFinished(): Promise<number> {
    for (let sweeps = 1; ; sweeps++) {
      await this.#gateway.sweep();
      const pending = (await this.#deliveries("pending")).length;
      if (pending === 0 && (await this.#deliveries("exhausted")).length === 0) return 0;
      if (Date.now() > this.#deadline) return pending;
      if (pending === 0) await this.#recover();
      this.#plan.say(`${pending} pending`);
      await sleep(SWEEP_EVERY_MS);
      if (sweeps % 3 === 0) await this.#rebirth(LEAP_SECONDS);
    }
  }

  async toll(pending: number): Promise<Toll> {
    this.#deaths.push(Date.now());
    const seen = this.#witnesses.map(({ sightings }) => sightings);
    return {
      ...findingsOf(this.#load.answered, seen, await this.#deliveries(), this.#deaths),
      kills: this.#kills,
      sent: this.#load.sent,
      answered: this.#load.answered.size,
      pending,
      afterRemoval: this.#leaver.witness.sightings.length - this.#leaver.seen,
    };
  }

  async close(): Promise<void> {
    for (const witness of [...this.#witnesses, this.#leaver.witness]) witness.close();
    await this.#gateway.close();
  }

  async #rebirth(outageSeconds: number): Promise<void> {
    await this.#gateway.kill();
    this.#deaths.push(Date.now());
    this.#kills++;
    await this.#load.pause();
    await this.#gateway.start();
    if (outageSeconds > 0) await this.#gateway.passTime(outageSeconds);
  }

  #deliveries(state?: string): Promise<Delivery[]> {
    return deliveriesOf(this.#gateway, { account_id: this.#account.account_id, ...(state && { state }) });
  }

  async #recover(): Promise<number> {
    this.#down.witness.manner = always;
    const { status } = await call(this.#gateway, "POST", `${this.#down.path}/recoveries`, { from: this.#begun });
    return status;
  }

  async #leave(): Promise<number> {
    return (await call(this.#gateway, "DELETE", `/accounts/${this.#leaver.account.account_id}`)).status;
  }

  /** As a person would who got no answer: 409 and 404 say that the first call had done it. */
  async #insistOnBoth(): Promise<void> {
    const [recovering, leaving] = [await this.#recover(), await this.#leave()];
    if (![202, 409].includes(recovering) || ![204, 404].includes(leaving)) {
      throw new Error(`the recovery was answered ${recovering}, the removal ${leaving}`);
    }
    this.#leaver.seen = this.#leaver.witness.sightings.length;
  }
}

/** Sends inputs, and keeps those that are answered wrongly. */
import { env } from "cloudflare:workers";
import fc from "fast-check";
import type { Call } from "./calls";
import { settle } from "./inhabitants";
import type { Answer, WatchedGateway } from "./watched";

/** Inputs of all targets together: `npm run fuzz` sets more. */
const INPUTS = Number(env.FUZZ || 2_000);
const SEED = Number(env.SEED || 1);
/** What exists is used up by the inputs that remove it. */
const NEW_INHABITANTS_EVERY = 300;
const MOST_FAULTS = 20;
/** Only tells that something hangs. */
export const TIMEOUT_MS = 60_000 + INPUTS * 100;

/**
 * @param share of all inputs
 * @param after what to do with an answer that is as it should be
 * @returns how many answers had each status
 * @throws an Error with each fault, the first input that had it, and the seed that brings them about again
 */
export async function fuzz(
  gateway: WatchedGateway,
  share: number,
  calls: fc.Arbitrary<Call>,
  after: (answer: Answer, call: Call) => Promise<void> | void = () => undefined,
): Promise<Map<number, number>> {
  const statuses = new Map<number, number>();
  const faults = new Map<string, Call>();
  let sent = 0;
  const property = fc.asyncProperty(calls, async (call) => {
    if (sent++ % NEW_INHABITANTS_EVERY === 0) await settle(gateway.known);
    const result = await gateway.send(call);
    if (result === null || faults.size >= MOST_FAULTS) return;
    const { answer, wrong } = result;
    statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
    for (const fault of wrong.map(withoutIds)) if (!faults.has(fault)) faults.set(fault, call);
    await after(answer, call);
  });
  await fc.assert(property, { numRuns: Math.ceil(INPUTS * share), seed: SEED, endOnFailure: true });
  if (faults.size === 0) return statuses;
  const told = [...faults].map(([fault, call]) => `${fault}\n  by ${JSON.stringify(call).slice(0, 1_000)}`);
  throw new Error(`SEED=${SEED} FUZZ=${INPUTS}\n${told.join("\n")}`);
}

/** One fault is told once, whatever it was about. */
function withoutIds(fault: string): string {
  return fault.replace(/\b([a-z]{3})_[0-9A-Z]{26}\w*/g, "$1_…");
}

import { call } from "../test/support/client.ts";
import { reconcile } from "./figures/reconcile.ts";
import { percentile } from "./figures/spread.ts";
import { memoryMb, processorMs, quiet } from "./load/processor-time.mjs";

const DELIVERED_WITHIN_MS = 120_000;
const LOOKS_FOR_PENDING = 10;

let runs = 0;

/**
 * Sends events to one contender and waits until the last has arrived and the runtime is at rest.
 *
 * @param {{ sender: Helper, receiver: Helper }} load
 * @param contender what is measured, see contenders.mjs
 * @param {{ destinations: number, connections: number, events: number }} situation
 * @param {(isSending: () => boolean) => unknown} beside what goes on meanwhile
 * @returns rates a second, times in ms, processor time in ms an event, memory in MB
 * @throws an Error when the run does not add up
 */
export async function measure(
  { sender, receiver },
  { served, senders, tells = false },
  situation,
  beside = () => undefined,
) {
  const { destinations, connections, events } = situation;
  const { url, token, account, typed } = senders[destinations];
  const run = ++runs;
  await receiver.ask("expect", { run, events, destinations });
  const before = processorMs(served.workerd);
  let isSending = true;
  const sending = sender.ask("send", { url, token, typed, run, events, connections }).finally(() => {
    isSending = false;
  });
  const [sent] = await Promise.all([sending, beside(() => isSending)]);
  await receiver.ask("complete", { withinMs: DELIVERED_WITHIN_MS });
  const after = await atRest(served, tells ? account : null);
  const { counts, completeAt, strangers } = await receiver.ask("arrivals");
  const endToEnd = Array.from(completeAt, (at, event) => at - sent.sentAt[event]);
  return {
    ...reconcile({ ...sent, destinations, counts, strangers }),
    acceptedPerSecond: (1_000 * events) / (sent.ended - sent.begun),
    answerP50Ms: percentile(sent.answerMs, 0.5),
    answerP99Ms: percentile(sent.answerMs, 0.99),
    ...(destinations > 0 && {
      deliveredPerSecond: (1_000 * events) / (percentile(completeAt, 1) - sent.begun),
      endToEndP50Ms: percentile(endToEnd, 0.5),
      endToEndP99Ms: percentile(endToEnd, 0.99),
    }),
    processorMsPerEvent: before === null ? null : (after - before) / events,
    memoryMb: memoryMb(served.workerd)?.now ?? null,
  };
}

/**
 * Waits until nothing goes on and, of a gateway, its record says that all is delivered.
 *
 * @returns the processor time until then, in ms
 */
async function atRest(served, account) {
  for (let look = 0; look < LOOKS_FOR_PENDING; look++) {
    await quiet(served.workerd);
    const until = processorMs(served.workerd);
    if (account === null) return until;
    const query = new URLSearchParams({ account_id: account, state: "pending", limit: "1" });
    const { json } = await call(served.client, "GET", `/deliveries?${query}`);
    if (json.data.length === 0) return until;
  }
  throw new Error("the run does not add up: deliveries are still pending");
}

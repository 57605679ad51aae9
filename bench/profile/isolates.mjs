// How much of workerd's processor time is the Worker's own, which is what Cloudflare bills, and how much the database's and
// the queue's, which Miniflare runs as Workers in the same process. V8's profiler takes a sample of an isolate only while
// that one holds the thread, so counting samples by isolate splits the time; what is in none of them is the server's own:
// sockets, HTTP and the loop.
import { openGateway } from "../contenders.mjs";
import { measure } from "../measure.mjs";
import { isolates, Profiler } from "./inspector.mjs";
import { runningMs } from "./running-ms.ts";

const INTERVAL_US = 1_000;
const WARM_UP = 100;

/**
 * @param built the Worker, see serving/build.mjs
 * @returns for each situation the ms of an event in the Worker's isolate and in those of the database and the queue
 */
export async function splitByIsolate(load, built, situations) {
  const destinations = [...new Set(situations.map((situation) => situation.destinations))];
  const contender = await openGateway(built, await load.receiver.ask("url"), destinations, { inspect: true });
  try {
    const rows = [];
    for (const situation of situations) rows.push(await splitOf(load, contender, situation));
    return rows;
  } finally {
    await contender.served.close();
  }
}

/** The same for one situation, of a contender that is served with its inspector open. */
export async function splitOf(load, contender, situation) {
  await measure(load, contender, { ...situation, events: WARM_UP });
  const { inspector } = contender.served;
  const ids = (await isolates(inspector)).filter((id) => partOf(id) !== null);
  const profilers = await Promise.all(ids.map((id) => Profiler.start(inspector, id, INTERVAL_US)));
  const { processorMsPerEvent } = await measure(load, contender, situation);
  const profiles = await Promise.all(profilers.map((profiler) => profiler.stop()));
  const ms = { worker: 0, database: 0, queue: 0 };
  for (const [i, profile] of profiles.entries()) {
    ms[partOf(ids[i])] += runningMs(profile, INTERVAL_US) / situation.events;
  }
  return { ...situation, processorMsPerEvent, ...ms };
}

function partOf(isolate) {
  if (isolate.startsWith("core:user:")) return "worker";
  if (isolate.startsWith("d1:")) return "database";
  return isolate === "queues:queue" ? "queue" : null;
}

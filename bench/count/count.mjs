// What events cost in what is billed and stored, counted in a run of its own.
import { copyFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { openGateway } from "../contenders.mjs";
import { meanBytes } from "../load/payloads.mjs";
import { measure } from "../measure.mjs";

const COUNTING = fileURLToPath(new URL("counting.js", import.meta.url));
const WARM_UP = 20;

/**
 * @param built the Worker, see serving/build.mjs
 * @param situations as those of `measure`
 * @returns for each situation what an event costs: D1 calls, statements, rows read and written, queue messages sent and read,
 *   bytes stored
 */
export async function count(load, built, situations) {
  const script = join(dirname(built.script), "counting.js");
  copyFileSync(COUNTING, script);
  const destinations = [...new Set(situations.map((situation) => situation.destinations))];
  const receiverUrl = await load.receiver.ask("url");
  const counting = await openGateway(built, receiverUrl, destinations, { scripts: [script, built.script] });
  // its own questions would be counted
  const contender = { ...counting, tells: false };
  const counts = async (method) => (await fetch(`${counting.served.url}/bench/counts`, { method })).json();
  try {
    const rows = [];
    for (const situation of situations) {
      await measure(load, contender, { ...situation, events: WARM_UP });
      const { bytes } = await counts("DELETE");
      await measure(load, contender, situation);
      const counted = await counts("GET");
      rows.push({ ...situation, payloadBytes: meanBytes(situation.events), ...perEvent(counted, bytes, situation) });
    }
    return rows;
  } finally {
    await counting.served.close();
  }
}

function perEvent({ bytes, ...counted }, bytesBefore, { events }) {
  const each = Object.entries({ ...counted, bytesStored: bytes - bytesBefore });
  return Object.fromEntries(each.map(([name, total]) => [name, total / events]));
}

// How an event's cost grows with what is stored, and whether removal keeps up.
import { newTenant } from "../contenders.mjs";
import { Rounds } from "../figures/rounds.ts";
import { openFilled } from "../fill/open.mjs";
import { measure } from "../measure.mjs";
import { INGEST, removal } from "./removal.mjs";

const STORED = [10_000, 100_000, 1_000_000];
const QUICK = [1_000, 10_000];
const DESTINATIONS = 3;
const SITUATIONS = [
  { destinations: DESTINATIONS, connections: 1, events: 200 },
  { destinations: DESTINATIONS, connections: 64, events: 800 },
];
const WARM_UP_EVENTS = 100;

/**
 * @param built the Worker, see serving/build.mjs
 * @param {{ quick: boolean, rounds: number }} options
 * @returns `rows` of each number of stored events, held against the fewest; `stored`, what that is on disk; and what
 *   `removal` found with the most
 */
export async function growth(load, built, { quick, rounds }) {
  const sides = [];
  try {
    for (const events of quick ? QUICK : STORED) sides.push(await openSide(load, built, events));
    const rows = await inTurns(load, sides, rounds);
    const most = sides.pop();
    await most.served.close();
    return {
      rows,
      stored: [...sides, most].map(({ contender, bytes }) => ({ contender, bytes })),
      removal: await removal(load, built, most),
    };
  } finally {
    for (const { served } of sides) await served.close();
  }
}

async function openSide(load, built, events) {
  const receiverUrl = await load.receiver.ask("url");
  const { served, bytes } = await openFilled(built, events, receiverUrl);
  const contender = `${events.toLocaleString("en")} stored`;
  console.log(`${contender}, ${Math.round(bytes / 1e6)} MB`);
  const senders = {};
  for (const count of [DESTINATIONS, INGEST.destinations]) senders[count] = await newTenant(served, receiverUrl, count);
  return { contender, served, bytes, senders, tells: true };
}

async function inTurns(load, sides, rounds) {
  const noted = new Rounds((measured) => ({ ...measured, contender: sides[0].contender }));
  for (const side of sides) await measure(load, side, { ...SITUATIONS[1], events: WARM_UP_EVENTS });
  for (let round = 0; round < rounds; round++) {
    for (const situation of SITUATIONS) {
      for (const side of round % 2 === 0 ? sides : sides.toReversed()) {
        noted.note({ ...situation, contender: side.contender }, await measure(load, side, situation));
      }
    }
    console.log(`round ${round + 1} of ${rounds}`);
  }
  return noted.rows();
}

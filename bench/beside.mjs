import { openFloors, openGateway } from "./contenders.mjs";
import { floorOf } from "./figures/floors.ts";
import { Rounds } from "./figures/rounds.ts";
import { measure } from "./measure.mjs";
import { destinationsOf, fewer } from "./situations.mjs";

/**
 * Measures every contender in every situation, one after the other, in every round; in every other round the last comes first.
 *
 * @param built Workers by their names, see serving/build.mjs
 * @returns the rows of `Rounds`
 */
export async function beside(load, built, situations, rounds) {
  const contenders = {};
  try {
    const receiverUrl = await load.receiver.ask("url");
    for (const [name, worker] of Object.entries(built)) {
      contenders[name] = await openGateway(worker, receiverUrl, destinationsOf(situations));
    }
    Object.assign(contenders, await openFloors(built.gateway.config, receiverUrl, destinationsOf(situations)));
    const turns = turnsOf(contenders, situations);
    for (const { situation, contender } of turns) await measure(load, contender, fewer(situation));
    const noted = new Rounds(floorOf);
    for (let round = 0; round < rounds; round++) {
      for (const { situation, name, contender } of round % 2 === 0 ? turns : turns.toReversed()) {
        noted.note({ ...situation, contender: name }, await measure(load, contender, situation));
      }
      console.log(`round ${round + 1} of ${rounds}`);
    }
    return noted.rows();
  } finally {
    for (const { served } of Object.values(contenders)) await served.close();
  }
}

function turnsOf(contenders, situations) {
  return situations.flatMap((situation) =>
    Object.entries(contenders)
      .filter(([, { senders }]) => situation.destinations in senders)
      .map(([name, contender]) => ({ situation, name, contender })),
  );
}

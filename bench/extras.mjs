// What event types, a filter and a transformation cost an event: accounts of one Worker, whose destinations differ in nothing
// else, are measured in turns.
import { newTenant, openGateway } from "./contenders.mjs";
import { Rounds } from "./figures/rounds.ts";
import { spread, spreadOfRatios } from "./figures/spread.ts";
import { measure } from "./measure.mjs";
import { splitOf } from "./profile/isolates.mjs";
import { fewer } from "./situations.mjs";

const DESTINATIONS = 3;
const NONE = "none of it";
/** A run with the profilers takes several times as long. */
const MOST_PROFILES = 3;

/** Of each destination. All of GitHub's payloads pass, so that every account delivers the same number. */
const EXTRAS = {
  [NONE]: {},
  "types and a filter": {
    event_types: ["deployment*", "issue*", "pull_request*", "push", "*"],
    filter: {
      $type: { $nin: ["billing", "ping.test"] },
      $not: { action: { $in: ["archived", "typing"] }, sender: { type: "Nobody" } },
      $or: [
        { repository: { full_name: { $endsWith: "/nowhere" } } },
        { repository: { private: { $neq: null }, owner: { login: { $exist: true } } }, sender: { id: { $gt: 0 } } },
        { sender: { login: { $neq: "" } } },
        { security_advisory: { severity: { $exist: true } } },
      ],
    },
  },
  "a transformation": {
    // the receiver knows an event by its mark, which has to come first
    transformation: `{
      "bench": bench,
      "text": sender.login & " " & action & " in " & repository.full_name,
      "at": $event.received_at,
      "labels": issue.labels.name,
      "commits": commits.{ "id": id, "by": author.name, "message": $substringBefore(message, "\\n") },
      "private": repository.private ? "yes" : "no"
    }`,
  },
};

/**
 * @param built the Worker, see serving/build.mjs
 * @returns the rows of `Rounds`, held against the account with none of it; of each also `worker`, the ms of an event in the
 *   Worker's own isolate
 */
export async function extras(load, built, { quick = false }, rounds) {
  const situations = [
    { destinations: DESTINATIONS, connections: 1, events: quick ? 50 : 200 },
    { destinations: DESTINATIONS, connections: 64, events: quick ? 200 : 800 },
  ];
  const rows = await withContenders(load, built, {}, async (contenders) => {
    const turns = turnsOf(situations, contenders);
    for (const { situation, contender } of turns) await measure(load, contender, fewer(situation));
    const noted = new Rounds((measured) => (measured.contender === NONE ? null : { ...measured, contender: NONE }));
    for (let round = 0; round < rounds; round++) {
      for (const { situation, contender } of round % 2 === 0 ? turns : turns.toReversed()) {
        noted.note({ ...situation, contender: contender.name }, await measure(load, contender, situation));
      }
    }
    return noted.rows();
  });
  const own = new Map();
  await withContenders(load, built, { inspect: true }, async (contenders) => {
    const turns = turnsOf(situations, contenders);
    for (let round = 0; round < Math.min(rounds, MOST_PROFILES); round++) {
      for (const { situation, contender } of round % 2 === 0 ? turns : turns.toReversed()) {
        const { worker } = await splitOf(load, contender, situation);
        const key = keyOf({ ...situation, contender: contender.name });
        own.set(key, [...(own.get(key) ?? []), worker]);
      }
    }
  });
  return rows.map((row) => {
    const [worker, without] = [row, { ...row, contender: NONE }].map((one) => own.get(keyOf(one)));
    return {
      ...row,
      worker: { ...spread(worker), times: row.contender === NONE ? null : spreadOfRatios(worker, without) },
    };
  });
}

function turnsOf(situations, contenders) {
  return situations.flatMap((situation) => contenders.map((contender) => ({ situation, contender })));
}

function keyOf({ connections, contender }) {
  return `${connections} ${contender}`;
}

async function withContenders(load, built, options, use) {
  const receiverUrl = await load.receiver.ask("url");
  const { served } = await openGateway(built, receiverUrl, [], options);
  try {
    const contenders = [];
    for (const [name, settings] of Object.entries(EXTRAS)) {
      const tenant = await newTenant(served, receiverUrl, DESTINATIONS, settings);
      contenders.push({ name, served, senders: { [DESTINATIONS]: { ...tenant, typed: true } }, tells: true });
    }
    return await use(contenders);
  } finally {
    await served.close();
  }
}

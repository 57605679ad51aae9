/** Events a round are so many that each contender takes a second or two, but for the fastest. */
const SITUATIONS = [
  { destinations: 0, connections: 1, events: 400 },
  { destinations: 0, connections: 64, events: 3_000 },
  { destinations: 1, connections: 1, events: 300 },
  { destinations: 1, connections: 64, events: 1_500 },
  { destinations: 3, connections: 1, events: 200 },
  { destinations: 3, connections: 64, events: 800 },
  { destinations: 10, connections: 1, events: 100 },
  { destinations: 10, connections: 64, events: 300 },
];

/** Enough to warm up, and to count rows, which are no matter of chance. */
const FEWER_EVENTS = 200;

/** What is measured: how many destinations an event has, over how many connections events come, and how many of them. */
export function situations({ quick = false } = {}) {
  return SITUATIONS.map((one) => ({ ...one, events: quick ? Math.ceil(one.events / 4) : one.events }));
}

/** @returns {number[]} each number of destinations once */
export function destinationsOf(all) {
  return [...new Set(all.map(({ destinations }) => destinations))];
}

/** The same with no more events than it takes to warm up or to count. */
export function fewer(situation) {
  return { ...situation, events: Math.min(situation.events, FEWER_EVENTS) };
}

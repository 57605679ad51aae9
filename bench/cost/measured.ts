import type { Measured } from "./life.ts";

/** What this reads of the results that `npm run bench` keeps as JSON. */
export type Results = {
  date: string;
  machine: { model: string };
  isolates: { gateway: { destinations: number; connections: number; worker: number }[] };
};

/** The CPU of the Worker's own isolate, which is billed, for an event that comes alone: the dearest there is. */
export function measuredBy({ date, machine, isolates }: Results): Measured {
  const alone = isolates.gateway.filter(({ connections, destinations }) => connections === 1 && destinations > 0);
  return {
    source: `the Worker's own isolate for an event that comes alone, by \`npm run bench\` on ${machine.model}, ${date.slice(0, 10)}`,
    cpuMs: Object.fromEntries(alone.map(({ destinations, worker }) => [destinations, Number(worker.toFixed(2))])),
  };
}

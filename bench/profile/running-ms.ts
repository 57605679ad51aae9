/** What V8's profiler gives, as far as it is read here. */
export type Profile = {
  nodes: { id: number; callFrame: { functionName: string } }[];
  /** A node's id each. */
  samples: number[];
  /** µs since the sample before. */
  timeDeltas: number[];
};

/** The sampler met the isolate between two pieces of work. */
export const IDLE = "(idle)";

/**
 * How long the isolate ran, in ms. There is a sample of each moment at which the sampler looked and the isolate held the
 * thread, so their number times the interval is the time; the sampler is late a little each time, and later on a busy
 * machine, so the interval is taken from samples that followed each other at once.
 *
 * @param intervalUs what was asked for
 */
export function runningMs({ nodes, samples, timeDeltas }: Profile, intervalUs: number): number {
  const idle = new Set(nodes.filter(({ callFrame }) => callFrame.functionName === IDLE).map(({ id }) => id));
  const running = samples.filter((id) => !idle.has(id)).length;
  const near = timeDeltas.filter((delta) => delta > 0.5 * intervalUs && delta < 1.9 * intervalUs);
  const interval = near.length === 0 ? intervalUs : near.reduce((sum, delta) => sum + delta, 0) / near.length;
  return (running * interval) / 1_000;
}

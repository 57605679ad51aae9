import { type Figure, type Spread, spread, spreadOfRatios } from "./spread.ts";

export type Situation = { destinations: number; connections: number };

/** A rate a second, times in ms, processor time in ms an event, memory in MB. */
export type Figures = Partial<Record<FigureName, Figure>> & { duplicates: number };

/** `times` is how many times its floor. */
export type Row = Situation & { contender: string; rounds: number; duplicates: number } & Partial<
    Record<FigureName, Spread & { times?: Spread }>
  >;

/** These are held against what must be done before an answer; the others against what must be done at all. */
const OF_ANSWERS = ["acceptedPerSecond", "answerP50Ms", "answerP99Ms"] as const;
const OF_DELIVERIES = [
  "deliveredPerSecond",
  "endToEndP50Ms",
  "endToEndP99Ms",
  "processorMsPerEvent",
  "memoryMb",
] as const;
const FLOORS = ["hello", "one-write", "bare-fan-out"];

type FigureName = (typeof OF_ANSWERS)[number] | (typeof OF_DELIVERIES)[number];
type Noted<Of extends Situation> = { situation: Of; contender: string; rounds: Figures[] };

/** What each contender did in each situation, round by round. */
export class Rounds<Of extends Situation> {
  readonly #noted = new Map<string, Noted<Of>>();

  /** Notes one round of one contender. All of a situation have as many rounds, in the same order. */
  note(situation: Of, contender: string, figures: Figures): void {
    const key = keyOf(situation, contender);
    const known = this.#noted.get(key) ?? { situation, contender, rounds: [] };
    known.rounds.push(figures);
    this.#noted.set(key, known);
  }

  /** A row for each situation and contender: of each figure its spread, and that of its ratios to its floor. */
  rows(): (Of & Row)[] {
    return [...this.#noted.values()].map((noted) => ({
      ...noted.situation,
      contender: noted.contender,
      rounds: noted.rounds.length,
      duplicates: noted.rounds.reduce((sum, { duplicates }) => sum + duplicates, 0),
      ...Object.fromEntries([...OF_ANSWERS, ...OF_DELIVERIES].flatMap((name) => this.#figure(noted, name))),
    }));
  }

  #figure({ situation, contender, rounds }: Noted<Of>, name: FigureName) {
    const own = rounds.map((figures) => figures[name] ?? null);
    const found = spread(own);
    if (found === null) return [];
    const floor = FLOORS.includes(contender) ? undefined : this.#noted.get(floorOf(situation, name));
    const times = floor
      ? spreadOfRatios(
          own,
          floor.rounds.map((figures) => figures[name] ?? null),
        )
      : null;
    return [[name, times ? { ...found, times } : found]];
  }
}

function floorOf(situation: Situation, figure: FigureName): string {
  const ofAnswers = situation.destinations === 0 || OF_ANSWERS.some((name) => name === figure);
  return ofAnswers ? keyOf({ ...situation, destinations: 0 }, "one-write") : keyOf(situation, "bare-fan-out");
}

function keyOf({ destinations, connections }: Situation, contender: string): string {
  return `${destinations} ${connections} ${contender}`;
}

import { type Figure, type Spread, spread, spreadOfRatios } from "./spread.ts";

/** A rate a second, times in ms, processor time in ms an event, memory in MB. */
const FIGURES = [
  "acceptedPerSecond",
  "deliveredPerSecond",
  "answerP50Ms",
  "answerP99Ms",
  "endToEndP50Ms",
  "endToEndP99Ms",
  "processorMsPerEvent",
  "memoryMb",
] as const;

export type FigureName = (typeof FIGURES)[number];
export type Figures = Partial<Record<FigureName, Figure>> & { duplicates: number };
/** Who was measured in which situation. */
export type Measured = { destinations: number; connections: number; contender: string };
/** `times` is how many times its floor. */
export type Row = Measured & { rounds: number; duplicates: number } & Partial<
    Record<FigureName, Spread & { times?: Spread }>
  >;

type Noted = { measured: Measured; rounds: Figures[] };

/** What each contender did in each situation, round by round. */
export class Rounds {
  readonly #noted = new Map<string, Noted>();
  readonly #floorOf: (measured: Measured, figure: FigureName) => Measured | null;

  /** @param floorOf what a figure is held against; null is nothing */
  constructor(floorOf: (measured: Measured, figure: FigureName) => Measured | null) {
    this.#floorOf = floorOf;
  }

  /** Notes one round of one contender. All of a situation have as many rounds, in the same order. */
  note({ destinations, connections, contender }: Measured, figures: Figures): void {
    const measured = { destinations, connections, contender };
    const known = this.#noted.get(keyOf(measured)) ?? { measured, rounds: [] };
    known.rounds.push(figures);
    this.#noted.set(keyOf(measured), known);
  }

  /** A row for each contender in each situation: of each figure its spread, and that of its ratios to its floor. */
  rows(): Row[] {
    return [...this.#noted.values()].map((noted) => ({
      ...noted.measured,
      rounds: noted.rounds.length,
      duplicates: noted.rounds.reduce((sum, { duplicates }) => sum + duplicates, 0),
      ...Object.fromEntries(FIGURES.flatMap((name) => this.#figure(noted, name))),
    }));
  }

  #figure({ measured, rounds }: Noted, name: FigureName) {
    const own = figuresOf(rounds, name);
    const found = spread(own);
    if (found === null) return [];
    const heldAgainst = this.#floorOf(measured, name);
    const floor = heldAgainst === null ? undefined : this.#noted.get(keyOf(heldAgainst));
    const times = floor === undefined ? null : spreadOfRatios(own, figuresOf(floor.rounds, name));
    return [[name, times === null ? found : { ...found, times }]];
  }
}

function figuresOf(rounds: Figures[], name: FigureName): Figure[] {
  return rounds.map((figures) => figures[name] ?? null);
}

function keyOf({ destinations, connections, contender }: Measured): string {
  return `${destinations} ${connections} ${contender}`;
}

/** A small bug that a test must find: put into the code on purpose, in a copy of it, by `npm run mutants`. */
export type Mutant = {
  /** What is broken, in words; names it on the command line. */
  id: string;
  file: string;
  /** Text that stands in the file exactly once, and what stands there instead. */
  find: string;
  replace: string;
  /** Test files, of which one must fail. */
  tests: string[];
};

/** What keeps the mutant from being made, in a sentence; null when nothing does. */
export function faultOf({ id, file, find, replace }: Mutant, source: string | undefined): string | null {
  if (source === undefined) return `${id}: there is no ${file}`;
  const found = source.split(find).length - 1;
  if (found !== 1) return `${id}: its text stands ${found} times in ${file}; the code has moved`;
  return find === replace ? `${id}: it changes nothing` : null;
}

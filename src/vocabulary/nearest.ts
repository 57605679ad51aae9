const LEAST_TO_COMPARE = 3;

/** The known name that was most likely meant: one that begins alike, or is a slip or two away; null when none is near. */
export function nearest(name: string, known: readonly string[]): string | null {
  const given = name.toLowerCase();
  if (given.length < LEAST_TO_COMPARE) return null;
  const distances = known
    .map((one) => ({ one, distance: beginAlike(given, one) ? 0 : distanceBetween(given, one) }))
    .filter(({ one, distance }) => distance <= Math.max(1, Math.floor(one.length / 3)));
  const lengthens = ({ one }: { one: string }) => Math.abs(one.length - given.length);
  return distances.sort((a, b) => a.distance - b.distance || lengthens(a) - lengthens(b))[0]?.one ?? null;
}

function beginAlike(given: string, known: string): boolean {
  return known.startsWith(given) || given.startsWith(known);
}

/** Letters to insert, remove, replace or swap with their neighbour: optimal string alignment. */
function distanceBetween(a: string, b: string): number {
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, j) => j)];
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      row[j] = Math.min(
        at(rows, i - 1, j) + 1,
        at([row], 0, j - 1) + 1,
        at(rows, i - 1, j - 1) + (same ? 0 : 1),
        swapped ? at(rows, i - 2, j - 2) + 1 : Number.POSITIVE_INFINITY,
      );
    }
    rows.push(row);
  }
  return at(rows, a.length, b.length);
}

function at(rows: number[][], i: number, j: number): number {
  return rows[i]?.[j] ?? Number.POSITIVE_INFINITY;
}

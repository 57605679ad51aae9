/** Numbers as people read them. */

/** A rate from 0 to 1 in percent, to a tenth; rounded neither up to all nor down to none. */
export function percent(rate: number): string {
  const tenths = rate === 1 ? 1000 : Math.min(999, Math.max(rate === 0 ? 0 : 1, Math.round(rate * 1000)));
  return `${tenths / 10} %`;
}

/** `12,345` */
export function grouped(count: number): string {
  return count.toLocaleString("en");
}

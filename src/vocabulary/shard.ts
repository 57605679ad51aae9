/**
 * A shard is the database in which an account lives with everything that belongs to it. There is one today, and nothing
 * reads its name yet. But ids and tokens carry it, so that none has to change once there are more: docs/decisions/shards.md.
 * A name is two characters of Crockford's base 32, in lower case in tokens.
 */

/** The name of the only shard so far. */
export const FIRST_SHARD = "00";

/** The shard that these characters name. What is from before shards had names carries none, and is in the first. */
export function shardNamed(chars: string | undefined): string {
  return chars?.toUpperCase() ?? FIRST_SHARD;
}

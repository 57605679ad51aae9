/** In the place of zod's `fromJSONSchema`, which nothing here calls and which weighs 3 KB of the bundle; see wrangler.toml. */
export function fromJSONSchema() {
  throw new Error("fromJSONSchema is left out of this bundle");
}

/** In the place of hono's choice between two routers, and of what it mounts: TrieRouter takes every route that there is. */
export { TrieRouter as SmartRouter } from "../../node_modules/hono/dist/router/trie-router/router.js";
export class RegExpRouter {}
export function createMountedRequest() {}

// The migrations in migrations/, and what is recorded of them.
import { existsSync, readdirSync, readFileSync } from "node:fs";

export const DIGESTS = "migrations/digests.json";

/** The text of each migration, by name. */
export function readMigrations() {
  const names = readdirSync("migrations").filter((name) => name.endsWith(".sql"));
  return Object.fromEntries(names.sort().map((name) => [name, readFileSync(`migrations/${name}`, "utf8")]));
}

export function readDigests() {
  return existsSync(DIGESTS) ? JSON.parse(readFileSync(DIGESTS, "utf8")) : {};
}

// Fails when a committed migration has been edited, or when migrations/ is behind src/db/schema.ts. Generates into a copy,
// so that nothing changes here.
import { execFileSync } from "node:child_process";
import { cpSync, readdirSync, rmSync } from "node:fs";
import { faultsOf } from "./migration-digests.ts";
import { readDigests, readMigrations } from "./read-migrations.mjs";

const COPY = "out/migrations";

const drizzle = (...args) =>
  execFileSync("drizzle-kit", args, { stdio: ["ignore", "pipe", "inherit"], encoding: "utf8" });
const target = ["--dialect=sqlite", `--out=${COPY}`];

const faults = await faultsOf(readDigests(), readMigrations());
if (faults.length > 0) {
  console.error(faults.join("\n"));
  process.exit(1);
}

rmSync(COPY, { recursive: true, force: true });
cpSync("migrations", COPY, { recursive: true });
drizzle("check", ...target);
const output = drizzle("generate", ...target, "--schema=src/db/schema.ts");
const count = (folder) => readdirSync(folder).length;
if (count(COPY) !== count("migrations")) {
  console.error(output, "\nThe schema has changed: run `npm run migrations` and commit what it writes.");
  process.exit(1);
}
console.log("No committed migration was edited, and they are up to date with the schema.");

// `npm run migrations -- --name what`: writes the next migration from src/db/schema.ts, and records what it holds.
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { withNew } from "./migration-digests.ts";
import { DIGESTS, readDigests, readMigrations } from "./read-migrations.mjs";

execFileSync("drizzle-kit", ["generate", ...process.argv.slice(2)], { stdio: "inherit" });
writeFileSync(DIGESTS, `${JSON.stringify(await withNew(readDigests(), readMigrations()), null, 2)}\n`);

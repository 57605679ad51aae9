// The files of the local database.
import { closeSync, existsSync, openSync, readdirSync, readSync } from "node:fs";

const DATA = ".wrangler/state/v3/d1";
/** https://www.sqlite.org/fileformat.html, section 1.3 */
const MAGIC = "SQLite format 3\0";

/** @returns paths relative to the folder */
export function databaseFiles() {
  if (!existsSync(DATA)) return [];
  return readdirSync(DATA, { recursive: true })
    .filter((name) => name.endsWith(".sqlite") && !name.endsWith("metadata.sqlite"))
    .map((name) => `${DATA}/${name}`);
}

/** @throws an Error when a file is none of SQLite's, with which workerd would wait for ever */
export function checkDatabaseFiles() {
  const damaged = databaseFiles().filter((file) => !["", MAGIC].includes(beginning(file)));
  if (damaged.length > 0) throw new Error(damagedMessage(damaged));
}

export function damagedMessage(files) {
  return `The local database is damaged: ${files.join(", ")}. Put back a copy of .wrangler/state, or move it away to begin anew.`;
}

function beginning(file) {
  const bytes = Buffer.alloc(MAGIC.length);
  const handle = openSync(file, "r");
  const read = readSync(handle, bytes);
  closeSync(handle);
  return bytes.toString("latin1", 0, read);
}

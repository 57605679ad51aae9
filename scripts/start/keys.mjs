// The keys of the local gateway, in .dev.vars: made once, by the first start, and never again beside data that needs them.
import { randomBytes } from "node:crypto";
import { appendFileSync, chmodSync, existsSync, readFileSync } from "node:fs";
import { databaseFiles } from "./database.mjs";

const KEY_FILE = ".dev.vars";

/**
 * Reads the settings, and makes the keys that are missing.
 *
 * @returns {{ settings: Record<string, string>, made: string[] }} all of the file, and the names of what was made
 * @throws an Error when keys are missing that existing data was made with, or the operator's key cannot be sent
 */
export function settingsWithKeys() {
  const text = existsSync(KEY_FILE) ? readFileSync(KEY_FILE, "utf8") : "";
  const present = read(text);
  const wanted = {
    ADMIN_TOKEN: () => randomBytes(24).toString("base64url"),
    TOKEN_KEYS: () => randomBytes(32).toString("base64"),
    SEALING_KEYS: () => randomBytes(32).toString("base64"),
    ALLOW_PRIVATE_DESTINATIONS: () => "true",
  };
  const missing = Object.keys(wanted).filter((name) => !present[name]);
  refuseNewKeysForOldData(missing);
  const made = Object.fromEntries(missing.map((name) => [name, wanted[name]()]));
  if (missing.length > 0) {
    const lines = Object.entries(made).map(([name, value]) => `${name}="${value}"\n`);
    appendFileSync(KEY_FILE, (text === "" || text.endsWith("\n") ? "" : "\n") + lines.join(""), { mode: 0o600 });
  }
  chmodSync(KEY_FILE, 0o600);
  return { settings: { ...present, ...made }, made: missing };
}

function read(text) {
  const lines = text.matchAll(/^\s*(?:export\s+)?(\w+)\s*=[ \t]*(["']?)(.*?)\2[ \t]*\r?$/gm);
  return Object.fromEntries([...lines].filter(([, , , value]) => value).map(([, name, , value]) => [name, value]));
}

function refuseNewKeysForOldData(missing) {
  const lost = missing.filter((name) => name === "TOKEN_KEYS" || name === "SEALING_KEYS");
  if (lost.length === 0 || databaseFiles().length === 0) return;
  throw new Error(
    `There is data in .wrangler/state, but .dev.vars lacks ${lost.join(" and ")}: with other keys no token is known and no secret opens. ` +
      "Put back the .dev.vars that belongs to this data, or move .wrangler/state away to begin anew.",
  );
}

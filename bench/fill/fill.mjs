// A database as a month of work leaves it, written into SQLite's own file.
import { globSync, statSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { firstIdAt, newId } from "../../src/vocabulary/ids.ts";
import { addDestination, newAccount } from "../../test/support/client.ts";
import { payloadOf, RARE } from "./payload.mjs";
import { INSERT_DEAD_LETTERS, INSERT_DELIVERIES, INSERT_EVENTS } from "./rows.mjs";
import { countStats } from "./statistics.mjs";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "./times.mjs";

const ACCOUNTS = 50;
const DESTINATIONS = 3;
const CHUNK = 50_000;
const DAYS = 30;
const KEEP_MINUTES_MS = 2 * DAY_MS;
/** Since when the failing destinations fail, and when the disabled one was disabled. */
const FAILING_MS = 10 * HOUR_MS;
const DISABLED_MS = 3 * DAY_MS;
/** This many consecutive pushes are 20 KB each, the most that a search reads for one page. */
const HEAVY_EVENTS = 1_000;
const HEAVY_COMMITS = 130;

/** The accounts that `fill` gives events to, each with its destinations, whose URLs begin like that. */
export async function addAccounts(client, urlBegins) {
  const accounts = [];
  for (let i = 0; i < ACCOUNTS; i++) {
    const account = await newAccount(client);
    for (let j = 0; j < DESTINATIONS; j++) await addDestination(client, account, `${urlBegins}${i}/${j}`);
    accounts.push(account);
  }
  return accounts;
}

/**
 * Fills the database of a gateway that is not running and has these accounts: events of the last 30 days, most of them of the
 * first accounts, each with a delivery to every destination of its account, most of them attempted once. Nothing is due
 * within the hour.
 *
 * @param {string} data its folder
 * @param {number} events
 * @param {(db: DatabaseSync, about: object) => unknown} look reads what the caller wants to know of it
 * @returns how many rows the tables have, how many bytes that are, and what was looked up
 */
export function fill(data, events, look = () => undefined) {
  const file = databaseFile(data);
  const db = new DatabaseSync(file);
  const now = Date.now();
  const start = now - (now % HOUR_MS) - DAYS * DAY_MS;
  const step = (now - start) / events;
  const accounts = db.prepare("SELECT id, account_id FROM accounts ORDER BY id LIMIT ?").all(ACCOUNTS);
  const heavy = Math.floor(events * 0.6);
  defineFunctions(db, accounts, events, heavy);
  // journal and checks would cost more than the work; if it fails, the database is thrown away
  db.exec(
    "PRAGMA foreign_keys = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -400000; PRAGMA temp_store = MEMORY",
  );
  setFates(db, now);
  for (let first = 0; first < events; first += CHUNK) {
    const last = Math.min(first + CHUNK, events) - 1;
    const [from, to] = [first, last + 1].map((n) => firstIdAt("evt", start + Math.floor(n * step)));
    db.exec("BEGIN");
    db.prepare(INSERT_EVENTS).run({ first, last, start, step });
    db.prepare(INSERT_DELIVERIES).run({ from, to, now });
    db.exec("COMMIT");
  }
  db.exec("BEGIN");
  countAll(db, start, now);
  db.prepare(INSERT_DEAD_LETTERS).run({ now });
  db.exec("COMMIT");
  const rows = Object.fromEntries(["events", "deliveries", "stats"].map((name) => [name, rowsIn(db, name)]));
  const known = look(db, { rows, accounts, start, heavyEnd: start + (heavy + HEAVY_EVENTS) * step });
  db.exec("PRAGMA wal_checkpoint(TRUNCATE)");
  db.close();
  return { rows, bytes: statSync(file).size, known };
}

/** The file of D1 in a folder that a gateway has run in. */
export function databaseFile(data) {
  return globSync(join(data, "v3/d1/*/*.sqlite")).find((name) => !name.endsWith("metadata.sqlite"));
}

function defineFunctions(db, accounts, events, heavy) {
  const rare = new Map([
    [events - 10, RARE.near],
    [events >> 1, RARE.deep],
  ]);
  db.function("event_id", (at) => newId("evt", at));
  db.function("dead_letter_id", (at) => newId("ded", at));
  db.function("payload_of", (n) =>
    payloadOf(n, rare.get(n), n >= heavy && n < heavy + HEAVY_EVENTS ? HEAVY_COMMITS : 1),
  );
  db.function("account_of", () => accounts[Math.floor(ACCOUNTS * Math.random() ** 3)].id);
}

/** Two destinations are failing, and one has been disabled for three days. */
function setFates(db, now) {
  const [a, b, c] = db
    .prepare("SELECT key FROM destinations WHERE account IN (3, 9, 20) GROUP BY account")
    .all()
    .map(({ key }) => key);
  db.prepare(
    `UPDATE destinations SET consecutive_failures = 40, failing_since = $since, wake_at = $next WHERE key IN ($a, $b)`,
  ).run({ a, b, since: now - FAILING_MS, next: now + HOUR_MS });
  db.prepare(
    `UPDATE destinations SET enabled = 0, disabled_reason = 'disabled_by_user', updated_at = $since WHERE key = $c`,
  ).run({ c, since: now - DISABLED_MS });
}

function countAll(db, start, now) {
  // what triggers have counted of the rows above is counted here as well
  db.exec("DELETE FROM stats");
  const thisHour = now - (now % HOUR_MS);
  for (let day = start; day < now; day += DAY_MS) {
    const range = { from: firstIdAt("evt", day), to: firstIdAt("evt", Math.min(day + DAY_MS, thisHour)) };
    countStats(db, "hour", HOUR_MS, range);
  }
  const minutes = { from: firstIdAt("evt", thisHour - KEEP_MINUTES_MS), to: firstIdAt("evt", now) };
  countStats(db, "minute", MINUTE_MS, minutes);
}

function rowsIn(db, table) {
  return db.prepare(`SELECT count(*) AS n FROM ${table}`).get().n;
}

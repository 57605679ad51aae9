// `npm run bench:pages`: how long the built Worker takes for each list, filter and page with 1,000,000 events and 3,000,000
// deliveries in D1 on disk, compared with a few hundred, interleaved. It ends by itself and leaves nothing behind.
//
//   npm run bench:pages -- --events 100000    fewer events
import { cpSync, globSync, statSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { parseArgs } from "node:util";
import { deliveryId, firstIdAt, newId } from "../src/vocabulary/ids.ts";
import { build, emptyData } from "../test/e2e/support/build.ts";
import { Gateway } from "../test/e2e/support/gateway.ts";
import { Receiver } from "../test/e2e/support/receiver.ts";
import { newFolder } from "../test/e2e/support/run-folder.ts";
import { addDestination, call, newAccount } from "../test/support/client.ts";

const { values: given } = parseArgs({ options: { events: { type: "string", default: "1000000" } } });
const MANY_EVENTS = Number(given.events);
const FEW_EVENTS = 200;
const ACCOUNTS = 50;
const DESTINATIONS = 3;
const CHUNK = 50_000;
const RUNS = 15;
const WARM_UPS = 2;
const SLOW_MS = 150;
const GIVE_UP_AFTER_MS = 20 * 60_000;

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const DAYS = 30;
const KEEP_MINUTES_MS = 2 * DAY_MS;
/** Since when the failing destinations fail, and when the disabled one was disabled. */
const FAILING_MS = 10 * HOUR_MS;
const DISABLED_MS = 3 * DAY_MS;
/** This many consecutive pushes are 20 KB each, the most that a search reads for one page. */
const HEAVY_EVENTS = 1_000;
const HEAVY_COMMITS = 130;
const RARE = { near: "a needle in the newest hay", deep: "a needle deep in the hay" };

setTimeout(() => {
  console.error("This takes too long; it was given up.");
  process.exit(1);
}, GIVE_UP_AFTER_MS).unref();

const receiver = await Receiver.open();
const sides = [];

async function main() {
  await build();
  try {
    sides.push(await openSide("many", MANY_EVENTS), await openSide("few", FEW_EVENTS));
    const rows = [];
    for (const [what, ask] of questions()) rows.push(await measure(what, ask));
    console.table(rows);
    const slow = rows.filter((row) => row["p50 ms"] > SLOW_MS);
    console.log(
      slow.length === 0
        ? `Nothing takes longer than ${SLOW_MS} ms.`
        : `Longer than ${SLOW_MS} ms: ${slow.map(({ what }) => what).join("; ")}.`,
    );
  } finally {
    receiver.close();
    for (const { gateway } of sides) await gateway.close();
  }
}

/** A gateway with that many events, and how it is asked: as an operator by API and session, and as a tenant. */
async function openSide(name, events) {
  const data = newFolder(name);
  cpSync(emptyData(), data, { recursive: true });
  const gateway = new Gateway(data);
  await gateway.start();
  const accounts = [];
  for (let i = 0; i < ACCOUNTS; i++) {
    const account = await newAccount(gateway);
    for (let j = 0; j < DESTINATIONS; j++) await addDestination(gateway, account, `${receiver.url}/${i}/${j}`);
    accounts.push(account);
  }
  await gateway.stop();
  const begun = performance.now();
  const known = fill(data, events);
  await gateway.start();
  const { rows, bytes } = known;
  console.log(
    `${name}: ${Object.entries(rows)
      .map(([table, count]) => `${count.toLocaleString("en")} ${table}`)
      .join(", ")}; ${(bytes / 1e6).toFixed(0)} MB in ${((performance.now() - begun) / 1_000).toFixed(0)} s`,
  );
  const form = { origin: gateway.url, "content-type": "application/x-www-form-urlencoded" };
  const signedIn = await request(gateway, "POST", "/dashboard/sign-in", form, `key=${gateway.operatorKey}`);
  const tenant = accounts.find(({ account_id }) => account_id === known.large.account);
  const link = await call(gateway, "POST", `/accounts/${known.large.account}/portal-links`, {});
  const { search } = new URL(link.json.url);
  const entered = await request(gateway, "POST", "/portal/enter", form, search.slice(1));
  return {
    gateway,
    known,
    headers: {
      api: { authorization: `Bearer ${gateway.operatorKey}` },
      dashboard: { cookie: signedIn.cookie },
      portal: { cookie: entered.cookie },
      ingest: { "content-type": "application/json", "cl-x-token": tenant.app_secret_token },
    },
  };
}

/** All that is asked: a name, and for what a side knows the way in, the path and the body. */
function questions() {
  const api = (path) => [`GET ${named(path)}`, (known) => ({ by: "api", path: path(known) })];
  const pageOf = (by) => (path) => [
    `/${by}${named(path)}`.replace(/\/$/, ""),
    (known) => ({ by, path: `/${by}${path(known)}`.replace(/\/$/, "") }),
  ];
  const dashboard = pageOf("dashboard");
  const portal = pageOf("portal");
  const encoded = Object.fromEntries(Object.entries(RARE).map(([name, text]) => [name, encodeURIComponent(text)]));
  const states = ["pending", "delivered", "exhausted", "discarded"];
  const ranges = ["1h", "24h", "7d", "30d"];
  const events = [
    () => "/events",
    (k) => `/events?account_id=${k.large.account}`,
    (k) => `/events?account_id=${k.small.account}`,
    ...states.map((state) => () => `/events?state=${state}`),
    (k) => `/events?account_id=${k.small.account}&state=exhausted`,
    () => `/events?q=${encoded.near}`,
    () => `/events?q=${encoded.deep}`,
    () => "/events?q=refs/heads/main",
    () => "/events?q=nowhere",
    (k) => `/events?account_id=${k.large.account}&q=nowhere`,
    (k) => `/events?account_id=${k.small.account}&q=nowhere&state=exhausted`,
    (k) => `/events?q=nowhere&cursor=${k.heavy}`,
    (k) => `/events?event_id=${k.middle.event.slice(0, 16)}`,
    (k) => `/events?from=${k.past.from}&to=${k.past.to}`,
    (k) => `/events?cursor=${k.middle.event}`,
    (k) => `/events?account_id=${k.large.account}&cursor=${k.middle.event}`,
  ];
  const deliveries = [
    () => "/deliveries",
    (k) => `/deliveries?account_id=${k.large.account}`,
    (k) => `/deliveries?account_id=${k.small.account}`,
    (k) => `/deliveries?destination_id=${k.large.destination}`,
    (k) => `/deliveries?destination_id=${k.small.destination}`,
    ...states.map((state) => () => `/deliveries?state=${state}`),
    ...states.map((state) => (k) => `/deliveries?account_id=${k.large.account}&state=${state}`),
    ...states.map((state) => (k) => `/deliveries?destination_id=${k.large.destination}&state=${state}`),
    () => "/deliveries?status_code=500",
    () => "/deliveries?status_code=418",
    (k) => `/deliveries?destination_id=${k.large.destination}&status_code=418`,
    () => "/deliveries?reason=attempts_exhausted",
    () => "/deliveries?reason=unsendable",
    (k) => `/deliveries?destination_id=${k.large.destination}&reason=unsendable`,
    (k) => `/deliveries?from=${k.past.from}&to=${k.past.to}`,
    (k) => `/deliveries?account_id=${k.small.account}&from=${k.past.from}&to=${k.past.to}`,
    (k) => `/deliveries?destination_id=${k.large.destination}&from=${k.past.from}&to=${k.past.to}`,
    (k) => `/deliveries?cursor=${k.middle.delivery}`,
    (k) => `/deliveries?account_id=${k.large.account}&cursor=${k.middle.delivery}`,
    (k) => `/deliveries?destination_id=${k.large.destination}&state=exhausted&cursor=${k.middle.delivery}`,
  ];
  const one = [(k) => `/events/${k.middle.event}`, (k) => `/deliveries/${k.middle.delivery}`];
  // without what only operators have
  const tenants = (paths) => paths.filter((path) => !/account_id|<small/.test(named(path)));
  return [
    ["POST /server/incoming_data", () => ({ by: "ingest", path: "/server/incoming_data", body: payloadOf(1) })],
    ...[...events, ...deliveries, ...one].map(api),
    ...ranges.flatMap((range) =>
      [
        () => `/stats?range=${range}`,
        (k) => `/stats?range=${range}&account_id=${k.large.account}`,
        (k) => `/stats?range=${range}&destination_id=${k.large.destination}`,
      ].map(api),
    ),
    ...[
      () => "/accounts",
      (k) => `/accounts/${k.large.account}/destinations`,
      () => "/dead-letters",
      () => "/health",
    ].map(api),
    ...ranges.map((range) => dashboard(() => `/?range=${range}`)),
    ...[
      () => "/accounts",
      () => "/accounts?q=example",
      (k) => `/accounts/${k.large.account}`,
      (k) => `/accounts/${k.small.account}`,
      (k) => `/accounts/${k.large.account}/remove`,
      (k) => `/destinations/${k.large.destination}`,
      (k) => `/destinations/${k.failing}`,
      () => "/dead-letters",
      () => "/keys",
      ...events,
      ...deliveries,
      ...one,
    ].map(dashboard),
    ...[
      () => "/",
      (k) => `/destinations/${k.large.destination}`,
      ...tenants(events),
      ...tenants(deliveries),
      (k) => `/events/${k.large.event}`,
      (k) => `/deliveries/${k.large.delivery}`,
    ].map(portal),
  ];
}

/** A path as the table shows it: with words for what differs from one database to the other. */
function named(path) {
  const words = (prefix) => ({ account: `<${prefix}>`, destination: `<${prefix}'s>`, event: "<id>", delivery: "<id>" });
  return decodeURIComponent(
    path({
      large: words("large"),
      small: words("small"),
      middle: { event: "<middle>", delivery: "<middle>" },
      past: { from: "<past>", to: "<past>" },
      failing: "<failing>",
      heavy: "<20 MB>",
    }),
  ).replace("/?", "?");
}

async function measure(what, ask) {
  const taken = new Map(sides.map((side) => [side, []]));
  let bytes = 0;
  for (let run = -WARM_UPS; run < RUNS; run++) {
    for (const side of sides) {
      const { by, path, body } = ask(side.known);
      const begun = performance.now();
      const answer = await request(side.gateway, body ? "POST" : "GET", path, side.headers[by], body);
      const ms = performance.now() - begun;
      if (answer.status !== 200) throw new Error(`${what} answered ${answer.status}: ${answer.text.slice(0, 500)}`);
      if (run >= 0) taken.get(side).push(ms);
      if (side === sides[0]) bytes = Buffer.byteLength(answer.text);
    }
  }
  const [many, few] = [...taken.values()].map((times) => times.toSorted((a, b) => a - b));
  const [p50, p50OfFew] = [many, few].map((times) => times[Math.floor(times.length / 2)]);
  return {
    what,
    "p50 ms": rounded(p50),
    "max ms": rounded(many.at(-1)),
    "p50 ms with few": rounded(p50OfFew),
    times: rounded(p50 / p50OfFew),
    KB: rounded(bytes / 1_000),
  };
}

async function request(gateway, method, path, headers = {}, body) {
  const response = await fetch(gateway.url + path, { method, headers, body, redirect: "manual" });
  const cookie = response.headers.getSetCookie().map((line) => line.split(";", 1)[0]);
  return { status: response.status, cookie: cookie.join("; "), text: await response.text() };
}

function rounded(number) {
  return Number(number.toFixed(1));
}

/**
 * Fills the database of a gateway that is not running, in SQLite itself: events of the last 30 days, most of them of the
 * first accounts, each with a delivery to every destination of its account, most of them with one attempt.
 *
 * @returns what questions name
 */
function fill(data, events) {
  const [file] = globSync(join(data, "v3/d1/*/*.sqlite")).filter((name) => !name.endsWith("metadata.sqlite"));
  const db = new DatabaseSync(file);
  const now = Date.now();
  const start = now - (now % HOUR_MS) - DAYS * DAY_MS;
  const step = (now - start) / events;
  const accounts = db.prepare("SELECT id, account_id FROM accounts ORDER BY id").all();
  db.function("event_id", (at) => newId("evt", at));
  db.function("dead_letter_id", (at) => newId("ded", at));
  const heavy = Math.floor(events * 0.6);
  const rare = new Map([
    [events - 10, RARE.near],
    [events >> 1, RARE.deep],
  ]);
  db.function("payload_of", (n) =>
    payloadOf(n, rare.get(n), n >= heavy && n < heavy + HEAVY_EVENTS ? HEAVY_COMMITS : 1),
  );
  db.function("account_of", () => accounts[Math.floor(ACCOUNTS * Math.random() ** 3)].id);
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
    db.prepare(INSERT_ATTEMPTS).run({ from, to });
    db.exec("COMMIT");
  }
  db.exec("BEGIN");
  for (let day = start; day < now; day += DAY_MS) {
    const range = { from: firstIdAt("evt", day), to: firstIdAt("evt", Math.min(day + DAY_MS, now - (now % HOUR_MS))) };
    countStats(db, "hour", HOUR_MS, range);
  }
  const minutes = now - (now % HOUR_MS) - KEEP_MINUTES_MS;
  countStats(db, "minute", MINUTE_MS, { from: firstIdAt("evt", minutes), to: firstIdAt("evt", now) });
  db.prepare(INSERT_DEAD_LETTERS).run({ now });
  db.exec("COMMIT");
  const known = { ...knownOf(db, accounts, start), heavy: firstIdAt("evt", start + (heavy + HEAVY_EVENTS) * step) };
  db.exec("PRAGMA wal_checkpoint(TRUNCATE)");
  db.close();
  return { ...known, bytes: statSync(file).size };
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

const INSERT_EVENTS = `
  WITH RECURSIVE
    numbers(n) AS (SELECT $first UNION ALL SELECT n + 1 FROM numbers WHERE n < $last),
    made AS MATERIALIZED (
      SELECT n, CAST($start + n * $step AS INTEGER) AS at, account_of() AS account, payload_of(n) AS payload FROM numbers)
  INSERT INTO events (event_id, account, size_bytes, received_at, payload)
  SELECT event_id(at), account, length(CAST(payload AS BLOB)), at, payload FROM made`;

/** Of a hundred, 96 arrive. What is old is not pending. */
const INSERT_DELIVERIES = `
  WITH
    made AS MATERIALIZED (
      SELECT e.event_id, x.key, e.received_at AS at, abs(random()) % 1000 AS r,
             e.received_at > $now - ${DAY_MS} AS recent,
             coalesce(e.received_at >= x.failing_since, 0) AS held,
             NOT x.enabled AND e.received_at >= x.updated_at AS disabled
      FROM events e CROSS JOIN destinations x ON x.account = e.account
      WHERE e.event_id >= $from AND e.event_id < $to),
    judged AS MATERIALIZED (
      SELECT *, CASE WHEN disabled THEN 'discarded' WHEN held THEN 'pending' WHEN r < 28 AND recent THEN 'pending'
                     WHEN r < 28 THEN 'exhausted' WHEN r < 36 THEN 'discarded' ELSE 'delivered' END AS state
      FROM made)
  INSERT INTO deliveries (event_id, destination, state, reason, attempt_count, next_attempt_at, not_before,
                          last_status_code, created_at, updated_at)
  SELECT event_id, key, state,
         CASE WHEN disabled THEN 'destination_disabled' WHEN state = 'exhausted' THEN 'attempts_exhausted'
              WHEN state = 'discarded' THEN 'gone' END,
         NOT disabled,
         CASE WHEN state = 'pending' AND NOT held THEN $now + ${HOUR_MS} + r * ${10 * MINUTE_MS} END,
         CASE WHEN held THEN at + ${HOUR_MS} END,
         CASE WHEN disabled OR r % 7 = 3 AND state <> 'delivered' THEN NULL WHEN state = 'delivered' THEN 200
              WHEN state = 'discarded' THEN 410 WHEN r % 2 THEN 500 ELSE 503 END,
         at, at + 50 + r
  FROM judged ORDER BY event_id, key`;

const INSERT_ATTEMPTS = `
  INSERT INTO attempts (event_id, destination, number, started_at, duration_ms, outcome, status_code, response_headers,
                        response_body)
  SELECT event_id, destination, 1, created_at + 12, updated_at - created_at - 40,
         CASE WHEN last_status_code = 200 THEN 'success' WHEN last_status_code IS NULL THEN 'timeout' ELSE 'http_error' END,
         last_status_code,
         CASE WHEN last_status_code IS NOT NULL
              THEN '{"content-type":"text/plain; charset=utf-8","date":"Tue, 24 Nov 2026 05:24:41 GMT","server":"nginx"}' END,
         CASE WHEN last_status_code = 200 THEN 'thank you' WHEN last_status_code IS NOT NULL
              THEN '<html><head><title>Internal Server Error</title></head><body><h1>It broke</h1></body></html>' END
  FROM deliveries WHERE event_id >= $from AND event_id < $to AND attempt_count = 1`;

const INSERT_DEAD_LETTERS = `
  WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 100)
  INSERT INTO dead_letters (dead_letter_id, message_id, body, reason, created_at)
  SELECT dead_letter_id($now - n), 'message ' || n, '{"delivery":"dlv_unknown"}', 'unreadable', $now - n
  FROM numbers`;

/** As the cron would have: of each destination, each account and everything. */
function countStats(db, period, periodMs, range) {
  const counts = ["delivered", "failed", "exhausted", "discarded", "skipped", "ms_100", "ms_400", "ms_1000"];
  const columns = ["events", ...counts].join(", ");
  const sums = counts.map((name) => `sum(${name})`).join(", ");
  const time = `received_at - received_at % ${periodMs}`;
  const insert = `INSERT INTO stats (period, time, subject, ${columns})`;
  db.exec(`CREATE TEMP TABLE IF NOT EXISTS counted (time, destination, account, events, ${counts.join(", ")})`);
  db.exec("DELETE FROM counted");
  db.prepare(
    `INSERT INTO counted
     SELECT ${time}, d.destination, e.account, 0, sum(d.state = 'delivered'), sum(d.state <> 'delivered' AND d.attempt_count = 1),
            sum(d.state = 'exhausted'), sum(d.reason = 'gone'), sum(d.reason = 'destination_disabled'),
            sum(d.updated_at - d.created_at < 140), sum(d.updated_at - d.created_at BETWEEN 140 AND 439),
            sum(d.updated_at - d.created_at > 439)
     FROM events e CROSS JOIN deliveries d ON d.event_id = e.event_id
     WHERE e.event_id >= $from AND e.event_id < $to GROUP BY 1, 2, 3`,
  ).run(range);
  db.exec(
    `${insert} SELECT '${period}', time, destination, events, ${counts.map((name) => `coalesce(${name}, 0)`).join(", ")} FROM counted`,
  );
  db.prepare(
    `INSERT INTO counted SELECT ${time}, NULL, account, count(*), 0, 0, 0, 0, 0, 0, 0, 0
     FROM events WHERE event_id >= $from AND event_id < $to GROUP BY 1, 3`,
  ).run(range);
  db.exec(`${insert} SELECT '${period}', time, -account, sum(events), ${sums} FROM counted GROUP BY time, account`);
  db.exec(`${insert} SELECT '${period}', time, 0, sum(events), ${sums} FROM counted GROUP BY time`);
}

/** The busiest account and the quietest, something in the middle of all, and a few days long past. */
function knownOf(db, accounts, start) {
  const first = (sql, values = {}) => db.prepare(sql).get(values);
  const rows = Object.fromEntries(
    ["events", "deliveries", "attempts", "stats"].map((table) => [
      table,
      first(`SELECT count(*) AS n FROM ${table}`).n,
    ]),
  );
  const middleRow = Math.ceil(rows.events / 2);
  const newest = (account) =>
    first(
      `SELECT e.event_id, d.destination, x.destination_id
       FROM events e JOIN deliveries d ON d.event_id = e.event_id JOIN destinations x ON x.key = d.destination
       WHERE e.account = $account AND x.enabled AND x.failing_since IS NULL ORDER BY e.event_id DESC LIMIT 1`,
      { account },
    );
  const whose = ({ id, account_id }) => {
    const { event_id, destination, destination_id } = newest(id);
    return {
      account: account_id,
      destination: destination_id,
      event: event_id,
      delivery: deliveryId(event_id, destination),
    };
  };
  const middle = first(
    `SELECT event_id, destination FROM deliveries
     WHERE event_id >= (SELECT event_id FROM events WHERE rowid = $row) AND attempt_count = 1 LIMIT 1`,
    { row: middleRow },
  );
  return {
    rows,
    large: whose(accounts[0]),
    small: whose(accounts.at(-1)),
    failing: first("SELECT destination_id FROM destinations WHERE failing_since IS NOT NULL LIMIT 1").destination_id,
    middle: { event: middle.event_id, delivery: deliveryId(middle.event_id, middle.destination) },
    past: { from: new Date(start + DAY_MS).toISOString(), to: new Date(start + 4 * DAY_MS).toISOString() },
  };
}

/** What GitHub would tell of a push, shortened. */
function payloadOf(n, message = "Mend what was broken", commits = 1) {
  const repository = `acme/${["gateway", "billing", "warehouse", "storefront"][n % 4]}`;
  const commit = { message: `${message} ${"and some more of it ".repeat(n % 12)}#${n}`, distinct: true };
  return JSON.stringify({
    ref: n % 40 === 0 ? "refs/heads/main" : `refs/heads/feature-${n % 997}`,
    before: randomHex(40),
    after: randomHex(40),
    repository: {
      id: 186853002 + (n % 4),
      full_name: repository,
      private: false,
      url: `https://github.com/${repository}`,
    },
    pusher: { name: `developer-${n % 61}`, email: `developer-${n % 61}@acme.example` },
    sender: { login: `developer-${n % 61}`, id: 21031067 + (n % 61), type: "User", site_admin: false },
    commits: Array(commits).fill(commit),
  });
}

function randomHex(length) {
  let text = "";
  while (text.length < length)
    text += Math.floor(Math.random() * 0x10000000)
      .toString(16)
      .padStart(7, "0");
  return text.slice(0, length);
}

await main();

// `npm run bench:pages`: how long the built Worker takes for each list, filter and page with 1,000,000 events and 3,000,000
// deliveries in D1 on disk, compared with 2,000, interleaved. It ends by itself and leaves nothing behind.
//
//   npm run bench:pages -- --events 100000    fewer events
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { openRun } from "../../test/e2e/support/run-folder.ts";
import { call } from "../../test/support/client.ts";
import { openFilled } from "../fill/open.mjs";
import { openLoad } from "../load/open.mjs";
import { buildCheckout } from "../serving/build.mjs";
import { knownOf } from "./known.mjs";
import { questions } from "./questions.mjs";

const { values: given } = parseArgs({ options: { events: { type: "string", default: "1000000" } } });
const HERE = fileURLToPath(new URL("../..", import.meta.url));
const MANY_EVENTS = Number(given.events);
const FEW_EVENTS = 2_000;
const RUNS = 15;
const WARM_UPS = 2;
const SLOW_MS = 150;
const GIVE_UP_AFTER_MS = 20 * 60_000;

setTimeout(() => {
  console.error("This takes too long; it was given up.");
  process.exit(1);
}, GIVE_UP_AFTER_MS).unref();

let load = null;
const sides = [];

async function main() {
  openRun();
  const built = await buildCheckout(HERE);
  load = await openLoad();
  try {
    sides.push(await openSide("many", built, MANY_EVENTS));
    sides.push(await openSide("few", built, FEW_EVENTS));
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
    for (const { served } of sides) await served.close();
    await load.close();
  }
}

/** A gateway with that many events, and how it is asked: as an operator by API and session, and as a tenant. */
async function openSide(name, built, events) {
  const begun = performance.now();
  const { served, accounts, rows, bytes, known } = await openFilled(
    built,
    events,
    await load.receiver.ask("url"),
    knownOf,
  );
  console.log(
    `${name}: ${Object.entries(rows)
      .map(([table, count]) => `${count.toLocaleString("en")} ${table}`)
      .join(", ")}; ${(bytes / 1e6).toFixed(0)} MB in ${((performance.now() - begun) / 1_000).toFixed(0)} s`,
  );
  const { client, url } = served;
  const form = { origin: url, "content-type": "application/x-www-form-urlencoded" };
  const signedIn = await request(url, "POST", "/dashboard/sign-in", form, `key=${client.operatorKey}`);
  const tenant = accounts.find(({ account_id }) => account_id === known.large.account);
  const link = await call(client, "POST", `/accounts/${known.large.account}/portal-links`, {});
  const { search } = new URL(link.json.url);
  const entered = await request(url, "POST", "/portal/enter", form, search.slice(1));
  return {
    served,
    known,
    headers: {
      api: { authorization: `Bearer ${client.operatorKey}` },
      dashboard: { cookie: signedIn.cookie },
      portal: { cookie: entered.cookie },
      ingest: { "content-type": "application/json", "cl-x-token": tenant.app_secret_token },
    },
  };
}

async function measure(what, ask) {
  const taken = new Map(sides.map((side) => [side, []]));
  let bytes = 0;
  for (let run = -WARM_UPS; run < RUNS; run++) {
    for (const side of sides) {
      const { by, path, body } = ask(side.known);
      const begun = performance.now();
      const answer = await request(side.served.url, body ? "POST" : "GET", path, side.headers[by], body);
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

async function request(url, method, path, headers = {}, body) {
  const response = await fetch(url + path, { method, headers, body, redirect: "manual" });
  const cookie = response.headers.getSetCookie().map((line) => line.split(";", 1)[0]);
  return { status: response.status, cookie: cookie.join("; "), text: await response.text() };
}

function rounded(number) {
  return Number(number.toFixed(1));
}

await main();

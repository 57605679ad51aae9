// `npm run seed`: fills the gateway that runs on this machine (`npm start`) with believable accounts, destinations and events in
// every state. The events are GitHub's published payloads; they go to a small receiver that this script opens on loopback.
// Run it as often as you like: accounts and destinations are created once, events are added. It ends by itself.
//
//   npm run seed -- --events 500    fewer events (default 2,000, at most 20,000)
//   npm run seed -- --keep          the receiver stays open until Ctrl-C, so that test events arrive
//
// DATA_PUSHER_URL and ADMIN_TOKEN name the gateway and its key; the defaults are http://localhost:8787 and .dev.vars.
import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const ORIGIN = (process.env.DATA_PUSHER_URL || `http://localhost:${process.env.PORT || 8787}`).replace(/\/$/, "");
const RECEIVER_PORT = 8799;
const RECEIVER = `http://localhost:${RECEIVER_PORT}`;
const NAME = "data-pusher seed receiver";
const MOST_EVENTS = 20_000;
const SEND_WITHIN_MS = 5 * 60_000;
const ATTEMPTED_WITHIN_MS = 20_000;
const AT_A_TIME = 8;

const TENANTS = [
  {
    account: {
      account_id: "northwind",
      account_name: "Northwind Traders",
      email: "ops@northwind.example",
      website: "https://northwind.example",
      event_type_header: "x-github-event",
    },
    share: 5,
    event_types: {
      push: {
        description: "Commits were pushed to a branch or a tag.",
        schema: {
          type: "object",
          required: ["ref", "commits"],
          properties: {
            ref: { type: "string", pattern: "^refs/(heads|tags)/" },
            commits: { type: "array", items: { type: "object", required: ["id", "message"] } },
          },
        },
        validate: "reject",
      },
      issues: { description: "An issue was opened, changed or closed.", example: { action: "opened" } },
      // GitHub has no such field: each of these is marked
      star: { description: "Someone starred a repository.", schema: { required: ["stars"] }, validate: "flag" },
    },
    destinations: [
      {
        description: "CRM",
        url: "/ok/crm/hooks",
        http_method: "POST",
        headers: { "X-Source": "data-pusher", Authorization: "Bearer crm-secret" },
      },
      {
        description: "Warehouse",
        url: "/slowish/warehouse/events",
        http_method: "PUT",
        headers: { "X-Tags": ["github", "raw"] },
        event_types: ["pull_request*", "issue*", "push"],
        signature_schemes: ["v1", "v1a"],
      },
      {
        description: "Partner API",
        url: "/flaky/partner/v2/events",
        http_method: "POST",
        headers: {},
        max_attempts: 1,
        filter: { sender: { type: "User" } },
      },
    ],
  },
  {
    account: { account_id: "acme-robotics", account_name: "Acme Robotics", email: "platform@acme-robotics.example" },
    share: 3,
    destinations: [
      {
        description: "Fleet status",
        url: "/ok/fleet/status",
        http_method: "PATCH",
        headers: {},
        transformation: '{ "repository": repository.full_name, "by": sender.login, "at": $event.received_at }',
        templates: { headers: { "X-Event": "{{ event.id }}" } },
      },
      { description: "Old billing, shut down", url: "/gone/billing/hook", http_method: "POST", headers: {} },
    ],
  },
  {
    account: {
      account_id: "bluebird-health",
      account_name: "Bluebird Health",
      email: "integrations@bluebird.example",
      website: "https://bluebird.example",
    },
    share: 2,
    destinations: [
      { description: "Search index", url: "/ok/index/documents", http_method: "DELETE", headers: {} },
      {
        description: "Lab system, down since the migration",
        url: "/down/lab/inbox",
        http_method: "PUT",
        headers: { "X-Api-Key": "lab-key" },
      },
      { description: "Staging", url: "/ok/staging/hook", http_method: "POST", headers: {}, enabled: false },
    ],
  },
  {
    account: {
      account_id: "harbour-analytics",
      account_name: "Harbour Analytics",
      email: "data@harbour.example",
      website: "https://harbour.example",
    },
    share: 2,
    destinations: [
      {
        description: "Pixel: what is too long for a URL is not sent",
        url: "/ok/pixel?site=17",
        http_method: "GET",
        headers: {},
      },
      {
        description: "Times out now and then",
        url: "/hanging/report",
        http_method: "POST",
        headers: {},
        timeout_ms: 1_000,
        max_attempts: 2,
        retry_schedule: [5],
      },
      {
        description: "Archive, paused while it moves",
        url: "/ok/archive/events",
        http_method: "PUT",
        headers: {},
        paused: true,
      },
    ],
  },
  {
    account: { account_id: "lumen-studio", account_name: "Lumen Studio", email: "hello@lumen.example" },
    share: 1,
    destinations: [
      {
        description: "On a laptop that is closed",
        url: "http://localhost:9/hook",
        http_method: "POST",
        headers: {},
        max_attempts: 3,
        retry_schedule: [5, 10],
      },
    ],
  },
  {
    account: { account_id: "quiet-start", account_name: "Quiet Start", email: "founder@quiet-start.example" },
    share: 0.2,
    destinations: [],
  },
];

const { values: options } = parseArgs({
  options: { events: { type: "string", default: "2000" }, keep: { type: "boolean", default: false } },
});
const wanted = Number(options.events);
const adminToken = process.env.ADMIN_TOKEN || tokenOfDevVars();

try {
  if (!Number.isInteger(wanted) || wanted < 1 || wanted > MOST_EVENTS) {
    throw new Error(`--events is a number from 1 to ${MOST_EVENTS}.`);
  }
  await seed();
} catch (error) {
  console.error(error.message);
  process.exit(1);
}

async function seed() {
  await insistOnGateway();
  const receiver = await openReceiver();
  const tenants = [];
  for (const tenant of TENANTS) tenants.push(await provide(tenant));
  const sent = await sendAll(tenants);
  console.log(`Sent ${sent} events. Waiting for deliveries in progress …`);
  await untilAttempted(tenants);
  await report(tenants);
  if (options.keep && receiver) return console.log(`\nThe receiver stays open at ${RECEIVER}; Ctrl-C closes it.`);
  receiver?.close();
  receiver?.closeAllConnections();
}

function tokenOfDevVars() {
  const file = fileURLToPath(new URL("../.dev.vars", import.meta.url));
  const text = existsSync(file) ? readFileSync(file, "utf8") : "";
  return /^\s*ADMIN_TOKEN\s*=\s*(["']?)(.+?)\1\s*$/m.exec(text)?.[2] ?? "";
}

async function insistOnGateway() {
  if (!adminToken) throw new Error("There is no ADMIN_TOKEN in .dev.vars. Run `npm start` once: it makes one.");
  const health = await fetch(`${ORIGIN}/health`, { signal: AbortSignal.timeout(5_000) }).catch(() => null);
  if (health?.status !== 200)
    throw new Error(`No gateway answers at ${ORIGIN}. Start it in another terminal: npm start`);
}

/** Answers by the first part of the path. Null when one that an earlier run kept is open already. */
async function openReceiver() {
  let flaky = 0;
  const answers = {
    ok: () => ({ waitMs: 5 + Math.random() * 80, status: 200, body: { received: true } }),
    slowish: () => ({ waitMs: 120 + Math.random() ** 3 * 900, status: 202, body: { queued: true } }),
    // never five failures in a row, which would make it a failing destination
    flaky: () => {
      const fails = flaky++ % 4 === 3;
      return { waitMs: 40, status: fails ? [500, 502, 503][flaky % 3] : 200, body: { ok: !fails } };
    },
    hanging: () => ({ waitMs: Math.random() < 0.25 ? 1_600 : 60, status: 200, body: { rows: 12 } }),
    gone: () => ({ waitMs: 10, status: 410, body: { error: "This endpoint was removed in March" } }),
    down: () => ({ waitMs: 10, status: 503, body: { error: "maintenance" } }),
    "": () => ({ waitMs: 0, status: 200, body: { name: NAME } }),
  };
  const server = createServer(async (request, response) => {
    request.resume();
    const { waitMs, status, body } = (answers[request.url.split("/")[1]] ?? answers[""])();
    await sleep(waitMs);
    response.writeHead(status, { "content-type": "application/json" });
    response.end(JSON.stringify(body));
  });
  const opened = await new Promise((resolve) => {
    server.once("error", () => resolve(false));
    server.listen(RECEIVER_PORT, "localhost", () => resolve(true));
  });
  if (opened) return server;
  const other = await fetch(RECEIVER, { signal: AbortSignal.timeout(2_000) }).then(
    (response) => response.text(),
    () => "",
  );
  if (!other.includes(NAME))
    throw new Error(`Port ${RECEIVER_PORT} is in use by another program; the receiver needs it.`);
  return null;
}

/** The account with its destinations, made where they are not there yet, and a token of its own for this run. */
async function provide({ account, destinations, share, event_types = {} }) {
  const path = `/accounts/${account.account_id}`;
  const made = await manage("POST", "/accounts", account, [201, 409]);
  const token =
    made.app_secret_token ?? (await manage("POST", `${path}/tokens`, { overlap_seconds: 600 }, [201])).app_secret_token;
  for (const [type, said] of Object.entries(event_types)) {
    await manage("PUT", `${path}/event-types/${type}`, said, [200, 201]);
  }
  const { data } = await manage("GET", `${path}/destinations?limit=100`, undefined, [200]);
  const present = new Set(data.map(({ description }) => description));
  for (const { paused, ...destination } of destinations.filter(({ description }) => !present.has(description))) {
    const url = new URL(destination.url, RECEIVER).href;
    const { destination_id } = await manage("POST", `${path}/destinations`, { ...destination, url }, [201]);
    if (paused) await manage("PUT", `/destinations/${destination_id}/pause`, undefined, [200]);
  }
  return { account, share, token, sent: 0, since: new Date().toISOString() };
}

async function manage(method, path, body, expected) {
  const response = await fetch(ORIGIN + path, {
    method,
    headers: { authorization: `Bearer ${adminToken}`, ...(body && { "content-type": "application/json" }) },
    ...(body && { body: JSON.stringify(body) }),
  });
  const answer = await response.json();
  if (expected.includes(response.status)) return answer;
  const hint = answer.errors?.some(({ path }) => path === "url")
    ? " Destinations on this machine need ALLOW_PRIVATE_DESTINATIONS=true, which `npm start` sets."
    : "";
  throw new Error(`${method} ${path} answered ${response.status}: ${answer.message}${hint}`);
}

async function sendAll(tenants) {
  const payloads = createRequire(import.meta.url)("@octokit/webhooks-examples").flatMap(({ name, examples }) =>
    examples.map((example) => ({ name, body: JSON.stringify(example) })),
  );
  const lots = tenants.flatMap((tenant) => Array(Math.ceil(tenant.share * 10)).fill(tenant));
  const until = Date.now() + SEND_WITHIN_MS;
  let next = 0;
  let sent = 0;
  const sender = async () => {
    while (next < wanted && Date.now() < until) {
      const n = next++;
      const tenant = lots[Math.floor(Math.random() * lots.length)];
      const { name, body } = payloads[Math.floor(Math.random() * payloads.length)];
      const response = await fetchInTime(`${ORIGIN}/server/incoming_data`, {
        method: "POST",
        headers: {
          "content-type": "application/json",
          "cl-x-token": tenant.token,
          "x-github-event": name,
          ...(n % 3 === 0 && { "idempotency-key": crypto.randomUUID() }),
        },
        body,
      });
      if (response.status > 202) throw new Error(`An event was answered ${response.status}: ${await response.text()}`);
      await response.arrayBuffer();
      tenant.sent++;
      if (++sent % 250 === 0) console.log(`${sent} of ${wanted} events`);
    }
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, sender));
  return sent;
}

/** Comes again when it is told that it asks too often. */
async function fetchInTime(url, init) {
  for (;;) {
    const response = await fetch(url, init);
    if (response.status !== 429) return response;
    await response.arrayBuffer();
    await sleep(Number(response.headers.get("retry-after")) * 1_000);
  }
}

/** Waits until everything has been attempted at least once, within a limit. */
async function untilAttempted(tenants) {
  const until = Date.now() + ATTEMPTED_WITHIN_MS;
  for (let before = -1; Date.now() < until; ) {
    await sleep(1_000);
    const counts = await Promise.all(tenants.map(countsOf));
    const pending = counts.reduce((sum, count) => sum + count.pending, 0);
    if (pending === before) return;
    before = pending;
  }
}

async function countsOf({ account, since }) {
  const counts = { events: 0, delivered: 0, filtered: 0, pending: 0, exhausted: 0, discarded: 0 };
  for (let cursor = ""; ; ) {
    const query = `account_id=${account.account_id}&from=${since}&limit=100${cursor}`;
    const page = await manage("GET", `/events?${query}`, undefined, [200]);
    for (const { delivery_counts } of page.data) {
      counts.events++;
      for (const [state, count] of Object.entries(delivery_counts)) counts[state] += count;
    }
    if (page.next_cursor === null) return counts;
    cursor = `&cursor=${page.next_cursor}`;
  }
}

async function report(tenants) {
  const counts = await Promise.all(tenants.map(countsOf));
  console.table(Object.fromEntries(tenants.map(({ account }, i) => [account.account_name, counts[i]])));
  const [{ account }] = tenants;
  const { url } = await manage("POST", `/accounts/${account.account_id}/portal-links`, {}, [201]);
  console.log(`Made by this run. Look around:

  everything          ${ORIGIN}/dashboard   (the key is ADMIN_TOKEN in .dev.vars)
  ${account.account_name}   ${url}
  what did not arrive ${ORIGIN}/dashboard/deliveries?state=exhausted

Statistics have it within a minute.`);
}

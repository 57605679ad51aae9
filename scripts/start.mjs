// `npm start`: the whole gateway on this machine. Makes the keys once, migrates the local database, starts `wrangler dev`
// and triggers the cron every minute, since locally no cron fires by itself and the queue is lost on restart.
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { appendFileSync, chmodSync, existsSync, readFileSync } from "node:fs";
import { createServer } from "node:net";
import { delimiter, join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const KEY_FILE = join(ROOT, ".dev.vars");
const PORT = Number(process.env.PORT || 8787);
const ORIGIN = `http://localhost:${PORT}`;
const READY_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 5_000;
const SWEEP_INTERVAL_MS = 60_000;

let child; // the wrangler process that is running
let stopping = false;
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => stop(0));
const parent = process.ppid;
setInterval(() => process.ppid === parent || void stop(0), 1_000).unref(); // npm was killed and could not tell us

try {
  await start();
} catch (error) {
  if (!stopping) {
    console.error(error.message);
    await stop(1);
  }
}

async function start() {
  const keys = makeMissingKeys();
  await refuseBusyPort();
  await migrate();
  await serve();
  if (stopping) return;
  sweepEveryMinute();
  console.log(welcome(keys.ADMIN_TOKEN));
}

function makeMissingKeys() {
  const wanted = {
    ADMIN_TOKEN: randomBytes(24).toString("base64url"),
    TOKEN_KEYS: randomBytes(32).toString("base64"),
    SEALING_KEYS: randomBytes(32).toString("base64"),
    ALLOW_PRIVATE_DESTINATIONS: "true",
  };
  const text = existsSync(KEY_FILE) ? readFileSync(KEY_FILE, "utf8") : "";
  const present = readKeys(text);
  const missing = Object.entries(wanted).filter(([name]) => !present[name]);
  if (missing.length > 0) {
    const lines = missing.map(([name, value]) => `${name}="${value}"\n`).join("");
    appendFileSync(KEY_FILE, text === "" || text.endsWith("\n") ? lines : `\n${lines}`, { mode: 0o600 });
    console.log(`Made ${missing.map(([name]) => name).join(", ")} in .dev.vars (ignored by git).`);
  }
  chmodSync(KEY_FILE, 0o600);
  return { ...wanted, ...present };
}

function readKeys(text) {
  const lines = text.matchAll(/^\s*(?:export\s+)?(\w+)\s*=[ \t]*(["']?)(.*?)\2[ \t]*\r?$/gm);
  return Object.fromEntries([...lines].filter(([, , , value]) => value).map(([, name, , value]) => [name, value]));
}

async function refuseBusyPort() {
  if (!Number.isInteger(PORT) || PORT < 1 || PORT > 65_535) throw new Error(`PORT is not a port: ${process.env.PORT}`);
  for (const host of ["127.0.0.1", "::1"]) {
    const code = await new Promise((resolve) => {
      const probe = createServer();
      probe.once("error", (error) => resolve(error.code));
      probe.listen(PORT, host, () => probe.close(() => resolve("")));
    });
    if (code === "EADDRINUSE") {
      throw new Error(`Port ${PORT} is in use by another program. Stop it, or choose another: PORT=8788 npm start`);
    }
    if (code === "EACCES") throw new Error(`Port ${PORT} is not allowed here. Choose another: PORT=8788 npm start`);
  }
}

async function migrate() {
  const output = [];
  child = run(["d1", "migrations", "apply", "DB", "--local"], { CI: "true" });
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => output.push(chunk));
  const code = await ended(child);
  if (code !== 0) throw new Error(`${Buffer.concat(output)}\nThe local database could not be migrated.`);
}

/** Resolves when /health answers 200. What wrangler prints until then is shown only if it fails to start. */
async function serve() {
  child = run(["dev", "--port", String(PORT), "--show-interactive-dev-session=false"]);
  const startOutput = [];
  let started = false;
  createInterface({ input: child.stdout }).on("line", (line) => (started ? console.log(line) : startOutput.push(line)));
  const isReminder = cronReminder();
  createInterface({ input: child.stderr }).on("line", (line) => {
    if (!isReminder(line)) console.error(line);
  });
  void ended(child).then((code) => {
    if (stopping) return;
    if (!started) console.error(startOutput.join("\n"));
    console.error(`The gateway has stopped by itself (${code}).`);
    void stop(1);
  });

  let ready = false;
  for (const deadline = Date.now() + READY_TIMEOUT_MS; !ready && !stopping; await sleep(100)) {
    if (Date.now() > deadline) {
      throw new Error(`${startOutput.join("\n")}\n${ORIGIN}/health did not answer 200 in time.`);
    }
    ready = await fetch(`${ORIGIN}/health`, { signal: AbortSignal.timeout(2_000) }).then(
      (response) => response.status === 200,
      () => false,
    );
  }
  started = true;
}

/** Hides wrangler's reminder that crons do not fire locally, since this script triggers it. */
function cronReminder() {
  let inside = false;
  return (line) => {
    if (line.includes("Scheduled Workers are not automatically triggered")) inside = true;
    const hidden = inside || line === "";
    if (line.includes("#test-cron-triggers-locally")) inside = false;
    return hidden;
  };
}

function sweepEveryMinute() {
  let running = false;
  const sweep = async () => {
    if (running || stopping) return;
    running = true;
    await fetch(`${ORIGIN}/cdn-cgi/local/scheduled?cron=*+*+*+*+*`).then(
      (response) => response.body?.cancel(),
      (error) => stopping || console.error(`The scheduled door did not open: ${error.cause?.message ?? error.message}`),
    );
    running = false;
  };
  void sweep();
  setInterval(sweep, SWEEP_INTERVAL_MS);
}

function run(args, env = {}) {
  const bin = join(ROOT, "node_modules", ".bin");
  return spawn(join(bin, "wrangler"), args, {
    cwd: ROOT,
    detached: true, // a process group of its own, so that stop() reaches all of it
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      ...process.env,
      PATH: bin + delimiter + process.env.PATH, // wrangler needs the Node of node_modules, however this script was started
      CLOUDFLARE_CF_FETCH_ENABLED: "false",
      WRANGLER_HIDE_BANNER: "true",
      WRANGLER_NO_SKILLS_UPDATE_PROMPTS: "true",
      WRANGLER_SEND_ERROR_REPORTS: "false",
      WRANGLER_SEND_METRICS: "false",
      ...env,
    },
  });
}

function ended(child) {
  return new Promise((resolve, reject) => {
    child.once("error", (error) => reject(new Error(`${error.message}. Did npm ci run?`)));
    child.once("close", (code, signal) => resolve(code ?? signal));
  });
}

async function stop(code) {
  if (stopping) return;
  stopping = true;
  signalGroup("SIGTERM");
  for (const deadline = Date.now() + STOP_TIMEOUT_MS; signalGroup(0) && Date.now() < deadline; ) await sleep(50);
  signalGroup("SIGKILL");
  process.exit(code);
}

function signalGroup(signal) {
  try {
    return child?.pid ? process.kill(-child.pid, signal) : false;
  } catch {
    return false; // nobody left
  }
}

function welcome(adminToken) {
  const id = `demo-${randomBytes(2).toString("hex")}`;
  return `
Data Pusher runs at ${ORIGIN}   (Ctrl-C ends it; data stays in .wrangler/state)

Operator's key: ${adminToken}
Pages:          ${ORIGIN}/dashboard   (sign in with that key; npm run seed fills them)
API:            ${ORIGIN}/docs

In a second terminal, a receiver that prints what it gets:

  node -e 'require("http").createServer((q, s) => { console.log(q.method, q.url, q.headers); q.pipe(process.stdout, { end: false }); s.end() }).listen(9000)'

In a third, an account, a destination, an event, and what became of it:

  KEY='${adminToken}'
  TOKEN=$(curl -s ${ORIGIN}/accounts -H "Authorization: Bearer $KEY" -H 'Content-Type: application/json' \\
    -d '{"account_id":"${id}","email":"${id}@example.com","account_name":"Demo"}' | sed 's/.*"app_secret_token":"\\([^"]*\\)".*/\\1/')
  curl -sw '\\n' ${ORIGIN}/accounts/${id}/destinations -H "Authorization: Bearer $KEY" -H 'Content-Type: application/json' \\
    -d '{"url":"http://localhost:9000/hook","http_method":"POST","headers":{"X-From":"data-pusher"}}'
  curl -sw '\\n' ${ORIGIN}/server/incoming_data -H "CL-X-TOKEN: $TOKEN" -H 'Content-Type: application/json' -d '{"hello":"world"}'
  curl -sw '\\n' "${ORIGIN}/deliveries?account_id=${id}" -H "Authorization: Bearer $KEY"
`;
}

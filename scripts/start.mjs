// `npm start`: the whole gateway on this machine. Makes the keys once, migrates the local database, starts `wrangler dev`
// and triggers the cron every minute, since locally no cron fires by itself and the queue is lost on restart.
import { createServer } from "node:net";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

process.chdir(fileURLToPath(new URL("..", import.meta.url)));
const { endGroup, endWhatIsLeft, noteGroup, takeFolder } = await import("./start/folder.mjs");
const { checkDatabaseFiles, damagedMessage, databaseFiles } = await import("./start/database.mjs");
const { settingsWithKeys } = await import("./start/keys.mjs");
const { queueWarning, welcome } = await import("./start/welcome.mjs");
const { checkInstallation, cronReminder, ended, wrangler } = await import("./start/wrangler.mjs");

const PORT = Number(process.env.PORT || 8787);
const ORIGIN = `http://localhost:${PORT}`;
const READY_TIMEOUT_MS = 60_000;
const LOG_WITHIN_MS = 5_000;
const SWEEP_INTERVAL_MS = 60_000;

let child; // the wrangler process that is running
let stopping = false;
process.umask(0o077); // payloads, secrets and logs are their owner's
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"]) process.on(signal, () => stop(0));
for (const stream of [process.stdout, process.stderr]) stream.on("error", () => stop(1)); // whoever read it has gone
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
  checkInstallation();
  await takeFolder(PORT);
  await endWhatIsLeft();
  await refuseBusyPort();
  const { settings, made } = settingsWithKeys();
  if (made.length > 0) console.log(`Made ${made.join(", ")} in .dev.vars (ignored by git).`);
  checkDatabaseFiles();
  await migrate();
  await serve();
  if (stopping) return;
  sweepEveryMinute();
  console.log(welcome(ORIGIN, made.includes("ADMIN_TOKEN") ? settings.ADMIN_TOKEN : null));
  const warning = queueWarning(settings);
  if (warning) console.error(warning);
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
  const chunks = [];
  run(["d1", "migrations", "apply", "DB", "--local"], { CI: "true" });
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => chunks.push(chunk));
  if ((await ended(child)) === 0) return;
  const output = String(Buffer.concat(chunks));
  if (/SQLITE_(CORRUPT|NOTADB)|malformed|not a database/.test(output)) {
    throw new Error(damagedMessage(databaseFiles()));
  }
  throw new Error(`${output}\nThe local database could not be migrated.`);
}

/** Resolves when /health answers 200. What wrangler prints until then is shown only if it fails to start. */
async function serve() {
  run(["dev", "--port", String(PORT), "--show-interactive-dev-session=false"]);
  const startOutput = [];
  let started = false;
  createInterface({ input: child.stdout }).on("line", (line) => (started ? console.log(line) : startOutput.push(line)));
  const isReminder = cronReminder();
  createInterface({ input: child.stderr }).on("line", (line) => {
    if (isReminder(line)) return;
    if (started) console.error(line);
    else startOutput.push(line);
  });
  void ended(child).then((code) => {
    if (stopping) return;
    if (!started) console.error(startOutput.join("\n"));
    console.error(`The gateway has stopped by itself (${code}).`);
    void stop(1);
  });

  for (const deadline = Date.now() + READY_TIMEOUT_MS; !started && !stopping; await sleep(100)) {
    if (Date.now() > deadline) {
      throw new Error(`${startOutput.join("\n")}\n${ORIGIN}/health did not answer 200 in time.`);
    }
    const health = await fetch(`${ORIGIN}/health`, { signal: AbortSignal.timeout(2_000) }).catch(() => null);
    const answer = await health?.json().catch(() => null);
    if (answer?.code === "misconfigured") throw new Error(await whatIsWrong(startOutput));
    started = health?.status === 200;
  }
}

/** The Worker says in its log, not in an answer, which setting is wrong; wrangler brings that a moment later. */
async function whatIsWrong(output) {
  for (const deadline = Date.now() + LOG_WITHIN_MS; Date.now() < deadline; await sleep(50)) {
    const [, found] = /settings are incomplete: ([^"]*)/.exec(output.join("\n")) ?? [];
    if (found) return `A setting in .dev.vars or wrangler.toml is wrong. ${found}`;
  }
  return `A setting in .dev.vars or wrangler.toml is wrong.\n${output.join("\n")}`;
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

function run(args, env) {
  child = wrangler(args, env);
  if (child.pid) noteGroup(child.pid);
}

async function stop(code) {
  if (stopping) return;
  stopping = true;
  if (child?.pid) await endGroup(child.pid);
  process.exit(code);
}

// One gateway runs in a folder at a time: two on one database would lock each other out, and what the second then keeps in
// its queue, in memory, is gone when it ends. Who runs here listens on a socket in .wrangler, which ends with its process.
import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";

// relative: the path of a socket may have about a hundred characters
const SOCKET = ".wrangler/start.sock";
const LEFT = ".wrangler/start.json";
const END_WITHIN_MS = 5_000;

/**
 * Takes the folder, which is the working directory, for this process until it ends. What is in `.wrangler` is for its owner
 * alone.
 *
 * @param {number} port named to a second start
 * @throws an Error that names who runs here
 */
export async function takeFolder(port) {
  mkdirSync(".wrangler", { recursive: true });
  chmodSync(".wrangler", 0o700);
  const whoAmI = JSON.stringify({ pid: process.pid, port });
  if (await listen(whoAmI)) return;
  await refuseIfAlive(SOCKET);
  // Of two that find it dead at once, the second may be moving the socket of the first.
  const moved = `${SOCKET}.${process.pid}`;
  renameSync(SOCKET, moved);
  await refuseIfAlive(moved, () => renameSync(moved, SOCKET));
  rmSync(moved, { force: true });
  if (!(await listen(whoAmI))) await refuseIfAlive(SOCKET);
}

function listen(whoAmI) {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.on("error", () => undefined).end(whoAmI));
    server.once("error", (error) => (error.code === "EADDRINUSE" ? resolve(false) : reject(error)));
    server.listen(SOCKET, () => resolve(true)).unref();
  });
}

async function refuseIfAlive(path, undo = () => undefined) {
  const answer = await new Promise((resolve) => {
    const socket = connect(path);
    socket.once("error", () => resolve(null));
    socket.once("connect", () => resolve(text(socket)));
  });
  if (answer === null) return;
  undo();
  const { pid, port } = JSON.parse(answer);
  throw new Error(
    `Data Pusher already runs in this folder: process ${pid}, http://localhost:${port}. Use that one, stop it with kill ${pid}, or start another in a clone of its own.`,
  );
}

/** Notes the process group that this start has begun, for the next start if this one cannot end it. */
export function noteGroup(group) {
  writeFileSync(LEFT, JSON.stringify({ group }), { mode: 0o600 });
}

/** Ends what a start that was killed has left running, which would hold its port and have no cron. */
export async function endWhatIsLeft() {
  const group = groupLeft();
  if (group === null || !isOurs(group)) return;
  console.log(`Ending what an earlier start has left running (process group ${group}).`);
  await endGroup(group);
}

function groupLeft() {
  try {
    return JSON.parse(readFileSync(LEFT, "utf8")).group;
  } catch {
    return null; // the first start, or it was cut while it was written
  }
}

/** The number may belong to somebody else by now. */
function isOurs(group) {
  try {
    const processes = execFileSync("ps", ["-A", "-o", "pgid=,args="], { encoding: "utf8" }).split("\n");
    return processes.some((line) => Number.parseInt(line, 10) === group && /wrangler|workerd/.test(line));
  } catch {
    return false; // no ps here: a busy port will be reported
  }
}

/** Asks the group to end, and ends it if it has not after a while. */
export async function endGroup(group) {
  signalGroup(group, "SIGTERM");
  for (const deadline = Date.now() + END_WITHIN_MS; signalGroup(group, 0) && Date.now() < deadline; ) await sleep(50);
  signalGroup(group, "SIGKILL");
}

function signalGroup(group, signal) {
  try {
    return process.kill(-group, signal);
  } catch {
    return false; // nobody left
  }
}

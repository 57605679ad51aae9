// wrangler, as a process group of its own in this folder, and what it prints.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { delimiter, resolve } from "node:path";

const BIN = resolve("node_modules/.bin");
const OLDEST_NODE = [22, 12];

/** @throws an Error that says how to install what is missing */
export function checkInstallation() {
  if (!existsSync(`${BIN}/wrangler`)) {
    throw new Error("wrangler is not installed, which runs the gateway here: run npm ci, without --omit=dev.");
  }
  const [major, minor] = process.versions.node.split(".").map(Number);
  if (major < OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor < OLDEST_NODE[1])) {
    throw new Error(
      `This is Node ${process.versions.node}, and wrangler needs ${OLDEST_NODE.join(".")} or newer. The project brings its own for Linux, macOS and Windows, as an optional package: run npm ci, without --omit=optional, or install a newer Node.`,
    );
  }
}

/** Starts wrangler. Nothing of it is written outside this folder, where the home may be read-only. */
export function wrangler(args, env = {}) {
  return spawn(`${BIN}/wrangler`, args, {
    detached: true, // a process group of its own, so that all of it can be ended
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      ...process.env,
      PATH: BIN + delimiter + process.env.PATH, // wrangler needs the Node of node_modules, however this script was started
      CLOUDFLARE_CF_FETCH_ENABLED: "false",
      WRANGLER_HIDE_BANNER: "true",
      WRANGLER_NO_SKILLS_UPDATE_PROMPTS: "true",
      WRANGLER_SEND_ERROR_REPORTS: "false",
      WRANGLER_SEND_METRICS: "false",
      X_LOCAL_EXPLORER: "false", // opens the whole database to whoever reaches the port
      X_LOCAL_OBSERVABILITY: "false", // keeps every payload and query string for ever
      XDG_CACHE_HOME: resolve(".wrangler/cache"),
      XDG_CONFIG_HOME: resolve(".wrangler/config"),
      ...env,
    },
  });
}

/** @returns the exit code, or the signal */
export function ended(child) {
  return new Promise((resolve, reject) => {
    child.once("error", (error) => reject(new Error(`wrangler does not start: ${error.message}`)));
    child.once("close", (code, signal) => resolve(code ?? signal));
  });
}

/** Hides wrangler's reminder that crons do not fire locally, since `npm start` triggers them. */
export function cronReminder() {
  let inside = false;
  return (line) => {
    if (line.includes("Scheduled Workers are not automatically triggered")) inside = true;
    const hidden = inside || line === "";
    if (line.includes("#test-cron-triggers-locally")) inside = false;
    return hidden;
  };
}

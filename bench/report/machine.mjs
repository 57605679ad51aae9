import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { arch, availableParallelism, cpus, loadavg, platform, totalmem } from "node:os";
import { join } from "node:path";

const require = createRequire(import.meta.url);

/** What a figure depends on besides the code. No host names, no paths. */
export function machine() {
  const [{ model }] = cpus();
  return {
    cores: availableParallelism(),
    model,
    memoryGb: Math.round(totalmem() / 2 ** 30),
    system: `${platform()} ${arch()}`,
    node: process.versions.node,
    ...Object.fromEntries(["workerd", "miniflare", "wrangler"].map((name) => [name, versionOf(name)])),
  };
}

/** How many processes waited for a core of late, its own included: by how much other work was in the way. */
export function loadOfMachine() {
  return Number(loadavg()[1].toFixed(1));
}

/** The commit of a checkout, with a mark where its files differ from it. */
export function commitOf(root) {
  const git = (...args) => execFileSync("git", args, { cwd: root, encoding: "utf8" }).trim();
  const changed = git("status", "--porcelain", "--", "src", "migrations", "wrangler.toml", "package-lock.json") !== "";
  return git("rev-parse", "--short=7", "HEAD") + (changed ? " with changes" : "");
}

function versionOf(name) {
  const [folder] = require.resolve.paths(name).filter((path) => canRead(join(path, name, "package.json")));
  return JSON.parse(readFileSync(join(folder, name, "package.json"), "utf8")).version;
}

function canRead(path) {
  try {
    return readFileSync(path) !== null;
  } catch {
    return false;
  }
}

// Where in the sources a function of the built Worker stands: the bundler heads what it takes from a file with the file's name.
import { readFileSync } from "node:fs";

/**
 * @param {string} script the unminified Worker
 * @returns {(frame: object) => string} the file of a call frame, the package it is from, or `runtime` for what workerd does
 *   by itself
 */
export function placesIn(script) {
  let place = "bundler";
  const ofLine = readFileSync(script, "utf8")
    .split("\n")
    .map((line) => {
      const [, heading] = /^\/\/ ((?:src|node_modules|scripts)\/\S+)$/.exec(line) ?? [];
      if (heading) place = packageOf(heading) ?? heading;
      return place;
    });
  return ({ url, lineNumber }) => {
    if (/^(cloudflare|node)-internal:/.test(url)) return url;
    return url.endsWith("worker.js") ? (ofLine[lineNumber] ?? "bundler") : "runtime";
  };
}

/** `src/db/events.ts` stands in `src/db`. */
export function folderOf(place) {
  const [folder] = /^src\/[^/]+(?=\/)|^\w+-internal/.exec(place) ?? [];
  return folder ?? place;
}

function packageOf(path) {
  const [, name] = /node_modules\/((?:@[^/]+\/)?[^/]+)\/(?!.*node_modules\/)/.exec(path) ?? [];
  return name;
}

// A profile summed up.
import { folderOf } from "./places.mjs";
import { IDLE } from "./running-ms.ts";

/**
 * Samples by function, by file and by folder.
 *
 * @param profile V8's
 * @param {(frame: object) => string} placeOf
 * @returns samples that ran, and maps from a name to samples: `self` by function; `within` by function of `src`, with all
 *   that it calls; `own` by folder; `caused` by folder of `src`, with what it calls outside of `src`
 */
export function rollUp({ nodes, samples }, placeOf) {
  const known = new Map(
    nodes.map((node) => [node.id, { ...describe(node.callFrame, placeOf), children: node.children }]),
  );
  for (const [id, { children = [] }] of known) for (const child of children) known.get(child).parent = known.get(id);
  const sums = { running: 0, self: new Map(), within: new Map(), own: new Map(), caused: new Map() };
  for (const id of samples) {
    const function_ = known.get(id);
    if (function_.name === IDLE) continue;
    sums.running++;
    add(sums.self, function_.label);
    add(sums.own, folderOf(function_.place));
    const stack = [...stackOf(function_)].filter(({ place }) => place.startsWith("src/"));
    add(sums.caused, stack.length > 0 ? folderOf(stack[0].place) : "outside of src");
    for (const label of new Set(stack.map(({ label }) => label))) add(sums.within, label);
  }
  return sums;
}

function describe(frame, placeOf) {
  const place = placeOf(frame);
  const name = frame.functionName || "(anonymous)";
  return { name, place, label: `${name}  ${place}` };
}

function* stackOf(function_) {
  for (let one = function_; one !== undefined; one = one.parent) yield one;
}

function add(sums, name) {
  sums.set(name, (sums.get(name) ?? 0) + 1);
}

// Makes src/transformations/jsonata.gen.js of the npm package: its parser and evaluator, with what docs/transformations.md
// says is left out cut away, synchronous, and with a meter that every step asks. The package comes as one bundle of six
// modules; each cut names the text it stands on, and a version whose text has moved fails here.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { EVALUATOR, FUNCTIONS, PARSER, UTILS } from "./jsonata-cuts.mjs";

const PACKAGE = "node_modules/jsonata/jsonata.js";
const GENERATED = "src/transformations/jsonata.gen.js";
/** As the bundle numbers them. */
const NUMBERS = { functions: 2, jsonata: 3, parser: 4, signature: 5, utils: 6 };

/** Writes the module, unless it is there already. */
export function writeEvaluator() {
  const made = evaluator(readFileSync(PACKAGE, "utf8"));
  if (!existsSync(GENERATED) || readFileSync(GENERATED, "utf8") !== made) writeFileSync(GENERATED, made);
}

/** @throws an Error that names the cut whose text is not there exactly once */
function evaluator(bundle) {
  const part = (name, cuts) => cutAll(name, moduleOf(bundle, NUMBERS[name]), cuts);
  return `// Made by scripts/jsonata.mjs of jsonata (MIT), see /assets/licences.txt.
const LAMBDA = Symbol("lambda");
const NATIVE = Symbol("native");
${part("utils", UTILS)}
${part("signature", [])}
const parseSignature = signature;
${part("parser", PARSER)}
${part("functions", FUNCTIONS)}
const fn = functions;
/** Items of a sequence. */
const SEQUENCE_MAX = 10000;
class Sequence extends Array {
  static get [Symbol.species]() { return Array; }
  push(item) {
    if (this.length >= SEQUENCE_MAX) throw { code: "D2015", value: SEQUENCE_MAX };
    return super.push(item);
  }
}
${part("jsonata", EVALUATOR)}
export const isFunction = utils.isFunction;
export default jsonata;
`;
}

function moduleOf(bundle, number) {
  const [head] = bundle.match(new RegExp(`^.*\\b${number}:\\[function\\(require,module,exports\\)\\{$`, "m"));
  const start = bundle.indexOf(head) + head.length;
  const end = bundle.slice(start).search(/^\},\{.*\}\]/m);
  return bundle
    .slice(start, start + end)
    .replace(/^\(function \(global\)\{\(function \(\)\{$/m, "")
    .replace(/^\}\)\.call\(this\)\}\)\.call\(this,typeof global.*$/m, "")
    .replace(/^(?:var|const) \w+ = require\(.*\);$/gm, "")
    .replace(/^module\.exports = .*$/m, "")
    .replace(/^ *\/\*\*[\s\S]*?\*\/$/gm, "")
    .replace(/^\s*stack: \(new Error\(\)\)\.stack,?\n/gm, "")
    .replaceAll(/\basync (?=function\b|\()/g, "")
    .replaceAll(/\bawait /g, "")
    .replaceAll("Promise.all(", "(")
    .replaceAll(/^\s*environment\.isParallelCall = .*\n/gm, "")
    .replaceAll(/^\s*options: environment\.base\.options,\n/gm, "")
    .replaceAll(/^\s*(?:pushAncestry|resolveAncestry)\(.*\);\n/gm, "")
    .replaceAll(/\b_jsonata_lambda: true/g, "[LAMBDA]: true")
    .replaceAll(/\b_jsonata_function: true/g, "[NATIVE]: true")
    .replaceAll("._jsonata_lambda", "[LAMBDA]")
    .replaceAll("._jsonata_function", "[NATIVE]");
}

function cutAll(name, source, cuts) {
  return cuts.reduce((text, [from, to, by = ""]) => {
    const start = text.indexOf(from);
    const last = to?.startsWith(" ") ? `\n${to}` : to;
    const end = last === null ? start + from.length : text.indexOf(last, start) + last.length;
    const fault = start < 0 ? "is not there" : text.indexOf(from, start + 1) >= 0 ? "stands there twice" : "";
    if (fault !== "" || end <= start)
      throw new Error(`jsonata has moved: in ${name}, ${JSON.stringify(from)} ${fault || "has no end"}`);
    return text.slice(0, start) + by + text.slice(end);
  }, source);
}

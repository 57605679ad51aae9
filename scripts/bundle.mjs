// `node scripts/bundle.mjs`, which wrangler runs before it serves or deploys: makes the Worker's one script, out/bundle/worker.js.
// MINIFY=false leaves it readable, for a profile.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { rolldown } from "rolldown";
import { leftOut } from "./left-out/left-out.ts";

const FOLDER = "out/bundle";
/** What only makes a value: where nobody reads it, the call goes. */
const PURE = ["z", "createRoute"];

const minify = process.env.MINIFY !== "false";

const bundle = await rolldown({
  input: "src/worker.ts",
  external: [/^cloudflare:/, /^node:/],
  resolve: { conditionNames: ["workerd", "worker", "browser", "import"] },
  tsconfig: "tsconfig.json",
  treeshake: { manualPureFunctions: PURE },
  plugins: [leftOut()],
});
const { output } = await bundle.generate({
  format: "esm",
  minify,
  comments: !minify, // the licences are in /assets/licences.txt
  sourcemap: true,
});
mkdirSync(FOLDER, { recursive: true });
for (const file of output) write(`${FOLDER}/${file.fileName}`, file.type === "chunk" ? file.code : file.source);

/** A gateway that is served here starts again when its script is written, so the same is not written again. */
function write(path, content) {
  if (!existsSync(path) || readFileSync(path, "utf8") !== content) writeFileSync(path, content);
}

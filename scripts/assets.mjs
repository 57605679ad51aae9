// Puts the pages' assets where Workers serves them from, each under a name that holds its content's hash, so that a
// browser may keep it for good. They come from npm packages and from src/dashboard/assets. Makes what else is generated, too.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, extname } from "node:path";
import { writeEvaluator } from "./jsonata.mjs";
import { licences } from "./licences.mjs";
import { openApiDocument } from "./openapi.mjs";

const OUT = "out/assets";
const GENERATED = "src/dashboard/assets.gen.ts";
const FILES = {
  "pico.css": "node_modules/@picocss/pico/css/pico.min.css",
  "htmx.js": "node_modules/htmx.org/dist/htmx.min.js",
  "swagger-ui.css": "node_modules/swagger-ui-dist/swagger-ui.css",
  "swagger-ui.js": "node_modules/swagger-ui-dist/swagger-ui-bundle.js",
  "app.css": "src/dashboard/assets/app.css",
  "app.js": "src/dashboard/assets/app.js",
  "copy.js": "src/dashboard/assets/copy.js",
  "live.js": "src/dashboard/assets/live.js",
  "docs.css": "src/dashboard/assets/docs.css",
  "docs.js": "src/dashboard/assets/docs.js",
  "icon.svg": "src/dashboard/assets/icon.svg",
  "presets.json": "src/transformations/presets.json",
};

rmSync(OUT, { recursive: true, force: true });
mkdirSync(`${OUT}/assets`, { recursive: true });
const names = {};
for (const [name, path] of Object.entries(FILES)) put(name, withoutSourceMap(readFileSync(path)));
put("licences.txt", licences());
writeEvaluator();
if (!existsSync(GENERATED)) writeNames(); // the document is made of the sources, which read it
put("openapi.json", await openApiDocument());
writeNames();
writeFileSync(
  `${OUT}/_headers`,
  "/assets/*\n  Cache-Control: public, max-age=31536000, immutable\n  X-Content-Type-Options: nosniff\n",
);

function writeNames() {
  const generated = `/** Made by scripts/assets.mjs: where each asset is. */\nexport const ASSETS = ${JSON.stringify(names, null, 2)};\n`;
  if (!existsSync(GENERATED) || readFileSync(GENERATED, "utf8") !== generated) writeFileSync(GENERATED, generated);
}

function put(name, content) {
  const hash = createHash("sha256").update(content).digest("hex").slice(0, 12);
  const extension = extname(name);
  const hashed = `/assets/${basename(name, extension)}.${hash}${extension}`;
  writeFileSync(OUT + hashed, content);
  names[name] = hashed;
}

/** The maps are not served, and a browser would ask for them. */
function withoutSourceMap(content) {
  return content.toString().replace(/\n?(?:\/\/|\/\*)# sourceMappingURL=\S+(?: \*\/)?\s*$/, "\n");
}

import { existsSync, readdirSync, readFileSync } from "node:fs";

/** Whose files are served as they are, and the notices of what was bundled into those. */
const SERVED = { "@picocss/pico": [], "htmx.org": [], "swagger-ui-dist": ["swagger-ui-bundle.js.LICENSE.txt"] };
/** Types alone: nothing of it is shipped. */
const NOT_SHIPPED = ["@cloudflare/workers-types"];
/** For a package that brings no text: one of the same licence that does. */
const SAME_TEXT = { "Apache-2.0": "node_modules/swagger-ui-dist/LICENSE", MIT: "node_modules/hono/LICENSE" };
const TEXT = /^(?:licen[cs]e|notice|copying)(?:\.\w+)?$/i;

/**
 * The licences of everything that is shipped: what the Worker is bundled from, and what browsers are served.
 *
 * @throws an Error that names a package whose licence is not found
 */
export function licences() {
  const { dependencies } = manifestOf(".");
  const shipped = new Set(Object.keys(SERVED));
  for (const name of Object.keys(dependencies)) addWithDependencies(name, shipped);
  const parts = [...shipped].sort().map(licenceOf);
  return `Data Pusher is made with the following packages.\n\n${parts.join(`\n\n${"=".repeat(80)}\n\n`)}\n`;
}

function addWithDependencies(name, shipped) {
  if (shipped.has(name) || NOT_SHIPPED.includes(name)) return;
  shipped.add(name);
  for (const further of Object.keys(manifestOf(`node_modules/${name}`).dependencies ?? {})) {
    addWithDependencies(further, shipped);
  }
}

function licenceOf(name) {
  const folder = `node_modules/${name}`;
  const { version, license, author, repository } = manifestOf(folder);
  const files = [...readdirSync(folder).filter((file) => TEXT.test(file)), ...(SERVED[name] ?? [])];
  const texts = files.map((file) => readFileSync(`${folder}/${file}`, "utf8").trim());
  if (texts.length === 0) texts.push(textLike(name, license));
  const by = typeof author === "string" ? author : author?.name;
  const heading = [`${name} ${version}`, license, by, repository?.url ?? repository].filter(Boolean);
  return [heading.join("\n"), ...texts].join("\n\n");
}

function textLike(name, license) {
  const path = SAME_TEXT[license];
  if (path === undefined || !existsSync(path)) throw new Error(`${name} has no licence text: ${license}`);
  return readFileSync(path, "utf8").trim();
}

function manifestOf(folder) {
  return JSON.parse(readFileSync(`${folder}/package.json`, "utf8"));
}

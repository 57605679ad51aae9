// The OpenAPI document, which the routes' own schemas make. It is made where the Worker is built, so that the Worker holds
// nothing of what makes it; tests, which run the sources, make it as they go.
import { rmSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { rolldown } from "rolldown";

const ENTRY = "document-entry";
const SCRIPT = "out/openapi-document.mjs";
const entry = {
  name: "entry",
  resolveId: (name) => (name === ENTRY ? resolve("src", ENTRY) : undefined),
  load: (id) =>
    id === resolve("src", ENTRY) ? 'export * from "./app"; export * from "./api/openapi-document";' : undefined,
};

/** @returns the document as JSON */
export async function openApiDocument() {
  const bundle = await rolldown({ input: ENTRY, platform: "node", tsconfig: "tsconfig.json", plugins: [entry] });
  await bundle.write({ file: SCRIPT });
  const { createApp, documentOf } = await import(pathToFileURL(resolve(SCRIPT)).href);
  rmSync(SCRIPT);
  return JSON.stringify(await documentOf(createApp()));
}

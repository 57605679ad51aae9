// The OpenAPI document, which the routes' own schemas make. It is made where the Worker is built, so that the Worker holds
// nothing of what makes it; tests, which run the sources, make it as they go.
import { rmSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";

const ENTRY = 'export * from "./app"; export * from "./api/openapi-document";';
const SCRIPT = "out/openapi-document.mjs";

/** @returns the document as JSON */
export async function openApiDocument() {
  await build({
    stdin: { contents: ENTRY, resolveDir: "src" },
    ...{ bundle: true, platform: "node", format: "esm", outfile: SCRIPT },
  });
  const { createApp, documentOf } = await import(pathToFileURL(resolve(SCRIPT)).href);
  rmSync(SCRIPT);
  return JSON.stringify(await documentOf(createApp()));
}

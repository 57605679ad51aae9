// Fails when the built Worker is larger than its budget (design: 200 KB gzip).
import { readdirSync, readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const LIMIT_BYTES = 200_000;

const files = readdirSync("out").filter((name) => /\.(m?js|wasm)$/.test(name));
const bytes = files.reduce((sum, name) => sum + gzipSync(readFileSync(`out/${name}`)).length, 0);
console.log(`Bundle: ${bytes} bytes gzip of at most ${LIMIT_BYTES} (${files.join(", ")})`);
if (files.length === 0 || bytes > LIMIT_BYTES) process.exit(1);

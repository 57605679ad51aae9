import { describe, expect, it } from "vitest";
import manifest from "../package.json";
import { createApp } from "../src/app";
import { DEFAULT_LIMITS, type LimitName, parseLimits } from "../src/limits/limits";
import { request } from "./support/gateway";

const ROOT_FOLDERS = ["src", "test", "docs", "migrations", "scripts", "bench", ".ci", ".vscode"];

const documents: Record<string, string> = import.meta.glob(["../*.md", "../{docs,src}/**/*.md"], {
  query: "?raw",
  import: "default",
  eager: true,
});
const ignored: Record<string, string> = import.meta.glob("../.gitignore", {
  query: "?raw",
  import: "default",
  eager: true,
});
const schema: Record<string, string> = import.meta.glob("../src/db/schema.ts", {
  query: "?raw",
  import: "default",
  eager: true,
});
const tree = Object.keys(
  import.meta.glob(["../*", "../.*", "../{src,test,docs,migrations,scripts,bench,.ci,.vscode}/**/*"], {
    exhaustive: true,
  }),
).map((path) => new URL(path, "file:///test/").pathname.slice(1));

describe("documents", () => {
  it("are a README for users, and a guide for who changes it", () => {
    expect(Object.keys(documents)).toEqual(expect.arrayContaining(["../README.md", "../CONTRIBUTING.md"]));
  });

  it("say of each folder of src, and of each room of the deliveries, what it does and what it does not", () => {
    const folders = tree.flatMap((path) => /^src\/(?:deliveries\/)?[^/]+(?=\/)/.exec(path)?.[0] ?? []);
    const rooms = tree.flatMap((path) => /^src\/[^/]+(?=\/)/.exec(path)?.[0] ?? []);
    const silent = [...new Set([...folders, ...rooms])].filter(
      (folder) => !/^Does: .*^Does not: /ms.test(documents[`../${folder}/README.md`] ?? ""),
    );
    expect(rooms).not.toEqual([]);
    expect(silent).toEqual([]);
  });

  it("give each decision its context and its consequences", () => {
    const decisions = Object.entries(documents).filter(([name]) => name.startsWith("../docs/decisions/"));
    expect(decisions).not.toEqual([]);
    for (const [name, text] of decisions) {
      expect([name, ...text.matchAll(/^## .*/gm)].map(String)).toEqual([
        name,
        "## Context",
        "## Decision",
        "## Consequences",
      ]);
    }
  });

  it.each(Object.entries(documents))("name only commands and paths that exist: %s", (name, text) => {
    expect(commandsIn(text).filter((command) => !(command in manifest.scripts))).toEqual([]);
    expect(pathsIn(text).filter((path) => !exists(path) && !exists(besideOf(name, path)))).toEqual([]);
  });

  it("list every limit with what it is by default", () => {
    const rows = [...(documents["../README.md"] ?? "").matchAll(/^\| `(\w+)` +\|[^|]+\|[^|]+\| (\d\S*) +\|$/gm)];
    const listed = Object.fromEntries(
      rows.map(([, name, rate]) => [name, parseLimits(`${name}=${rate}`)[name as LimitName]]),
    );
    expect(listed).toEqual(DEFAULT_LIMITS);
  });

  it("say what is stored, how and until when, as the schema does", () => {
    const promised = tableIn(documents["../SECURITY.md"]?.split("## What is stored")[1] ?? "");
    const kept = tableIn(schema["../src/db/schema.ts"]?.split("*/")[0]?.replaceAll(/^ \* /gm, "") ?? "");
    expect(kept.length).toBeGreaterThan(10);
    expect(promised).toEqual(kept);
  });

  it.each(Object.entries(documents))("name only calls that the gateway answers: %s", async (_name, text) => {
    const answered = await operations();
    expect(callsIn(text).filter((call) => !answered.some((operation) => isOne(call, operation)))).toEqual([]);
  });

  it("have their calls found", async () => {
    expect(callsIn(documents["../README.md"] ?? "").length).toBeGreaterThan(10);
    const bad =
      "`PUT /events/{event_id}`, POST /server/incoming_data\napi \"$URL/accounts/acme/keys?q=a\" -X PATCH -d '{}'";
    expect(callsIn(bad)).toEqual(["PUT /events/{event_id}", "POST /server/incoming_data", "PATCH /accounts/acme/keys"]);
    const answered = await operations();
    const unknown = callsIn(bad).filter((call) => !answered.some((operation) => isOne(call, operation)));
    expect(unknown).toEqual(["PUT /events/{event_id}", "PATCH /accounts/acme/keys"]);
  });

  it("are found out when they do not", () => {
    const bad =
      "Run `npm run fly`, see `src/nowhere.ts`, `scripts/`, `missing.toml` and `application/json`, then npm start.";
    expect(commandsIn(bad)).toEqual(["fly", "start"]);
    expect(pathsIn(bad)).toEqual(["src/nowhere.ts", "scripts/", "missing.toml"]);
    expect(pathsIn(bad).filter((path) => !exists(path))).toEqual(["src/nowhere.ts", "missing.toml"]);
  });

  it("may name what git ignores", () => {
    expect([".dev.vars", ".wrangler/state", ".ci/run", "package.json"].filter((path) => !exists(path))).toEqual([]);
  });
});

/** The cells of the first table, row by row. */
function tableIn(text: string): string[][] {
  const rows = /(?:^\|.*\|\n)+/m.exec(text)?.[0].trim().split("\n") ?? [];
  return rows.filter((row) => !/^\|[\s|-]+$/.test(row)).map((row) => row.split("|").map((cell) => cell.trim()));
}

function commandsIn(text: string): string[] {
  return [...text.matchAll(/\bnpm (?:run ([\w:-]+)|(start|test)\b)/g)].flatMap((match) => match[1] ?? match[2] ?? []);
}

/** Calls in prose (`GET /events`) and of curl (`$URL/events -X DELETE`), as `METHOD /path`. */
function callsIn(text: string): string[] {
  const named = [...text.matchAll(/\b(?:GET|POST|PUT|PATCH|DELETE) \/[\w/{}$-]+(?:\.\w+)?/g)].map(([call]) => call);
  const curled = text.split("\n").flatMap((line) => {
    const method =
      /-X (\w+)/.exec(line)?.[1] ?? (/ -d\b/.test(line) || line.includes("incoming_data") ? "POST" : "GET");
    return [...line.matchAll(/\$URL(\/[\w/{}$-]+)/g)].map((match) => `${method} ${match[1]}`);
  });
  return [...named, ...curled];
}

async function operations(): Promise<string[]> {
  const { json } = await request<{ paths: Record<string, object> }>("GET", "/openapi.json");
  const described = Object.entries(json.paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
  );
  return [...described, ...createApp().routes.map(({ method, path }) => `${method} ${path}`)];
}

/** Whether a call, with real values or `{names}` in its path, is one of that operation. */
function isOne(call: string, operation: string): boolean {
  return new RegExp(`^${operation.replace(/\{\w+\}|:\w+/g, "[^/]+")}$`).test(call);
}

function pathsIn(text: string): string[] {
  const spans = [...text.matchAll(/`([^`\n]+)`/g)].flatMap((match) => match[1] ?? []);
  return spans.filter((span) => {
    if (!/^\.?\w[\w.-]*(\/[\w.-]+)*\/?$/.test(span)) return false;
    return (
      ROOT_FOLDERS.includes(span.split("/")[0] ?? "") ||
      /\.(tsx?|mjs|toml|md|sql|example)$|^\.\w|^package.*\.json$/.test(span)
    );
  });
}

function exists(path: string): boolean {
  const name = path.replace(/\/$/, "");
  return isIn(tree, name) || isIgnored(name);
}

/** A document may name its neighbours as it sees them. */
function besideOf(document: string, path: string): string {
  return new URL(path, new URL(document, "file:///test/")).pathname.slice(1);
}

function isIn(paths: string[], name: string): boolean {
  return paths.some((path) => path === name || path.startsWith(`${name}/`));
}

function isIgnored(name: string): boolean {
  const lines = Object.values(ignored).join("\n").split("\n");
  return lines.some((line) => line && isIn([name], line.replace(/\/$/, "")));
}

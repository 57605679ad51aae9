import { describe, expect, it } from "vitest";
import manifest from "../package.json";

const ROOT_FOLDERS = ["src", "test", "migrations", "scripts", "bench", ".ci"];

const documents: Record<string, string> = import.meta.glob("../*.md", {
  query: "?raw",
  import: "default",
  eager: true,
});
const ignored: Record<string, string> = import.meta.glob("../.gitignore", {
  query: "?raw",
  import: "default",
  eager: true,
});
const tree = Object.keys(
  import.meta.glob(["../*", "../.*", "../{src,test,migrations,scripts,bench,.ci}/**/*"], { exhaustive: true }),
).map((path) => path.slice("../".length));

describe("documents", () => {
  it("begin with a README", () => {
    expect(Object.keys(documents)).toContain("../README.md");
  });

  it.each(Object.entries(documents))("name only commands and paths that exist: %s", (_name, text) => {
    expect(commandsIn(text).filter((command) => !(command in manifest.scripts))).toEqual([]);
    expect(pathsIn(text).filter((path) => !exists(path))).toEqual([]);
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

function commandsIn(text: string): string[] {
  return [...text.matchAll(/\bnpm (?:run ([\w:-]+)|(start|test)\b)/g)].flatMap((match) => match[1] ?? match[2] ?? []);
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

function isIn(paths: string[], name: string): boolean {
  return paths.some((path) => path === name || path.startsWith(`${name}/`));
}

function isIgnored(name: string): boolean {
  const lines = Object.values(ignored).join("\n").split("\n");
  return lines.some((line) => line && isIn([name], line.replace(/\/$/, "")));
}

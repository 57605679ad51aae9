import { describe, expect, it } from "vitest";

// A module imports only what stands on a lower line; modules on one line never import each other.
const HOUSE = [
  ["worker"],
  ["app"],
  ["api", "dashboard", "queue", "cron"],
  ["env"],
  ["events"],
  ["deliveries"],
  // who is signed in to the pages, by which key or link
  ["sessions"],
  // keys: operators' own; stats: what happened, counted; submissions: forms. None knows of accounts or deliveries.
  ["accounts", "destinations", "catalogues", "keys", "stats", "submissions"],
  // transformations: an event as a destination wants it
  ["transformations"],
  ["attempts"],
  // audit: who changed what; every verb that changes anything asks it for the entry
  ["audit"],
  ["db"],
  // limits: how often callers may; filters, event-types: which events are asked for. They know nobody.
  ["limits", "filters", "event-types"],
  // json: values as they were written
  ["json"],
  ["security", "observability", "errors"],
  // words that all share; it imports nothing
  ["vocabulary"],
];
// Inside the dashboard `routes` leads to the rooms; a room takes what another shows, and what all share knows no room.
const SHARED_BY_ROOMS = ["parts", "session"];
const WITHOUT_DATABASE = ["api", "dashboard", "queue", "cron", "transformations", "attempts"];

type Sources = Record<string, string>;

const sources: Sources = import.meta.glob("../src/**/*.{ts,tsx}", { query: "?raw", import: "default", eager: true });

describe("the house", () => {
  it("stands: imports go down, never up, sideways or round", () => {
    expect(Object.keys(sources)).not.toEqual([]);
    expect(faultsIn(sources)).toEqual([]);
  });

  it("runs statements together in one place only, which gives their rows back by name", () => {
    const batching = Object.keys(sources).filter((path) => /\.batch\(/.test(sources[path] ?? ""));
    expect(batching).toEqual(["../src/db/transaction.ts"]);
  });

  it("redirects from pages and reads their forms in one place each, which know what may come in", () => {
    const holding = (text: string) =>
      Object.keys(sources).filter((path) => path.includes("/dashboard/") && sources[path]?.includes(text));
    expect(holding("c.redirect(")).toEqual(["../src/dashboard/parts/redirect.ts"]);
    expect(holding(".formData(")).toEqual(["../src/dashboard/parts/forms.tsx"]);
  });

  it.each<[string, Sources, string]>([
    ["up", { "src/db/a.ts": `import { b } from "../events/b";`, "src/events/b.ts": "" }, "src/db/a.ts: up to events"],
    ["up for a type", { "src/db/a.ts": `import type {\n  B,\n} from "../events/b.ts";` }, "src/db/a.ts: up to events"],
    ["up inside a type", { "src/db/a.ts": `type B = import("../events/b").B;` }, "src/db/a.ts: up to events"],
    ["up by a re-export", { "src/db/a.ts": `export * from "../events/b";` }, "src/db/a.ts: up to events"],
    ["sideways", { "src/accounts/a.ts": `import "../destinations/b";` }, "src/accounts/a.ts: sideways to destinations"],
    ["to the database from an edge", { "src/api/a.ts": `import "../db/b";` }, "src/api/a.ts: reaches for the database"],
    [
      "to drizzle",
      { "src/events/a.ts": `import { eq } from "drizzle-orm";` },
      "src/events/a.ts: drizzle-orm outside db",
    ],
    [
      "from a shared part to a room",
      { "src/dashboard/parts/a.tsx": `import { b } from "../events/b";` },
      "src/dashboard/parts/a.tsx: parts knows no room, and imports events",
    ],
    [
      "from the session to a room",
      { "src/dashboard/session/a.ts": `import { b } from "../accounts/b";` },
      "src/dashboard/session/a.ts: session knows no room, and imports accounts",
    ],
    [
      "from a room to the routes",
      { "src/dashboard/events/a.tsx": `import { b } from "../routes";` },
      "src/dashboard/events/a.tsx: a room imports routes",
    ],
    ["to a module of no line", { "src/db/a.ts": `import "../utils/b";` }, "src/db/a.ts: utils is not in the house"],
    ["from a module of no line", { "src/utils/a.ts": "" }, "src/utils/a.ts: utils is not in the house"],
    [
      "round",
      { "src/db/a.ts": `import "./b";`, "src/db/b.ts": `import "./c";`, "src/db/c.ts": `import "./a";` },
      "round: src/db/a.ts > src/db/b.ts > src/db/c.ts > src/db/a.ts",
    ],
  ])("falls when an import goes %s", (_direction, bad, fault) => {
    expect(faultsIn(bad)).toContain(fault);
  });

  it("lets imports go down and stay inside a module", () => {
    const good = {
      "src/worker.ts": `import { app } from "./app";`,
      "src/app.tsx": `import { Hono } from "hono";\nimport { a } from "./db/a";`,
      "src/db/a.ts": `import { b } from "./b";\nimport { sql } from "drizzle-orm";`,
      "src/dashboard/events/c.tsx": `import { d } from "../deliveries/d";\nimport { e } from "../parts/e";`,
      "src/dashboard/parts/e.tsx": `import { f } from "../session/f";\nimport { ASSETS } from "../assets.gen";`,
      "src/dashboard/routes.tsx": `import { c } from "./events/c";`,
      "src/db/b.ts": `import { version } from "../../package.json";`,
    };
    expect(faultsIn(good)).toEqual([]);
  });
});

function faultsIn(files: Sources): string[] {
  const paths = Object.keys(files).map((path) => path.replace(/^\.\.\//, ""));
  const imports = new Map(paths.map((path) => [path, importsOf(files[path] ?? files[`../${path}`] ?? "")]));
  const faults: string[] = [];
  for (const [path, specifiers] of imports) {
    const from = moduleOf(path);
    if (lineOf(from) < 0) faults.push(`${path}: ${from} is not in the house`);
    for (const specifier of specifiers) {
      if (/^drizzle-orm(\/|$)/.test(specifier) && from !== "db") faults.push(`${path}: drizzle-orm outside db`);
      if (!specifier.startsWith(".")) continue;
      const target = resolve(path, specifier);
      const to = moduleOf(target);
      if (from === "dashboard" && to === from) faults.push(...faultsBetweenRooms(path, target));
      if (to === from || !target.startsWith("src/")) continue;
      if (lineOf(to) < 0) faults.push(`${path}: ${to} is not in the house`);
      else if (lineOf(to) < lineOf(from)) faults.push(`${path}: up to ${to}`);
      else if (lineOf(to) === lineOf(from)) faults.push(`${path}: sideways to ${to}`);
      else if (to === "db" && WITHOUT_DATABASE.includes(from)) faults.push(`${path}: reaches for the database`);
    }
  }
  return [...faults, ...circlesIn(imports)];
}

function faultsBetweenRooms(path: string, target: string): string[] {
  const [from, to] = [roomOf(path), roomOf(target)];
  if (from === null) return [];
  if (to === null) return /\/routes$/.test(target) ? [`${path}: a room imports routes`] : [];
  const upward = SHARED_BY_ROOMS.includes(from) && !SHARED_BY_ROOMS.includes(to);
  return upward ? [`${path}: ${from} knows no room, and imports ${to}`] : [];
}

/** The folder below src/dashboard; null for what stands beside the rooms. */
function roomOf(path: string): string | null {
  return /^src\/dashboard\/([^/]+)\//.exec(path)?.[1] ?? null;
}

function importsOf(source: string): string[] {
  const statements = source.matchAll(/^\s*(?:import|export)\b[^;"'=()]*?["']([^"']+)["']/gm);
  const calls = source.matchAll(/\bimport\(\s*["']([^"']+)["']/g);
  return [...statements, ...calls].flatMap((match) => match[1] ?? []);
}

function circlesIn(imports: Map<string, string[]>): string[] {
  const circles: string[] = [];
  const finished = new Set<string>();
  const visit = (path: string, trail: string[]): void => {
    if (trail.includes(path)) circles.push(`round: ${[...trail.slice(trail.indexOf(path)), path].join(" > ")}`);
    if (trail.includes(path) || finished.has(path)) return;
    for (const specifier of imports.get(path) ?? []) {
      if (!specifier.startsWith(".")) continue;
      const stem = resolve(path, specifier).replace(/\.tsx?$/, "");
      const target = [`${stem}.ts`, `${stem}.tsx`].find((candidate) => imports.has(candidate));
      if (target) visit(target, [...trail, path]);
    }
    finished.add(path);
  };
  for (const path of imports.keys()) visit(path, []);
  return circles;
}

function resolve(importer: string, specifier: string): string {
  return new URL(specifier, `file:///${importer}`).pathname.slice(1);
}

function moduleOf(path: string): string {
  return (path.split("/")[1] ?? path).replace(/\.tsx?$/, "");
}

function lineOf(module: string): number {
  return HOUSE.findIndex((line) => line.includes(module));
}

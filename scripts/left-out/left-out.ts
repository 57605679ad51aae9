// What the Worker's bundle does without.
import { resolve } from "node:path";
import MagicString, { type SourceMap } from "magic-string";
import type { Plugin } from "rolldown";
import { parseAst } from "rolldown/parseAst";

/**
 * Modules, and what stands in their place: zod as @hono/zod-openapi takes it, whole, though the schemas use a part, its
 * messages, its JSON Schema and its care for what contains itself; what makes the OpenAPI document, which is made when the
 * Worker is built; drizzle's relations, its other names for columns, and what it brings for Postgres.
 */
const MODULES: Record<string, string> = {
  zod: "zod.js",
  "../locales/en.js": "zod-locale.js",
  "./memoizer.js": "zod-memoizer.js",
  "../core/json-schema-processors.js": "zod-json-schema.js",
  "../core/to-json-schema.js": "zod-json-schema.js",
  "@asteasolutions/zod-to-openapi": "openapi.js",
  "./openapi-document": "openapi-document.js",
  "./api/ingest/document": "ingest-document.js",
  "./router/reg-exp-router/router.js": "hono-routers.js",
  "./router/smart-router/router.js": "hono-routers.js",
  "./utils/mount.js": "hono-routers.js",
  "./intrinsic-element/components.js": "hono-elements.js",
  "../relations.js": "drizzle-relations.js",
  "../casing.js": "drizzle-casing.js",
  "../pg-core/columns/enum.js": "drizzle-other.js",
  "./columns/all.js": "drizzle-other.js",
  "./query-builders/query.js": "drizzle-other.js",
};
/** What no tree shaking finds, because a class or a function has it: in the file, behind a text, from one to another. */
const DEAD = [
  // what drizzle's `db.query` asks for, which nothing here calls
  {
    file: /\/sqlite-core\/dialect\.js$/,
    behind: "sqlToQuery(",
    from: "\n  buildRelationalQuery({",
    to: "\n}\nclass SQLiteSync",
  },
  // a parser that zod writes as text and evaluates, which Workers forbid
  {
    file: /\/v4\/core\/schemas\.js$/,
    behind: "$ZodObjectJIT",
    from: "\n        const normalized",
    to: "\n    };\n    let fastpass",
  },
];
/** Of a route, what only the document says. */
const OF_ROUTES = new Set(["operationId", "tags", "security", "summary", "description", "responses"]);

/** A node of ESTree, as far as it is looked at. */
interface Node {
  type: string;
  start: number;
  end: number;
  name?: string;
  key?: Node;
  callee?: Node & { object: Node; property?: Node };
  arguments: (Node & { properties: Node[] })[];
  tag?: Node;
  quasi: { quasis: Node[] };
}

/** A plugin of rolldown that leaves it all out, and fails where something of it was not there to be left out. */
export function leftOut(): Plugin {
  const unused = new Set<string>([...Object.keys(MODULES), ...DEAD.map(({ file }) => String(file))]);
  return {
    name: "left-out",
    resolveId(name) {
      unused.delete(name);
      return name in MODULES ? resolve("scripts/left-out", MODULES[name] ?? "") : undefined;
    },
    transform: {
      filter: { id: [/\/src\/(?:api|db)\/.*\.ts$/, ...DEAD.map(({ file }) => file)] },
      handler(source, id) {
        const dead = DEAD.find(({ file }) => file.test(id));
        unused.delete(String(dead?.file));
        return dead ? withoutDead(source, dead) : forRunTime(source);
      },
    },
    buildEnd(error) {
      // a package has it under another name by now, and has brought its code back
      if (error === undefined && unused.size > 0) {
        throw new Error(`scripts/left-out names what nothing imports: ${[...unused].join(", ")}`);
      }
    },
  };
}

/**
 * Leaves out what is read when the Worker is built, and never when it runs: what the API's routes and schemas say for the
 * document, what the tables say for migrations, and how statements are laid out.
 *
 * @param source TypeScript
 */
export function forRunTime(source: string): { code: string; map: SourceMap } {
  const rest = new MagicString(source);
  cut(rest, parseAst(source, { lang: "ts" }) as unknown as Node);
  return { code: rest.toString(), map: rest.generateMap({ hires: true }) };
}

/** @throws an Error where the file is written in another way by now */
function withoutDead(source: string, { file, behind, from, to }: (typeof DEAD)[number]) {
  const rest = new MagicString(source);
  const start = source.indexOf(from, source.indexOf(behind));
  const end = source.indexOf(to, start);
  if (start < 0 || end < 0) throw new Error(`${file} has no ${from} before ${to}`);
  rest.remove(start, end);
  return { code: rest.toString(), map: rest.generateMap({ hires: true }) };
}

function cut(rest: MagicString, node: Node): void {
  if (node === null || typeof node !== "object") return;
  const called = node.type === "CallExpression" ? node.callee : undefined;
  const [first, second, third] = node.arguments ?? [];
  const method = called?.property?.name;
  if (called && ((method === "openapi" && first?.type !== "Identifier") || method === "references")) {
    // schema.openapi({…}); what adds a route to the application, api.openapi(route, handler), names it
    rest.remove(called.object.end, node.end);
    cut(rest, called.object);
  } else if (called?.name === "sqliteTable" && second) {
    if (third) rest.remove(second.end, third.end); // its indexes, keys and checks
    cut(rest, second);
  } else if (called?.name === "createRoute") {
    for (const property of first?.properties ?? []) {
      if (OF_ROUTES.has(property.key?.name ?? "")) rest.remove(property.start, afterComma(rest.original, property.end));
      else cut(rest, property);
    }
  } else {
    if (node.tag?.name === "sql") for (const text of node.quasi.quasis) layOut(rest, text);
    for (const child of Object.values(node)) cut(rest, child);
  }
}

/** @throws an Error at a comment that does not end in the same text */
function layOut(rest: MagicString, { start, end }: Node): void {
  const text = rest.original.slice(start, end);
  for (const { 0: space, index } of text.matchAll(/(?:\s|--[^\n]*\n)+/g)) {
    rest.overwrite(start + index, start + index + space.length, " ");
  }
  const shown = rest.slice(start, end);
  if (shown.includes("--")) throw new Error(`A statement has a comment that does not end: ${shown}`);
}

function afterComma(source: string, end: number): number {
  return source[end] === "," ? end + 1 : end;
}

/** What is left out of the Worker's script is left out, and what is refused is refused by the same schemas. */
import { readFileSync } from "node:fs";
import { rolldown } from "rolldown";
import { expect, it } from "vitest";
import { forRunTime, leftOut } from "../../scripts/left-out/left-out.ts";
import { call } from "../support/client.ts";
import { builtScript } from "./support/build.ts";
import { gateway, openForTests } from "./support/opened.ts";

openForTests();

it("serves the document, of whose sentences the script has none", async () => {
  const script = readFileSync(builtScript(), "utf8");
  const served = await (await fetch(`${gateway.url}/openapi.json`)).text();
  const summaries = [...served.matchAll(/"summary":"([^"\\]{20,})"/g)].map(([, summary = ""]) => summary);
  expect(summaries.length).toBeGreaterThan(30);
  expect(summaries.filter((summary) => script.includes(summary))).toEqual([]);
});

it("still refuses by the schemas that the document is made of", async () => {
  const account = { email: "not an address", account_name: "" };
  const { status, json } = await call<{ errors: { path: string }[] }>(gateway, "POST", "/accounts", account);
  expect([status, json.errors.map(({ path }) => path)]).toEqual([400, ["email", "account_name"]]);
});

it("leaves a route its path and what it takes, and a schema its rules", () => {
  const source = `const route = createRoute({
  path: "/a", summary: "Say, it is {a} route",
  request: { query: Q.openapi({ description: "x" }).optional() }, responses: { 200: R },
});
api.openapi(route, handler);`;
  expect(inOneLine(source)).toBe(
    'const route = createRoute({ path: "/a", request: { query: Q.optional() }, }); api.openapi(route, handler);',
  );
});

it("leaves a table its columns, without what migrations are made of", () => {
  const source = `sqliteTable("a", { b: integer("b").notNull().references(() => c.id, { x: 1 }) }, (t) => [index("i")],);`;
  expect(inOneLine(source)).toBe('sqliteTable("a", { b: integer("b").notNull() },);');
});

it("leaves a statement its words, each apart, without comments", () => {
  const source = `sql\`SELECT \${a} -- one
      FROM t

      -- two
      -- three
      WHERE b   = 'x'\``;
  expect(forRunTime(source).code).toBe("sql`SELECT $" + "{a} FROM t WHERE b = 'x'`");
  expect(() => forRunTime("sql`SELECT 1 -- one`")).toThrow(/comment that does not end: .*-- one/);
});

it("is not built while what is to be left out of it is not there, and says what that is", async () => {
  const script = 'import "../casing.js"; import "./sqlite-core/dialect.js";';
  const dialect = "class SQLiteDialect { sqlToQuery() {}\n  buildRelationalQuery({ a }) {}\n}\nclass SQLiteSync {}";
  const files: Record<string, string> = { "/script.js": script, "/sqlite-core/dialect.js": dialect };
  const virtual = {
    name: "virtual",
    resolveId: (name: string) => Object.keys(files).find((file) => file.endsWith(name.replace(/^\./, ""))),
    load: (id: string) => files[id],
  };
  const bundle = await rolldown({ input: "/script.js", plugins: [leftOut(), virtual] });
  const failure = await bundle.generate().then(
    () => "",
    ({ message }) => message,
  );
  expect(failure).toContain("names what nothing imports: zod, ../locales/en.js, ./memoizer.js,");
  expect(failure).toContain("schemas");
  expect(failure).not.toMatch(/casing|dialect/);
});

function inOneLine(source: string): string {
  return forRunTime(source).code.replace(/\s+/g, " ");
}

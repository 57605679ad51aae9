/** Events do not pass the look for a static file, neither on the edge nor in the local router. */
import { expect, it } from "vitest";
import { INGEST_PATH } from "../../src/api/ingest/ingest";

const [wrangler] = Object.values(
  import.meta.glob<string>("../../wrangler.toml", { query: "?raw", import: "default", eager: true }),
);

it.each([INGEST_PATH, `/api${INGEST_PATH}`])("%s goes to the Worker at once", (path) => {
  const [, rules = ""] = /^run_worker_first = (\[.*\])$/m.exec(wrangler ?? "") ?? [];
  const starts = (JSON.parse(rules || "[]") as string[]).map((rule) => rule.replace(/\*$/, ""));
  expect(starts.filter((start) => path.startsWith(start))).toHaveLength(1);
});

it("and no file has a path that a rule takes", () => {
  const files = Object.keys(import.meta.glob("../../out/assets/**/*")).map((file) =>
    file.slice("../../out/assets".length),
  );
  expect(files.length).toBeGreaterThan(3);
  expect(files.filter((file) => /^\/(server|api)\//.test(file))).toEqual([]);
});

import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import digests from "../migrations/digests.json";
import { faultsOf, withNew } from "../scripts/migration-digests";

const sources: Record<string, string> = import.meta.glob("../migrations/*.sql", {
  query: "?raw",
  import: "default",
  eager: true,
});
const migrations = Object.fromEntries(
  Object.entries(sources).map(([path, text]) => [path.slice("../migrations/".length), text]),
);
const [first = ""] = Object.keys(migrations);

it("no migration is other than when it was committed", async () => {
  expect(Object.keys(migrations)).toEqual(env.TEST_MIGRATIONS.map(({ name }) => name));
  expect(await faultsOf(digests, migrations)).toEqual([]);
});

it("one that was edited, removed or not recorded is named", async () => {
  const { [first]: _, ...others } = migrations;
  expect(await faultsOf(digests, { ...migrations, [first]: `${migrations[first]}\n` })).toEqual([
    expect.stringContaining(`${first} was edited`),
  ]);
  expect(await faultsOf(digests, others)).toEqual([expect.stringContaining(`${first} was removed`)]);
  expect(await faultsOf(digests, { ...migrations, "0099_new.sql": "SELECT 1" })).toEqual([
    expect.stringContaining("0099_new.sql is not recorded"),
  ]);
});

it("recording a new one leaves the others' digests alone", async () => {
  const recorded = await withNew(digests, { ...migrations, [first]: "edited", "0099_new.sql": "SELECT 1" });
  expect(recorded).toMatchObject(digests);
  expect(Object.keys(recorded)).toEqual([...Object.keys(digests), "0099_new.sql"]);
});

/** `npm start` on a laptop: what goes wrong there costs a sentence, and no data. */
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { OwnCopy, type Start } from "./support/own-copy.ts";
import { until } from "./support/until.ts";

let copy: OwnCopy;
const starts: Start[] = [];
beforeEach(() => {
  copy = new OwnCopy();
});
afterEach(async () => {
  for (const start of starts.splice(0)) if (!start.hasEnded()) await start.end("SIGINT");
});

/** Starts, and runs. */
async function running(): Promise<Start> {
  const started = await copy.start();
  starts.push(started);
  await started.runs();
  return started;
}

/** There is data, of a gateway that has ended. */
async function withData(): Promise<void> {
  await (await running()).end("SIGINT");
}

/** Starts, and is refused: the one line that it says. */
async function refusal(): Promise<string> {
  const refused = await copy.start();
  starts.push(refused);
  expect(await refused.end()).toBe(1);
  const lines = refused.output.trim().split("\n");
  expect(lines).toHaveLength(1);
  return lines[0] ?? "";
}

it("the first start makes the keys and shows the operator's, a second in the folder is refused by name", async () => {
  const first = await running();
  const [, key] = /^ADMIN_TOKEN="(.*)"$/m.exec(copy.read(".dev.vars")) ?? [];
  expect(first.output).toContain(`Operator's key: ${key}`);
  expect(await refusal()).toContain(`process ${first.pid}, ${first.url}`);
  expect(await first.answers()).toBe(true);

  expect(await first.end("SIGINT")).toBe(0);
  expect((await running()).output).not.toContain(key);
});

it("with ACCEPT=queue it says loudly that the local queue forgets, and otherwise does not", async () => {
  const usual = await running();
  await usual.end("SIGINT");
  expect(usual.output).not.toContain("!!!");
  copy.write(".dev.vars", `${copy.read(".dev.vars")}ACCEPT="queue"\n`);
  expect((await running()).output).toMatch(/^!!! EVENTS CAN BE LOST ON THIS MACHINE: ACCEPT=queue/m);
});

it("what it writes is readable by its owner alone, and wrangler keeps no trace of what went through", async () => {
  await withData();
  const names = readdirSync(join(copy.folder, ".wrangler"), { recursive: true, encoding: "utf8" });
  const files = [".dev.vars", ...names.map((name) => `.wrangler/${name}`)];
  expect(files.length).toBeGreaterThan(5);
  expect(files.filter((file) => (statSync(join(copy.folder, file)).mode & 0o077) !== 0)).toEqual([]);
  expect(names.filter((name) => /trace|observability/i.test(name))).toEqual([]);
});

it("a start that was killed leaves a gateway without a cron: the next one ends it", async () => {
  const killed = await running();
  await killed.end("SIGKILL");
  const next = await running();
  expect(next.output).toContain("Ending what an earlier start has left running");
  expect(await killed.answers()).toBe(false);
});

it("one whose output nobody reads any more ends, and its gateway with it", async () => {
  const unread = await running();
  unread.closeOutput();
  await until("it has noticed", async () => {
    await unread.answers(); // which wrangler prints
    return unread.hasEnded();
  });
  expect(await unread.answers()).toBe(false);
});

it("Ctrl-\\ ends all of it", async () => {
  const quit = await running();
  await quit.end("SIGQUIT");
  expect(await quit.answers()).toBe(false);
});

it("a wrong key is one sentence, at once", async () => {
  await withData();
  const keys = copy.read(".dev.vars");
  copy.write(".dev.vars", keys.replace(/^TOKEN_KEYS=.*$/m, 'TOKEN_KEYS="c2hvcnQ="'));
  expect(await refusal()).toBe(
    "A setting in .dev.vars or wrangler.toml is wrong. TOKEN_KEYS: Key 1 has 5 bytes, at least 32 are needed",
  );
});

it("keys that are gone are not replaced beside the data that was made with them", async () => {
  await withData();
  copy.write(".dev.vars", "");
  expect(await refusal()).toContain(".dev.vars lacks TOKEN_KEYS and SEALING_KEYS");
  expect(copy.read(".dev.vars")).toBe("");
});

it("a damaged database is named, with what to do", async () => {
  await withData();
  const folder = ".wrangler/state/v3/d1/miniflare-D1DatabaseObject";
  const name = readdirSync(join(copy.folder, folder)).find((file) => /^[0-9a-f]+\.sqlite$/.test(file));
  copy.write(`${folder}/${name}`, "this was a database");
  const refused = await refusal();
  expect(refused).toContain(`The local database is damaged: ${folder}/${name}.`);
  expect(refused).toContain("move it away to begin anew");
});

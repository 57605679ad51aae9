import { afterEach, describe, expect, it, vi } from "vitest";
import { GroupCommit } from "../../src/db/group-commit";

type Commit = { items: string[]; finish: () => void; fail: (error: Error) => void };

/** A group whose commits end when the test says so. */
function group(
  limits: { maxItems?: number; maxWeight?: number; patienceMs?: number; lingerMs?: number; concernsAll?: boolean } = {},
) {
  const commits: Commit[] = [];
  const made = new GroupCommit<string, string>(
    (items) =>
      new Promise((resolve, reject) => {
        commits.push({ items, finish: () => resolve(items.map((item) => `${item} is in`)), fail: reject });
      }),
    {
      maxItems: limits.maxItems ?? 10,
      maxWeight: limits.maxWeight ?? 1_000,
      weigh: (item) => item.length,
      patienceMs: limits.patienceMs ?? 60_000,
      lingerMs: limits.lingerMs ?? 0,
      concernsAll: () => limits.concernsAll ?? false,
    },
  );
  const commit = async (n: number) => {
    await vi.waitUntil(() => commits.length > n, { interval: 1 });
    return commits[n] as Commit;
  };
  return { made, commits, commit };
}

afterEach(() => void vi.useRealTimers());

describe("a group commit", () => {
  it("lets the first go at once and alone, and those that come meanwhile together", async () => {
    const { made, commits, commit } = group();
    const all = ["a", "b", "c"].map((item) => made.submit(item));
    expect(commits.map(({ items }) => items)).toEqual([["a"]]);
    commits[0]?.finish();
    (await commit(1)).finish();
    expect(await Promise.all(all)).toEqual(["a is in", "b is in", "c is in"]);
    expect(commits.map(({ items }) => items)).toEqual([["a"], ["b", "c"]]);
  });

  it("lets who leads after another gather more, and a lone one wait for nothing", async () => {
    vi.useFakeTimers();
    const { made, commits } = group({ lingerMs: 50 });
    const all = ["a", "b"].map((item) => made.submit(item));
    expect(commits.map(({ items }) => items)).toEqual([["a"]]);
    commits[0]?.finish();
    await vi.advanceTimersByTimeAsync(49);
    all.push(made.submit("c"));
    expect(commits).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(commits.map(({ items }) => items)).toEqual([["a"], ["b", "c"]]);
    commits[1]?.finish();
    expect(await Promise.all(all)).toEqual(["a is in", "b is in", "c is in"]);
  });

  it("takes no more together than its limits allow", async () => {
    const { made, commits, commit } = group({ maxItems: 3, maxWeight: 10 });
    const all = ["a", "b", "c", "d", "eeeeeeeeee", "f"].map((item) => made.submit(item));
    for (let n = 0; n < 4; n++) (await commit(n)).finish();
    await Promise.all(all);
    expect(commits.map(({ items }) => items)).toEqual([["a"], ["b", "c", "d"], ["eeeeeeeeee"], ["f"]]);
  });

  it("commits each by itself when one of them fails all, so that only the bad one fails", async () => {
    const { made, commit } = group();
    const all = ["a", "good", "bad"].map((item) => made.submit(item));
    const settled = Promise.allSettled(all);
    (await commit(0)).finish();
    (await commit(1)).fail(new Error("one is bad"));
    for (const n of [2, 3]) {
      const alone = await commit(n);
      if (alone.items[0] === "bad") alone.fail(new Error("this one"));
      else alone.finish();
    }
    expect((await settled).map(({ status }) => status)).toEqual(["fulfilled", "fulfilled", "rejected"]);
  });

  it("fails all at once when the failure concerns all", async () => {
    const { made, commits, commit } = group({ concernsAll: true });
    const settled = Promise.allSettled(["a", "b", "c"].map((item) => made.submit(item)));
    (await commit(0)).finish();
    (await commit(1)).fail(new Error("the database is down"));
    expect((await settled).map(({ status }) => status)).toEqual(["fulfilled", "rejected", "rejected"]);
    expect(commits).toHaveLength(2);
  });

  it("goes on without a leader that never comes back", async () => {
    const { made, commits, commit } = group({ patienceMs: 20 });
    void made.submit("dead");
    const others = ["b", "c"].map((item) => made.submit(item));
    const taken = await commit(1);
    taken.finish();
    await vi.waitUntil(() => commits.length >= 3 || taken.items.length >= 2, { interval: 1 });
    commits[2]?.finish();
    expect(await Promise.all(others)).toEqual(["b is in", "c is in"]);
  });

  it("wakes those that wait, who need no timer to run, and leaves none behind", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const { made, commits } = group();
    const all = ["a", "b", "c"].map((item) => made.submit(item));
    expect(vi.getTimerCount()).toBe(2);
    commits[0]?.finish();
    await all[0];
    for (let i = 0; i < 100; i++) await null; // until the next has taken the lead
    expect(commits[1]?.items).toEqual(["b", "c"]);
    commits[1]?.finish();
    expect(await Promise.all(all)).toEqual(["a is in", "b is in", "c is in"]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("is as new after all were served", async () => {
    const { made, commit } = group();
    const first = made.submit("a");
    (await commit(0)).finish();
    await first;
    const second = made.submit("b");
    (await commit(1)).finish();
    expect(await second).toBe("b is in");
  });
});

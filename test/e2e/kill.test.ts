import { expect, it } from "vitest";
import { chaos } from "./support/chaos.ts";

/** `npm run chaos` is the same at full size, with leases that run out in real time. */
it("what was answered 2xx arrives everywhere, once but for crashes, though the Worker is killed again and again", async () => {
  const toll = await chaos({
    events: 200,
    kills: 4,
    longOutage: () => true,
    withinMs: 240_000,
    seed: 1,
    say: () => undefined,
  });

  expect(toll).toMatchObject({
    ...{ lost: [], renamed: [], repeated: [], forgotten: [], hurried: [], overcounted: [], unfinished: [] },
    ...{ pending: 0, afterRemoval: 0 },
  });
  expect(toll.kills).toBeGreaterThanOrEqual(5);
  expect(toll.answered).toBeGreaterThanOrEqual(200);
}, 300_000);

import { expect, it } from "vitest";
import { chaos } from "./support/chaos.ts";

/** `npm run chaos` is the same at full size, with leases that run out in real time. */
it("what was answered 2xx arrives everywhere, though the Worker is killed under load again and again", async () => {
  const toll = await chaos({
    events: 400,
    kills: 4,
    longOutage: () => true,
    withinMs: 150_000,
    seed: 1,
    say: () => undefined,
  });

  expect(toll).toMatchObject({ lost: [], renamed: 0, pending: 0, kills: 5 });
  expect(toll.answered).toBeGreaterThanOrEqual(400);
  expect(toll.arrived).toBe(toll.answered);
}, 180_000);

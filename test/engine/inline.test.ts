/** What the request that accepts an event attempts itself, and what it leaves to the consumer. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { newTenant, sendEvent, tally } from "./tenant";
import { World } from "./world";

let world: World;
beforeEach(async () => {
  world = await World.open();
});
afterEach(() => world.close());

describe("a destination whose timeout is", () => {
  it("27 s is attempted at once", async () => {
    const tenant = await newTenant(world, [{ timeout_ms: 27_000 }]);
    await sendEvent(world, tenant, "{}");
    expect(world.received).toHaveLength(1);
  });

  it("longer is attempted by the consumer, the first time, too", async () => {
    const tenant = await newTenant(world, [{ timeout_ms: 27_001 }]);
    await sendEvent(world, tenant, "{}");
    expect(world.received).toHaveLength(0);
    await world.consume();
    expect(world.received).toHaveLength(1);
    expect(await tally(world, tenant)).toEqual({ delivered: 1 });
  });
});

/** The same with an account that has something in every state. */
import { afterAll, beforeAll } from "vitest";
import { gateway, openForTests as openBoth } from "./opened.ts";
import { openWorld, type World } from "./world.ts";

export { browser, gateway } from "./opened.ts";
export let world: World;

/** To be called once by the file: opens all three before its tests, and closes them after. */
export function openForTests(): void {
  openBoth();
  beforeAll(async () => {
    world = await openWorld(gateway);
  });
  afterAll(() => world?.close());
}

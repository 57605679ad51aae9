/** A world and a tenant with one destination, both new for every test of a file. */
import { afterEach, beforeEach } from "vitest";
import { newTenant, type Tenant } from "./tenant";
import { World } from "./world";

export let world: World;
export let tenant: Tenant;

/** To be called once by the file: opens both before each of its tests, and closes them after. */
export function openForTests(): void {
  beforeEach(() => reopen());
  afterEach(() => world?.close());
}

/** Begins anew, with settings that go over those of the tests. */
export async function reopen(settings?: Record<string, unknown>): Promise<void> {
  world = await World.open(settings);
  tenant = await newTenant(world);
}

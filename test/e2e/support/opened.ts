/** One gateway and one receiver for all tests of a file. */
import { afterAll, beforeAll } from "vitest";
import { type Gateway, openGateway } from "./gateway.ts";
import { Receiver } from "./receiver.ts";

export let gateway: Gateway;
export let receiver: Receiver;

/** To be called once by the file: opens both before its tests, and closes them after. */
export function openForTests(): void {
  beforeAll(async () => {
    [gateway, receiver] = await Promise.all([openGateway(), Receiver.open()]);
  });
  afterAll(async () => {
    receiver?.close();
    await gateway?.close();
  });
}

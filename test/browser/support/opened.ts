/** One gateway and one browser for all tests of a file. */
import type { Browser } from "playwright-core";
import { afterAll, beforeAll } from "vitest";
import { type Gateway, openGateway } from "../../e2e/support/gateway.ts";
import { openBrowser } from "./browser.ts";

export let gateway: Gateway;
export let browser: Browser;

/** To be called once by the file: opens both before its tests, and closes them after. */
export function openForTests(): void {
  beforeAll(async () => {
    [gateway, browser] = await Promise.all([openGateway(), openBrowser()]);
  });
  afterAll(async () => {
    await browser?.close();
    await gateway?.close();
  });
}

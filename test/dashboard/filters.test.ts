/** A filter that cannot be read is said so at its field: it never becomes a list of everything. */
import { beforeAll, describe, expect, it } from "vitest";
import { type Browser, operator } from "../support/pages";
import { openReceiver } from "../support/receivers";
import { type Account, addDestination, newAccount, send, settled } from "../support/tenants";

let account: Account;
let destinationId: string;
let eventId: string;
let browser: Browser;
beforeAll(async () => {
  account = await newAccount();
  destinationId = (await addDestination(account, openReceiver().url)).destination_id;
  eventId = (await settled((await send(account, "{}")).event_id)).event_id;
  browser = await operator();
});

const rows = (text: string) => text.match(/<tr data-row/g)?.length ?? 0;

describe.each([
  ["/dashboard/deliveries?state=deliverd", "state", "Choose one of pending, delivered"],
  ["/dashboard/deliveries?reason=because", "reason", "Choose one of attempts exhausted"],
  ["/dashboard/deliveries?status_code=2xx", "status_code", "Give a status code"],
  ["/dashboard/deliveries?from=yesterday", "from", "Give a time"],
  ["/dashboard/events?state=failed", "state", "Choose one of"],
  ["/dashboard/events?to=2026-13-01", "to", "Give a time"],
])("%s", (path, name, message) => {
  it("lists nothing, and says at the field what to give", async () => {
    const { status, text } = await browser.visit(path);
    expect([status, rows(text)]).toEqual([400, 0]);
    expect(text).toMatch(new RegExp(`id="filter-${name}-error"[^>]*>${message}`));
    expect(text).toContain("Nothing is listed");
    expect(text).not.toContain('class="chips"');
    const given = path.split("=")[1] ?? "";
    expect(text, "what was given stays in the field").toMatch(new RegExp(`value="${given}"`));
  });
});

it("a filter that is not there lists nothing, and the right name is said", async () => {
  const { status, text } = await browser.visit("/dashboard/deliveries?stat=delivered");
  expect([status, rows(text)]).toEqual([400, 0]);
  expect(text).toContain("Did you mean state?");
});

it("what was pasted with blanks around it finds what it names", async () => {
  const views = [
    `/dashboard/deliveries?destination_id=%20${destinationId}%0A`,
    `/dashboard/deliveries?account_id=${account.account_id}%20`,
    `/dashboard/events?account_id=%20${account.account_id}`,
    `/dashboard/events?event_id=%20${eventId.slice(0, 24)}%20&account_id=${account.account_id}`,
    `/dashboard/accounts?q=%20${account.account_id}%20`,
  ];
  for (const path of views) {
    const { status, text } = await browser.visit(path);
    expect([path, status, rows(text)]).toEqual([path, 200, 1]);
  }
});

it.each([
  ["2026-11-24T08:30:00.000Z", "2026-11-24T08:30"],
  ["2026-11-24t08:30:15z", "2026-11-24T08:30:15"],
  ["2026-11-24T10:30:00+02:00", "2026-11-24T08:30"],
  ["2026-11-24T08:30", "2026-11-24T08:30"],
])("the field of a time shows %s as it can: %s", async (given, shown) => {
  const { status, text } = await browser.visit(`/dashboard/events?from=${given}`);
  expect(status).toBe(200);
  const field = /<input[^>]*name="from"[^>]*>/.exec(text)?.[0];
  expect(field).toContain(`value="${shown}"`);
  expect(field).toContain('type="datetime-local"');
});

import { describe, expect, it } from "vitest";
import { call } from "../support/gateway";
import { lastAt, openReceiver } from "../support/receivers";
import { addDestination, type Destination, newAccount, send, settled } from "../support/tenants";

/** What is shown of a URL that was typed so, and which one is called. `{}` is the receiver. */
async function shownAndCalled(typed: string) {
  const account = await newAccount();
  const receiver = openReceiver();
  const added = await addDestination(account, typed.replace("{}", new URL(receiver.url).host));
  const shown = await call<Destination>("GET", `/destinations/${added.destination_id}`);
  expect(shown.json.url).toBe(added.url);
  await settled((await send(account, "{}")).event_id);
  return { shown: added.url, called: lastAt(receiver).url.href };
}

describe("a destination's URL is shown as it is called", () => {
  it.each([
    "  https://{}/three\n",
    "https://{}\\@trusted.example/pay",
    "https://{}",
    "https://{}:443/a/../b/./c?d=ü e#fragment",
    "HTTPS://{}/%7Bx}?f={a,b}",
    "\u00a0https://{}/x\ufeff",
  ])("%j", async (typed) => {
    const { shown, called } = await shownAndCalled(typed);
    expect(shown).toBe(called);
    expect(shown).not.toContain("#");
  });

  it("on a change as well", async () => {
    const { account_id } = await newAccount();
    const { destination_id } = await addDestination({ account_id }, "https://a.example/x");
    const url = " https://b.example\\@a.example/pay ";
    const { json } = await call<Destination>("PATCH", `/destinations/${destination_id}`, { url });
    expect(json.url).toBe("https://b.example/@a.example/pay");
  });
});

it.each([
  "https://a.example/one\nhttps://a.example/two",
  "https://a.example/one\r\ntwo",
  "https://a.exa\tmple/",
  "https://a.example/\u0000x",
  "https://a.example/\u0085x",
])("%j is refused: it would be called as something else", async (url) => {
  const { account_id } = await newAccount();
  const { status, json } = await call("POST", "/destinations", { account_id, url, http_method: "POST", headers: {} });
  expect([status, json.errors]).toEqual([400, [{ path: "url", message: expect.stringContaining("line breaks") }]]);
});

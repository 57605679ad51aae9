/** How requests are signed, as it is chosen in the form and shown on the destination's page. */
import { describe, expect, it } from "vitest";
import { call } from "../support/gateway";
import { operator, tenant } from "../support/pages";
import { openReceiver } from "../support/receivers";
import { addDestination, type Destination, newAccount } from "../support/tenants";

const read = async (id: string) => (await call<Destination>("GET", `/destinations/${id}`)).json;

describe.each(["operator", "tenant"] as const)("the %s", (who) => {
  it("chooses both, sees the public key, and keeps it by saving the form as it is", async () => {
    const account = await newAccount();
    const { destination_id: id, url } = await addDestination(account, openReceiver().url);
    const browser = who === "operator" ? await operator() : (await tenant(account)).browser;
    const path = `${who === "operator" ? "/dashboard" : "/portal"}/destinations/${id}`;
    expect((await browser.visit(`${path}/edit`)).text).toContain('<option value="v1" selected');
    expect((await browser.visit(path)).text).not.toContain("Public key");
    const save = async (signature_schemes: string) => {
      const at = /name="read_at" value="(\d+)"/.exec((await browser.visit(`${path}/edit`)).text)?.[1] ?? "";
      return browser.submit(`${path}/edit`, {
        read_at: at,
        url,
        http_method: "POST",
        enabled: "true",
        signature_schemes,
      });
    };
    const { text } = await save("v1 v1a");
    const { signature_schemes, public_key } = await read(id);
    expect([signature_schemes, text.includes(public_key ?? "none")]).toEqual([["v1", "v1a"], true]);
    expect(text).toContain(`href="/destinations/${id}/public-key"`);
    expect(text).not.toContain("whsk_");
    expect((await browser.visit(`${path}/edit`)).text).toContain('<option value="v1 v1a" selected');
    await save("v1 v1a");
    expect((await read(id)).public_key).toBe(public_key);
    await save("v1");
    expect((await browser.visit(path)).text).not.toContain("whpk_");
  });
});

it("a form that names no scheme that there is is shown again with what is wrong", async () => {
  const account = await newAccount();
  const form = { url: openReceiver().url, http_method: "POST", enabled: "true", signature_schemes: "v2" };
  const path = `/dashboard/new-destination?account_id=${account.account_id}`;
  const { status, text } = await (await operator()).send(path, form);
  expect(status).toBe(400);
  expect(text).toContain("Give a list of v1 and v1a");
});

/** Transformation and templates on the form of a destination. */
import { describe, expect, it } from "vitest";
import presets from "../../src/transformations/presets.json";
import { call } from "../support/gateway";
import { type Browser, errorsIn, hiddenIn, operator, type Page, tenant } from "../support/pages";
import { openReceiver } from "../support/receivers";
import { addDestination, type Destination, newAccount, unique } from "../support/tenants";

type Home = { destination: Destination; browser: Browser; path: string };

async function home(who: "operator" | "tenant"): Promise<Home> {
  const account = await newAccount();
  const destination = await addDestination(account, openReceiver().url);
  const browser = who === "operator" ? await operator() : (await tenant(account)).browser;
  const base = who === "operator" ? "/dashboard" : "/portal";
  return { destination, browser, path: `${base}/destinations/${destination.destination_id}` };
}

async function fill({ browser, path, destination }: Home, fields: Record<string, string>): Promise<Page> {
  const form = await browser.visit(`${path}/edit`);
  return browser.send(`${path}/edit`, {
    url: destination.url,
    http_method: "POST",
    enabled: "true",
    read_at: hiddenIn(form, "read_at"),
    form_token: unique("form"),
    ...fields,
  });
}

describe.each(["operator", "tenant"] as const)("a destination's form, for an %s,", (who) => {
  it("takes every preset, gives it back, and empties both fields again", async () => {
    const at = await home(who);
    const stored = async () => (await call("GET", `/destinations/${at.destination.destination_id}`)).json;
    for (const { transformation, templates } of presets) {
      const written = {
        transformation: transformation?.replaceAll("\n", "\r\n") ?? "",
        templates: templates === null ? "" : JSON.stringify(templates, null, 2),
      };
      expect((await fill(at, written)).status).toBe(303);
      expect(await stored()).toMatchObject({ transformation: written.transformation || null, templates });
      expect((await at.browser.visit(`${at.path}/edit`)).status).toBe(200);
    }
    expect((await fill(at, { transformation: "", templates: "" })).status).toBe(303);
    expect(await stored()).toMatchObject({ transformation: null, templates: null });
  });

  it("says what is wrong with them, beside the field, and keeps what was written", async () => {
    const at = await home(who);
    const page = await fill(at, { transformation: "$eval(code)", templates: '{"path": "orders"}' });
    expect(page.status).toBe(400);
    expect(errorsIn(page).transformation).toContain("$eval is left out");
    expect(errorsIn(page).templates).toContain("path: A path begins with /");
    expect(page.text).toContain("$eval(code)");
    expect(errorsIn(await fill(at, { templates: "{" })).templates).toContain("Give templates");
  });
});

import { env } from "cloudflare:workers";
import type { z } from "@hono/zod-openapi";
import { afterEach, describe, expect, it, vi } from "vitest";
import { readPortalLink } from "../../src/accounts/portal-links";
import type { CreatedPortalLinkSchema, PortalLinkSchema } from "../../src/api/accounts/portal-links";
import { gatewayOf } from "../../src/env";
import { signPortalLink } from "../../src/security/portal-token";
import { nextMillisecond } from "../support/clock";
import { watchedDatabase } from "../support/database";
import { call } from "../support/gateway";
import { newAccount, type Page } from "../support/tenants";

type CreatedLink = z.output<typeof CreatedPortalLinkSchema>;
type Link = z.output<typeof PortalLinkSchema>;

const DAY_MS = 86_400_000;
const gateway = gatewayOf(env);

afterEach(() => vi.useRealTimers());

async function newLink(accountId: string, body: unknown = {}): Promise<CreatedLink> {
  const { status, json, text } = await call<CreatedLink>("POST", `/accounts/${accountId}/portal-links`, body);
  expect(status, text).toBe(201);
  return json;
}

const tokenOf = (link: CreatedLink) => new URL(link.url).searchParams.get("link") ?? "";
const opens = async (token: string) => (await readPortalLink(gateway, token))?.accountId ?? null;

describe("POST /accounts/{account_id}/portal-links", () => {
  it("gives a URL of this gateway that opens that account for a day", async () => {
    const { account_id, account_name } = await newAccount();
    const link = await newLink(account_id);
    expect(link).toEqual({
      portal_link_id: expect.stringMatching(/^lnk_[0-9A-Z]{26}$/),
      account_id,
      name: "",
      role: "editor",
      single_use: false,
      last_used_at: null,
      created_at: expect.any(String),
      expires_at: new Date(Date.parse(link.created_at) + DAY_MS).toISOString(),
      url: expect.stringMatching(/^https:\/\/gateway\.test\/portal\/enter\?link=dpl_[0-9A-Z]{26}_[\w-]{43}$/),
    });
    expect(await readPortalLink(gateway, tokenOf(link))).toEqual({
      linkId: link.portal_link_id,
      accountId: account_id,
      createdAt: Date.parse(link.created_at),
      expiresAt: Date.parse(link.expires_at),
      name: "",
      role: "editor",
      lastUsedAt: null,
      singleUse: false,
      accountName: account_name,
    });
  });

  it("ends when it is told to", async () => {
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() });
    const { account_id } = await newAccount();
    const link = await newLink(account_id, { expires_in_seconds: 60 });
    vi.setSystemTime(Date.parse(link.expires_at) - 1);
    expect(await opens(tokenOf(link))).toBe(account_id);
    vi.setSystemTime(Date.parse(link.expires_at));
    expect(await opens(tokenOf(link))).toBeNull();
  });

  it.each([59, 30 * 86_400 + 1, -1, 1.5, "60", null])("refuses %j seconds", async (expires_in_seconds) => {
    const { account_id } = await newAccount();
    const { status, json } = await call("POST", `/accounts/${account_id}/portal-links`, { expires_in_seconds });
    expect([status, json.errors.map(({ path }) => path)]).toEqual([400, ["expires_in_seconds"]]);
  });

  it("takes a name, a role and whether it is for one use, and lists them", async () => {
    const { account_id } = await newAccount();
    const input = { name: " Kim at Acme ", role: "viewer", single_use: true };
    const { url: _, ...link } = await newLink(account_id, input);
    expect(link).toMatchObject({ ...input, name: "Kim at Acme" });
    const { json } = await call<Page<Link>>("GET", `/accounts/${account_id}/portal-links`);
    expect(json.data).toEqual([link]);
  });

  it.each([
    ["name", "x".repeat(101)],
    ["name", "two\nlines"],
    ["name", null],
    ["role", "admin"],
    ["single_use", "true"],
    ["account", "other"],
  ])("refuses %s as %j", async (field, value) => {
    const { account_id } = await newAccount();
    const { status, json } = await call("POST", `/accounts/${account_id}/portal-links`, { [field]: value });
    expect([status, json.errors.map(({ path }) => path)]).toEqual([400, [field]]);
  });

  it("is 404 for an account that there is not", async () => {
    expect((await call("POST", "/accounts/nobody/portal-links", {})).status).toBe(404);
    expect((await call("GET", "/accounts/nobody/portal-links")).status).toBe(404);
  });
});

describe("GET /accounts/{account_id}/portal-links", () => {
  it("lists the account's own, newest first, without what opens them", async () => {
    const { account_id } = await newAccount();
    const other = await newAccount();
    await newLink(other.account_id);
    const made: CreatedLink[] = [];
    for (let i = 0; i < 3; i++) {
      made.unshift(await newLink(account_id));
      await nextMillisecond();
    }
    const path = `/accounts/${account_id}/portal-links?limit=2`;
    const first = await call<Page<Link>>("GET", path);
    const second = await call<Page<Link>>("GET", `${path}&cursor=${first.json.next_cursor}`);
    expect([...first.json.data, ...second.json.data]).toEqual(made.map(({ url: _, ...link }) => link));
    expect(second.json.next_cursor).toBeNull();
    for (const link of made) expect(first.text + second.text).not.toContain(tokenOf(link));
  });

  it("forgets those that have ended when another is made", async () => {
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() });
    const { account_id } = await newAccount();
    await newLink(account_id, { expires_in_seconds: 60 });
    vi.setSystemTime(Date.now() + 61_000);
    const link = await newLink(account_id);
    const { json } = await call<Page<Link>>("GET", `/accounts/${account_id}/portal-links`);
    expect(json.data.map(({ portal_link_id }) => portal_link_id)).toEqual([link.portal_link_id]);
  });
});

describe("DELETE /accounts/{account_id}/portal-links/{portal_link_id}", () => {
  it("closes it at once, with the sessions that it began", async () => {
    const { account_id } = await newAccount();
    const link = await newLink(account_id);
    const kept = await newLink(account_id);
    const path = `/accounts/${account_id}/portal-links/${link.portal_link_id}`;
    expect((await call("DELETE", path)).status).toBe(204);
    expect(await opens(tokenOf(link))).toBeNull();
    expect(await opens(tokenOf(kept))).toBe(account_id);
    expect((await call("DELETE", path)).status).toBe(404);
  });

  it("is 404 for another account's", async () => {
    const { account_id } = await newAccount();
    const link = await newLink(account_id);
    const stranger = await newAccount();
    const path = `/accounts/${stranger.account_id}/portal-links/${link.portal_link_id}`;
    expect((await call("DELETE", path)).status).toBe(404);
    expect(await opens(tokenOf(link))).toBe(account_id);
  });
});

describe("a portal link", () => {
  it("goes with its account, also when another takes the account's id", async () => {
    const { account_id } = await newAccount();
    const link = await newLink(account_id);
    await call("DELETE", `/accounts/${account_id}`);
    expect(await opens(tokenOf(link))).toBeNull();
    await newAccount({ account_id });
    expect(await opens(tokenOf(link))).toBeNull();
  });

  it("survives a new signing key in front, and dies with its own", async () => {
    const { account_id } = await newAccount();
    const token = tokenOf(await newLink(account_id));
    const [own] = gateway.tokenKeys as [Uint8Array];
    const other = new Uint8Array(32).fill(7);
    expect(await readPortalLink({ ...gateway, tokenKeys: [other, own] }, token)).not.toBeNull();
    expect(await readPortalLink({ ...gateway, tokenKeys: [other] }, token)).toBeNull();
  });

  it("that nobody signed is refused without the database, whatever it says", async () => {
    const { account_id, app_secret_token } = await newAccount();
    const link = await newLink(account_id);
    const token = tokenOf(link);
    const [head, id, mac] = [token.slice(0, 4), token.slice(4, 30), token.slice(31)];
    let roundTrips = 0;
    const { db } = gatewayOf({ ...env, DB: watchedDatabase(() => void roundTrips++) });
    const others = [
      "",
      "dpl_",
      id,
      token.toLowerCase(),
      `${token}x`,
      ` ${token}`,
      `${head}${id}_${"A".repeat(43)}`,
      `${head}${"0".repeat(26)}_${mac}`,
      await signPortalLink([new Uint8Array(32)], link.portal_link_id),
      app_secret_token,
    ];
    for (const text of others) expect([text, await readPortalLink({ ...gateway, db }, text)]).toEqual([text, null]);
    expect(roundTrips).toBe(0);
  });

  it("is not to be made from what the database holds", async () => {
    const { account_id } = await newAccount();
    const token = tokenOf(await newLink(account_id));
    const { results } = await env.DB.prepare("SELECT * FROM portal_links").all();
    expect(JSON.stringify(results)).not.toContain(token.slice(31));
  });
});

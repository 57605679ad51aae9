/** How sessions live and end. Who may do what in one is in `sign-in.test.ts` and `portal.test.ts`. */
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { everyMinute } from "../../src/cron/every-minute";
import { gatewayOf } from "../../src/env";
import { sha256Hex } from "../../src/security/sha256";
import { watchedDatabase } from "../support/database";
import { call, openGateway } from "../support/gateway";
import { Browser, enter, operator, operatorKey, tenant } from "../support/pages";
import { newAccount } from "../support/tenants";

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const OPERATOR = "__Host-dp_operator";
const TENANT = "__Host-dp_tenant";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() });
});
afterEach(() => {
  vi.useRealTimers();
});

function later(ms: number): void {
  vi.setSystemTime(Date.now() + ms);
}

type Case = {
  browser: Browser;
  name: string;
  home: string;
  signOut: string;
};

async function signedIn(kind: string): Promise<Case> {
  const portal = { name: TENANT, home: "/portal", signOut: "/portal/sign-out" };
  const dashboard = { name: OPERATOR, home: "/dashboard/accounts", signOut: "/dashboard/sign-out" };
  if (kind === "a tenant") return { browser: (await tenant(await newAccount())).browser, ...portal };
  if (kind === "ADMIN_TOKEN") return { browser: await operator(), ...dashboard };
  return { browser: await operator((await operatorKey("admin")).operator_key), ...dashboard };
}

/** Somebody who has a copy of the cookie. */
function copyOf({ browser, name }: Case, door?: Parameters<typeof operator>[1]): Browser {
  const copy = new Browser(door);
  copy.setCookie(name, browser.cookieOf(name));
  return copy;
}

const statusAt = async (browser: Browser, path: string) => (await browser.visit(path)).status;

async function stored(session: string): Promise<Record<string, unknown> | null> {
  return env.DB.prepare("SELECT * FROM sessions WHERE session_hash = ?")
    .bind(await sha256Hex(session))
    .first();
}

describe.each(["ADMIN_TOKEN", "an operator's key", "a tenant"])("a session of %s", (kind) => {
  it("is over with signing out, for whoever kept the cookie too", async () => {
    const one = await signedIn(kind);
    const copy = copyOf(one);
    expect(await statusAt(copy, one.home)).toBe(200);
    expect((await one.browser.send(one.signOut)).status).toBe(303);
    expect([await statusAt(copy, one.home), one.browser.cookieOf(one.name)]).toEqual([303, ""]);
  });

  it("lasts for 12 hours at most, however it is used", async () => {
    const { browser, home } = await signedIn(kind);
    for (let hours = 1; hours <= 11; hours++) {
      later(HOUR_MS);
      expect([hours, await statusAt(browser, home)]).toEqual([hours, 200]);
    }
    later(HOUR_MS - 1);
    expect(await statusAt(browser, home)).toBe(200);
    later(1);
    expect(await statusAt(browser, home)).toBe(303);
  });

  it("is over after two hours without use, and stays so", async () => {
    const { browser, home } = await signedIn(kind);
    later(2 * HOUR_MS - 1);
    expect(await statusAt(browser, home)).toBe(200);
    later(2 * HOUR_MS);
    expect(await statusAt(browser, home)).toBe(303);
    expect(await statusAt(browser, home)).toBe(303);
  });

  it("is replaced when one signs in again, and never that of a cookie that was planted", async () => {
    const one = await signedIn(kind);
    const copy = copyOf(one);
    const planted = one.browser.cookieOf(one.name);
    if (kind === "a tenant") {
      const { url } = await tenant(await newAccount());
      await enter(one.browser, url);
    } else await one.browser.send("/dashboard/sign-in", { key: env.ADMIN_TOKEN });
    expect(one.browser.cookieOf(one.name)).not.toBe(planted);
    expect([await statusAt(one.browser, one.home), await statusAt(copy, one.home)]).toEqual([200, 303]);
  });

  it("is found in one round trip, and its use is written once a minute", async () => {
    const one = await signedIn(kind);
    const session = one.browser.cookieOf(one.name);
    const sessionTrips: number[] = [];
    const DB = watchedDatabase(({ asked }) => {
      const touching = asked.filter(({ sql }) => /update "?sessions/i.test(sql));
      if (touching.length > 0) sessionTrips.push(touching.length);
    });
    const copy = copyOf(one, openGateway({ DB }).door);
    const opened = (await stored(session))?.last_used_at;
    later(MINUTE_MS);
    await copy.visit(one.home);
    expect([sessionTrips, (await stored(session))?.last_used_at]).toEqual([[1], opened]);
    later(1);
    await copy.visit(one.home);
    expect([sessionTrips, (await stored(session))?.last_used_at]).toEqual([[1, 1], Date.now()]);
  });

  it("is stored as its hash, with nothing of the key", async () => {
    const { browser, name } = await signedIn(kind);
    const session = browser.cookieOf(name);
    const { results } = await env.DB.prepare("SELECT * FROM sessions").all();
    expect(await stored(session)).toMatchObject({ created_at: Date.now(), expires_at: Date.now() + 12 * HOUR_MS });
    for (const secret of [session, session.split("_")[1]!, env.ADMIN_TOKEN])
      expect(JSON.stringify(results)).not.toContain(secret);
  });

  it("is not had by a cookie that was changed or made up, which the database is not asked about", async () => {
    const one = await signedIn(kind);
    const session = one.browser.cookieOf(one.name);
    const changed = session.slice(0, 5) + (session[5] === "0" ? "1" : "0") + session.slice(6);
    const earlier = `${btoa(JSON.stringify({ key: "key_1", expiresAt: Date.now() + HOUR_MS }))}.${btoa("x".repeat(32))}`;
    let trips = 0;
    const { door } = openGateway({ DB: watchedDatabase(() => void trips++) });
    for (const made of [changed, session.slice(0, -1), `${session}x`, "dps_", "x", "", encodeURIComponent(earlier)]) {
      const browser = new Browser(door);
      browser.setCookie(one.name, made);
      expect([made, await statusAt(browser, one.home)]).toEqual([made, 303]);
    }
    expect(trips).toBe(0);
  });

  it("survives a new key in front of TOKEN_KEYS, and ends when its own is dropped", async () => {
    const one = await signedIn(kind);
    const other = btoa("another-token-key-0123456789abcdefghij");
    const during = openGateway({ TOKEN_KEYS: `${other},${env.TOKEN_KEYS}` });
    expect(await statusAt(copyOf(one, during.door), one.home)).toBe(200);
    expect(await statusAt(copyOf(one, openGateway({ TOKEN_KEYS: other }).door), one.home)).toBe(303);
  });

  it("is removed by the cron once it has ended, and not before", async () => {
    const { browser, name } = await signedIn(kind);
    const session = browser.cookieOf(name);
    later(12 * HOUR_MS - 1);
    await everyMinute(gatewayOf(env));
    expect(await stored(session)).not.toBeNull();
    later(1);
    await everyMinute(gatewayOf(env));
    expect(await stored(session)).toBeNull();
  });
});

describe("signing out everywhere", () => {
  it.each(["admin", "viewer"] as const)("ends all sessions of the %s's own key and no others", async (role) => {
    const key = (await operatorKey(role)).operator_key;
    const [here, there] = [await operator(key), await operator(key)];
    const others = [await operator((await operatorKey(role)).operator_key), await operator()];
    const form = /action="(\/dashboard\/sign-out-everywhere)"/.exec((await here.visit("/dashboard/keys")).text)?.[1];
    const answer = await here.submit(form!);
    expect(answer.text).toContain("signed out");
    const left = [here, there, ...others].map((browser) => statusAt(browser, "/dashboard/accounts"));
    expect(await Promise.all(left)).toEqual([303, 303, 200, 200]);
    expect(await statusAt(await operator(key), "/dashboard/accounts")).toBe(200);
  });

  it("ends all of ADMIN_TOKEN, those of a key not", async () => {
    const [here, there] = [await operator(), await operator()];
    const other = await operator((await operatorKey("admin")).operator_key);
    await here.submit("/dashboard/sign-out-everywhere");
    const left = [here, there, other].map((browser) => statusAt(browser, "/dashboard/accounts"));
    expect(await Promise.all(left)).toEqual([303, 303, 200]);
  });
});

describe("the sessions of what was revoked", () => {
  it("are gone with a key", async () => {
    const { key_id, operator_key } = await operatorKey("admin");
    const session = (await operator(operator_key)).cookieOf(OPERATOR);
    const other = (await operator()).cookieOf(OPERATOR);
    await call("DELETE", `/keys/${key_id}`);
    expect([await stored(session), await stored(other)]).toEqual([null, expect.anything()]);
  });

  it("are gone with a link, and stay when another account's is to be revoked", async () => {
    const account = await newAccount();
    const [one, other] = [await tenant(account), await tenant(account)];
    const stranger = await newAccount();
    const revoke = (owner: { account_id: string }) =>
      call("DELETE", `/accounts/${owner.account_id}/portal-links/${one.linkId}`);
    expect((await revoke(stranger)).status).toBe(404);
    expect(await statusAt(one.browser, "/portal")).toBe(200);
    expect((await revoke(account)).status).toBe(204);
    expect(await stored(one.browser.cookieOf(TENANT))).toBeNull();
    expect(await statusAt(other.browser, "/portal")).toBe(200);
  });

  it("are gone with an account, those of others are not", async () => {
    const account = await newAccount();
    const [one, other] = [await tenant(account), await tenant(await newAccount())];
    await call("DELETE", `/accounts/${account.account_id}`);
    expect(await stored(one.browser.cookieOf(TENANT))).toBeNull();
    expect(await statusAt(other.browser, "/portal")).toBe(200);
  });
});

describe("a tenant's session", () => {
  it("ends with its link, if that is sooner", async () => {
    const { account_id } = await newAccount();
    const path = `/accounts/${account_id}/portal-links`;
    const { json } = await call<{ url: string }>("POST", path, { expires_in_seconds: 3_600 });
    const { pathname, search } = new URL(json.url);
    const browser = new Browser();
    await enter(browser, pathname + search);
    expect(await stored(browser.cookieOf(TENANT))).toMatchObject({ expires_at: Date.now() + HOUR_MS });
    later(HOUR_MS - 1);
    expect(await statusAt(browser, "/portal")).toBe(200);
    later(1);
    expect(await statusAt(browser, "/portal")).toBe(303);
  });
});

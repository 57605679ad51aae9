/** The pages as a browser without script uses them: links and forms, with the cookies that it was given. */
import { env } from "cloudflare:workers";
import { expect } from "vitest";
import type { Door } from "./client";
import { call, request } from "./gateway";

export type Page = { status: number; text: string; headers: Headers; location: string | null };
export type Fields = Record<string, string | string[]> | [string, string][];

export const ORIGIN = "https://gateway.test";

/** Who goes about in the pages, until the browser is closed. */
export class Browser {
  private readonly cookies = new Map<string, string>();

  constructor(private readonly door?: Door) {}

  get cookie(): string {
    return [...this.cookies].map(([name, value]) => `${name}=${value}`).join("; ");
  }

  setCookie(name: string, value: string): void {
    this.cookies.set(name, value);
  }

  /** The value of a cookie; empty when there is none. */
  cookieOf(name: string): string {
    return this.cookies.get(name) ?? "";
  }

  async visit(path: string, headers: Record<string, string> = {}): Promise<Page> {
    return this.keep(await request("GET", path, { cookie: this.cookie, ...headers }, undefined, this.door));
  }

  /** Sends a form, as a page of ours would. */
  async send(path: string, fields: Fields = {}, headers: Record<string, string> = {}): Promise<Page> {
    const pairs = Array.isArray(fields)
      ? fields
      : Object.entries(fields).flatMap(([name, value]) => [value].flat().map((one): [string, string] => [name, one]));
    const own = { origin: ORIGIN, "content-type": "application/x-www-form-urlencoded", cookie: this.cookie };
    return this.keep(
      await request("POST", path, { ...own, ...headers }, new URLSearchParams(pairs).toString(), this.door),
    );
  }

  /** Sends a form and goes where its answer leads, as a browser does. */
  async submit(path: string, fields: Fields = {}): Promise<Page> {
    const answer = await this.send(path, fields);
    expect(answer.status, answer.text).toBe(303);
    return this.visit(answer.location ?? "");
  }

  private keep({ status, text, headers }: { status: number; text: string; headers: Headers }): Page {
    for (const line of headers.getSetCookie()) {
      const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (/max-age=0/i.test(line)) this.cookies.delete(name);
      else this.cookies.set(name, value);
    }
    return { status, text, headers, location: headers.get("location") };
  }
}

/** An operator who has signed in. */
export async function operator(key: string = env.ADMIN_TOKEN, door?: Door): Promise<Browser> {
  const browser = new Browser(door);
  const answer = await browser.send("/dashboard/sign-in", { key });
  expect([answer.status, answer.location]).toEqual([303, "/dashboard"]);
  return browser;
}

/** A tenant who has come by a link, and the link. */
export async function tenant(
  account: { account_id: string },
  input: Record<string, unknown> = {},
): Promise<{ browser: Browser; linkId: string; url: string }> {
  const made = await call<{ portal_link_id: string; url: string }>(
    "POST",
    `/accounts/${account.account_id}/portal-links`,
    input,
  );
  expect(made.status, made.text).toBe(201);
  const { pathname, search } = new URL(made.json.url);
  const browser = new Browser();
  const answer = await enter(browser, pathname + search);
  expect([answer.status, answer.location]).toEqual([303, "/portal"]);
  return { browser, linkId: made.json.portal_link_id, url: pathname + search };
}

/** Follows a portal link and presses the button of its page, if it has one. */
export async function enter(browser: Browser, url: string): Promise<Page> {
  const page = await browser.visit(url);
  return page.status === 200 ? browser.send("/portal/enter", { link: hiddenIn(page, "link") }) : page;
}

/** A further key, by the API. */
export async function operatorKey(
  role: "admin" | "editor" | "viewer",
  limits: { accounts?: string[]; expires_in_seconds?: number } = {},
): Promise<{ key_id: string; operator_key: string }> {
  const { status, json, text } = await call<{ key_id: string; operator_key: string }>("POST", "/keys", {
    name: `A test's ${role}`,
    role,
    ...limits,
  });
  expect(status, text).toBe(201);
  return json;
}

/** The text of what a page shows this once. */
export function shownOnce(page: Page): string {
  const found = /<p class="secret"><code>([^<]+)<\/code>/.exec(page.text)?.[1];
  if (!found) throw new Error(`nothing is shown once on this page: ${page.status}`);
  return found;
}

/** What is said to be wrong, by the name of the field it stands beside. */
export function errorsIn(page: Page): Record<string, string> {
  const found = page.text.matchAll(/<small id="([^"]+)-error" class="error" role="alert">([^<]*)<\/small>/g);
  return Object.fromEntries([...found].map(([, name, text]) => [name, text]));
}

/** The value of a hidden field, of the first form that has it. */
export function hiddenIn(page: Page, name: string): string {
  const found = new RegExp(`<input type="hidden" name="${name}" value="([^"]*)"`).exec(page.text)?.[1];
  if (found === undefined) throw new Error(`no form here has a hidden ${name}: ${page.status}`);
  return found;
}

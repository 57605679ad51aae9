import { env } from "cloudflare:workers";
import type { z } from "@hono/zod-openapi";
import { describe, expect, it } from "vitest";
import type { TokenSchema } from "../../src/api/accounts/tokens";
import { brokenDatabase } from "../support/database";
import { call, openGateway } from "../support/gateway";
import { Browser, errorsIn, hiddenIn, operator, operatorKey, shownOnce } from "../support/pages";
import { openReceiver } from "../support/receivers";
import { type Account, addDestination, ingest, newAccount, type Page, send, settled, unique } from "../support/tenants";

type Token = z.output<typeof TokenSchema>;

const HOSTILE = `"><script>alert(1)</script><img src=x onerror='alert(2)'>`;

describe("the list of accounts", () => {
  it("finds by name, id and e-mail, and says so when there is none", async () => {
    const browser = await operator();
    const name = unique("Näme");
    const account = await newAccount({ account_name: name, account_id: unique("id") });
    for (const q of [name.toUpperCase().replace("NÄME", "NäME"), account.account_id, account.email.slice(0, 12)]) {
      expect((await browser.visit(`/dashboard/accounts?q=${encodeURIComponent(q)}`)).text).toContain(
        `/dashboard/accounts/${account.account_id}`,
      );
    }
    expect((await browser.visit("/dashboard/accounts?q=nobody-has-this")).text).toContain(
      "contains “<bdi>nobody-has-this</bdi>”",
    );
  });

  it("goes on where its page ends", async () => {
    const browser = await operator();
    const prefix = unique("many");
    for (let i = 0; i < 52; i++) await newAccount({ account_name: `${prefix} ${i}` });
    const first = await browser.visit(`/dashboard/accounts?q=${prefix}`);
    const next = /<a href="([^"]+)" rel="next">/.exec(first.text)?.[1]?.replaceAll("&amp;", "&");
    const second = await browser.visit(next!);
    expect(first.text).toContain(`${prefix} 51<`);
    expect(second.text).toContain(`${prefix} 1<`);
    expect(second.text).not.toContain(`${prefix} 2<`);
    expect(first.text.length).toBeLessThan(30_000);
  });

  it("takes a cursor that is none for the first page", async () => {
    expect((await (await operator()).visit("/dashboard/accounts?cursor=x'--")).status).toBe(200);
  });
});

describe("creating an account", () => {
  it("shows its token once, with a command that works", async () => {
    const browser = await operator();
    const account_id = unique("id");
    const made = await browser.submit("/dashboard/new-account", {
      account_name: "Acme",
      email: `${account_id}@example.com`,
      website: "",
      account_id,
    });
    expect(made.status).toBe(200);
    expect(made.headers.get("cache-control")).toBe("no-store");
    const token = shownOnce(made);
    expect(made.text).toContain("curl https://gateway.test/server/incoming_data");
    expect((await ingest(token, "{}")).status).toBe(200);
    expect((await browser.visit(`/dashboard/accounts/${account_id}`)).text).not.toContain(token);
  });

  it("says beside each field what is wrong, and keeps what was written", async () => {
    const page = await (await operator()).send("/dashboard/new-account", {
      account_name: " ",
      email: "not an address",
      website: "javascript:alert(1)",
      account_id: "a b",
    });
    expect(page.status).toBe(400);
    expect(Object.keys(errorsIn(page)).sort()).toEqual(["account_id", "account_name", "email", "website"]);
    expect(page.text).toContain('value="javascript:alert(1)"');
    expect(page.text).toContain('aria-invalid="true"');
  });

  it("says which of e-mail and id another account has", async () => {
    const browser = await operator();
    const taken = await newAccount();
    const sameMail = await browser.send("/dashboard/new-account", {
      account_name: "A",
      email: taken.email.toUpperCase(),
    });
    expect([sameMail.status, Object.keys(errorsIn(sameMail))]).toEqual([409, ["email"]]);
    const sameId = await browser.send("/dashboard/new-account", {
      account_name: "A",
      email: `${unique("m")}@example.com`,
      account_id: taken.account_id,
    });
    expect([sameId.status, Object.keys(errorsIn(sameId))]).toEqual([409, ["account_id"]]);
  });

  it("takes no name for a page of ours: an account may be called new, or -", async () => {
    const browser = await operator();
    await call("DELETE", "/accounts/new");
    await newAccount({ account_id: "new", account_name: "Its id is new" });
    expect((await browser.visit("/dashboard/accounts/new")).text).toContain("Its id is new");
    await call("DELETE", "/accounts/new");
  });
});

describe("one account", () => {
  it("shows its destinations with their health, its latest events and deliveries", async () => {
    const account = await newAccount();
    const good = await addDestination(account, openReceiver().url);
    const off = await addDestination(account, openReceiver().url, { enabled: false });
    const { event_id } = await send(account, '{"a":1}');
    await settled(event_id);
    const { text, status } = await (await operator()).visit(`/dashboard/accounts/${account.account_id}`);
    expect(status).toBe(200);
    for (const part of [
      good.url,
      off.url,
      event_id,
      "disabled",
      "delivered",
      `/dashboard/destinations/${good.destination_id}`,
    ]) {
      expect(text).toContain(part);
    }
    expect(text.length).toBeLessThan(30_000);
  });

  it("with many destinations shows them page by page", async () => {
    const account = await newAccount();
    const { url } = openReceiver();
    for (let i = 0; i < 27; i++) await addDestination(account, `${url}/${i}-`);
    const browser = await operator();
    const first = await browser.visit(`/dashboard/accounts/${account.account_id}`);
    expect(first.text).toContain("/26-");
    expect(first.text.length).toBeLessThan(30_000);
    const next = /<a href="([^"]+)" rel="next">/.exec(first.text)?.[1];
    const second = await browser.visit(next!);
    for (const there of ["/0-", "/1-"]) expect(second.text).toContain(there);
    expect(second.text).not.toContain("/2-");
  });

  it("without anything says what to do first", async () => {
    const { account_id } = await newAccount();
    const { text } = await (await operator()).visit(`/dashboard/accounts/${account_id}`);
    expect(text).toContain("No destination yet");
    expect(text).toContain("CL-X-TOKEN: $TOKEN");
  });

  it("that is not there is not found, on every page of it", async () => {
    const browser = await operator();
    for (const rest of ["", "/edit", "/token", "/portal-links", "/remove"]) {
      expect([rest, (await browser.visit(`/dashboard/accounts/nobody-${unique()}${rest}`)).status]).toEqual([
        rest,
        404,
      ]);
    }
    for (const rest of ["/edit", "/token", "/portal-links", "/remove"]) {
      const fields = { account_name: "A", email: `${unique("m")}@example.com`, confirm: "x", overlap_seconds: "0" };
      expect([rest, (await browser.send(`/dashboard/accounts/nobody${rest}`, fields)).status]).toEqual([rest, 404]);
    }
  });

  it("is edited", async () => {
    const browser = await operator();
    const { account_id, email } = await newAccount({ website: "https://old.example" });
    const form = await browser.visit(`/dashboard/accounts/${account_id}/edit`);
    expect(form.text).toContain('value="https://old.example"');
    const saved = await browser.send(`/dashboard/accounts/${account_id}/edit`, {
      read_at: hiddenIn(form, "read_at"),
      account_name: "New name",
      email,
      website: "",
      forward_headers: "X-GitHub-Event, ce-*  traceparent,",
    });
    expect([saved.status, saved.location]).toEqual([303, `/dashboard/accounts/${account_id}?done=saved`]);
    const { json } = await call<Account>("GET", `/accounts/${account_id}`);
    expect(json).toMatchObject({ account_name: "New name", email, website: null });
    expect(json.forward_headers).toEqual(["x-github-event", "ce-*", "traceparent"]);
    const again = await browser.visit(`/dashboard/accounts/${account_id}/edit`);
    expect(again.text).toContain('value="x-github-event, ce-*, traceparent"');
    const wrongFields = { account_name: "", email: "x", forward_headers: "Cookie" };
    const wrong = await browser.send(`/dashboard/accounts/${account_id}/edit`, wrongFields);
    expect([wrong.status, Object.keys(errorsIn(wrong)).sort()]).toEqual([
      400,
      ["account_name", "email", "forward_headers"],
    ]);
  });

  it("is not changed back by a form that was opened before somebody else's change", async () => {
    const browser = await operator();
    const { account_id, email } = await newAccount();
    const path = `/dashboard/accounts/${account_id}/edit`;
    const [first, second] = [await browser.visit(path), await browser.visit(path)];
    const fields = { account_name: "Same", email, website: "", forward_headers: "" };
    const moved = { ...fields, email: `${unique("moved")}@example.com`, read_at: hiddenIn(first, "read_at") };
    expect((await browser.send(path, moved)).status).toBe(303);
    for (const read_at of [hiddenIn(second, "read_at"), "", "x"]) {
      const late = await browser.send(path, { ...fields, website: "https://late.example", read_at });
      expect(late.status).toBe(409);
      expect(late.text).toContain("someone else changed this account meanwhile");
      expect(late.text).toContain('value="https://late.example"');
    }
    const { json } = await call<Account>("GET", `/accounts/${account_id}`);
    expect(json).toMatchObject({ email: moved.email, website: null });
  });

  it.each([
    ["0", 401],
    ["3600", 200],
  ])("gets a new token, the old one valid for %s s more", async (overlap_seconds, oldStatus) => {
    const browser = await operator();
    const account = await newAccount();
    const page = await browser.submit(`/dashboard/accounts/${account.account_id}/token`, { overlap_seconds });
    expect((await ingest(shownOnce(page), "{}")).status).toBe(200);
    expect((await ingest(account.app_secret_token, "{}")).status).toBe(oldStatus);
  });

  it("lists its tokens with their ends, and revokes the one that is chosen", async () => {
    const browser = await operator();
    const account = await newAccount();
    const path = `/dashboard/accounts/${account.account_id}`;
    const made = shownOnce(await browser.submit(`${path}/token`, { overlap_seconds: "3600" }));
    const { json } = await call<Page<Token>>("GET", `/accounts/${account.account_id}/tokens`);
    const page = await browser.visit(path);
    for (const token of [made, account.app_secret_token]) {
      expect(page.text).toContain(`<code>…${token.slice(-4)}</code>`);
      expect(page.text).not.toContain(token);
    }
    const old = json.data.find(({ expires_at }) => expires_at !== null);
    expect(page.text).toContain(`<time datetime="${old?.expires_at}">`);
    const revocation = `${path}/tokens/${old?.token_id}/revoke`;
    expect(page.text).toContain(`action="${revocation}"`);
    expect((await browser.submit(revocation)).text).toContain("The token is revoked.");
    expect((await ingest(account.app_secret_token, "{}")).status).toBe(401);
    expect((await ingest(made, "{}")).status).toBe(200);
    expect((await browser.send(revocation)).status).toBe(404);
  });

  it("gets no sixth token, and is told when it can", async () => {
    const browser = await operator();
    const { account_id } = await newAccount();
    const path = `/dashboard/accounts/${account_id}/token`;
    for (let i = 0; i < 4; i++) await browser.submit(path, { overlap_seconds: "604800" });
    const { json } = await call<Page<Token>>("GET", `/accounts/${account_id}/tokens`);
    const refused = await browser.send(path, { overlap_seconds: "3600" });
    expect(refused.status).toBe(409);
    expect(refused.text).toContain("Nothing was changed: the account has 5 tokens that work.");
    const [firstEnd] = json.data.flatMap(({ expires_at }) => expires_at ?? []).sort();
    expect(refused.text).toContain(`or wait until <time datetime="${firstEnd}">`);
    expect((await browser.submit(path, { overlap_seconds: "0" })).status).toBe(200);
  });

  it("is removed only when its name is typed, after saying what goes", async () => {
    const browser = await operator();
    const account = await newAccount({ account_name: "Type me" });
    await addDestination(account, openReceiver().url);
    await settled((await send(account, "{}")).event_id);
    const path = `/dashboard/accounts/${account.account_id}/remove`;
    const asked = await browser.visit(path);
    expect(asked.text).toContain("1 destination and 1 event");
    expect(asked.text).toContain("Type <bdi>Type me</bdi> to confirm");
    const wrong = await browser.send(path, { confirm: "type me" });
    expect([wrong.status, Object.keys(errorsIn(wrong))]).toEqual([400, ["confirm"]]);
    expect((await call("GET", `/accounts/${account.account_id}`)).status).toBe(200);
    const removed = await browser.send(path, { confirm: "Type me" });
    expect([removed.status, removed.location]).toEqual([303, "/dashboard/accounts"]);
    expect((await call("GET", `/accounts/${account.account_id}`)).status).toBe(404);
  });

  it("counts no further than 1,000 events before it goes", async () => {
    const { account_id } = await newAccount();
    await env.DB.prepare(
      `INSERT INTO events (event_id, account, size_bytes, received_at, payload)
       WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1001)
       SELECT 'evt_' || ?1 || i, (SELECT id FROM accounts WHERE account_id = ?1), 2, 0, '{}' FROM n`,
    )
      .bind(account_id)
      .run();
    const page = await (await operator()).visit(`/dashboard/accounts/${account_id}/remove`);
    expect(page.text).toContain("more than 1,000 events");
  });
});

describe("portal links", () => {
  it("are made, shown once, listed and revoked", async () => {
    const browser = await operator();
    const { account_id } = await newAccount();
    const path = `/dashboard/accounts/${account_id}/portal-links`;
    const wrong = await browser.send(path, { name: "x".repeat(101), role: "viewer", single_use: "true" });
    expect([wrong.status, errorsIn(wrong)]).toEqual([400, { name: "Use at most 100 characters." }]);
    expect(wrong.text).toMatch(/value="viewer" selected.*name="single_use" value="true" checked/s);
    const fields = { expires_in_seconds: "3600", name: "Kim", role: "viewer", single_use: "true" };
    const made = await browser.submit(path, fields);
    for (const text of ["<bdi>Kim</bdi>", "<td>viewer</td>", "once only"]) expect(made.text).toContain(text);
    const url = shownOnce(made);
    expect(url).toMatch(/^https:\/\/gateway\.test\/portal\/enter\?link=dpl_/);
    expect(made.text).toContain("in 1 h");
    const list = await browser.visit(path);
    expect(list.text).not.toContain(url);
    const revoke = /action="([^"]+\/revoke)"/.exec(list.text)?.[1];
    const revoked = await browser.send(revoke!);
    expect([revoked.status, revoked.location]).toEqual([303, `${path}?done=revoked`]);
    expect((await browser.visit(path)).text).toContain("No link yet");
    expect((await browser.send(revoke!)).status).toBe(404);
  });

  it("are not revoked through another account", async () => {
    const browser = await operator();
    const [mine, other] = [await newAccount(), await newAccount()];
    const made = await call<{ portal_link_id: string }>("POST", `/accounts/${mine.account_id}/portal-links`, {});
    const path = `/dashboard/accounts/${other.account_id}/portal-links/${made.json.portal_link_id}/revoke`;
    expect((await browser.send(path)).status).toBe(404);
  });
});

describe("keys", () => {
  it("are made, shown once, listed with role and last use, and revoked", async () => {
    const browser = await operator();
    const name = unique("laptop");
    const made = await browser.submit("/dashboard/keys", { name, role: "viewer" });
    const secret = shownOnce(made);
    const user = await operator(secret);
    expect((await user.visit("/dashboard/keys")).text).not.toContain("/revoke");
    const list = (await browser.visit("/dashboard/keys")).text;
    expect(list).not.toContain(secret);
    expect(list).toContain(`Revoke <bdi>${name}</bdi>`);
    const key = /\/dashboard\/keys\/(key_\w+)\/revoke/.exec(list.slice(list.indexOf(name)))?.[1];
    expect((await browser.send(`/dashboard/keys/${key}/revoke`)).location).toBe("/dashboard/keys?done=revoked");
    expect((await user.visit("/dashboard/keys")).status).toBe(303);
    expect((await browser.send(`/dashboard/keys/${key}/revoke`)).status).toBe(404);
  });

  it("say what is wrong beside the field", async () => {
    const page = await (await operator()).send("/dashboard/keys", { name: " ", role: "owner" });
    expect([page.status, Object.keys(errorsIn(page)).sort()]).toEqual([400, ["name", "role"]]);
  });
});

describe("dead letters", () => {
  it("are listed without their payload, and put back", async () => {
    const browser = await operator();
    const secret = unique("payload");
    const id = `ded_01JDQ8XK3V7M9T2B4C6D8F${unique()
      .slice(-4)
      .toUpperCase()
      .replace(/[ILOU]/g, "0")}`;
    await env.DB.prepare(
      "INSERT INTO dead_letters (dead_letter_id, message_id, body, reason, created_at) VALUES (?, ?, ?, ?, ?)",
    )
      .bind(
        id,
        unique("m"),
        JSON.stringify({ accept: { eventId: "evt_1", payload: secret } }),
        "retries_used_up",
        Date.now(),
      )
      .run();
    const { text } = await browser.visit("/dashboard/dead-letters");
    expect(text).toContain(id);
    expect(text).toContain("retries used up");
    expect(text).not.toContain(secret);
    const { door } = openGateway({ QUEUE: undefined });
    const queueless = await (await operator(env.ADMIN_TOKEN, door)).send(`/dashboard/dead-letters/${id}/resend`);
    expect(queueless.location).toBe("/dashboard/dead-letters?done=no_queue");
    const sent: unknown[] = [];
    const queued = openGateway({ QUEUE: { send: async (body: unknown) => void sent.push(body) } });
    const resent = await (await operator(env.ADMIN_TOKEN, queued.door)).send(`/dashboard/dead-letters/${id}/resend`);
    expect(resent.location).toBe("/dashboard/dead-letters?done=resent");
    expect(sent).toHaveLength(1);
    expect((await browser.send(`/dashboard/dead-letters/${id}/resend`)).status).toBe(404);
  });
});

describe("what people write", () => {
  it("is shown as text on every page of an account", async () => {
    const browser = await operator();
    const account = await newAccount({ account_name: HOSTILE, website: "https://x.example/?q=%22%3E<script>" });
    const key = await browser.submit("/dashboard/keys", { name: HOSTILE, role: "viewer" });
    const pages = [
      key,
      await browser.visit(`/dashboard/accounts?q=${encodeURIComponent(HOSTILE)}`),
      ...(await Promise.all(
        ["", "/edit", "/token", "/portal-links", "/remove"].map((rest) =>
          browser.visit(`/dashboard/accounts/${account.account_id}${rest}`),
        ),
      )),
      await browser.send(`/dashboard/accounts/${account.account_id}/remove`, { confirm: HOSTILE + HOSTILE }),
      await browser.send("/dashboard/new-account", { account_name: HOSTILE, email: HOSTILE, account_id: HOSTILE }),
    ];
    for (const page of pages) {
      expect(page.text).not.toMatch(/<script>|<img/);
      expect(page.headers.get("content-security-policy")).toContain("script-src 'self'");
    }
  });
});

describe("a viewer's key", () => {
  it("sees the account and none of its buttons", async () => {
    const { operator_key } = await operatorKey("viewer");
    const browser = await operator(operator_key);
    const account = await newAccount();
    const { text, status } = await browser.visit(`/dashboard/accounts/${account.account_id}`);
    expect(status).toBe(200);
    expect(text).not.toContain("/remove");
    expect(text).not.toContain("new-destination");
    expect(text).toContain(`<code>…${account.app_secret_token.slice(-4)}</code>`);
    expect(text).not.toContain("/revoke");
  });
});

describe("when the database does not answer", () => {
  it("nothing is shown as if it were so", async () => {
    const session = await operator();
    const { door } = openGateway({ DB: brokenDatabase() });
    const browser = new Browser(door);
    browser.setCookie("__Host-dp_operator", session.cookieOf("__Host-dp_operator"));
    const answer = await browser.visit("/dashboard/accounts");
    expect([answer.status, answer.text.includes("The database does not answer")]).toEqual([503, true]);
    const signingIn = await browser.send("/dashboard/sign-in", { key: env.ADMIN_TOKEN });
    expect([signingIn.status, signingIn.headers.getSetCookie()]).toEqual([503, []]);
  });
});

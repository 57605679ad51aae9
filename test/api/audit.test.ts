/** Every change leaves an entry, whoever makes it and wherever: no route and no form can be forgotten. */
import { env } from "cloudflare:workers";
import type { z } from "@hono/zod-openapi";
import { describe, expect, it } from "vitest";
import type { AuditEntrySchema } from "../../src/api/operation/audit";
import { forgetAudit } from "../../src/audit/forget-audit";
import { pages } from "../../src/dashboard/routes";
import { gatewayOf } from "../../src/env";
import { call } from "../support/gateway";
import { household } from "../support/household";
import { Browser, operator, operatorKey, tenant } from "../support/pages";
import { openReceiver } from "../support/receivers";
import { addDestination, newAccount, type Page, unique } from "../support/tenants";
import { BODIES, type Operation, operationsOfApi } from "./operations";

type Entry = z.output<typeof AuditEntrySchema>;
type Home = Awaited<ReturnType<typeof household>>;

// what a filter would let through is only looked at
const MUTATING = (await operationsOfApi()).filter(
  ({ id, guarded, method }) => guarded && method !== "GET" && id !== "testFilter",
);
const FORMS = pages()
  .routes.filter(({ method, path }) => method === "POST" && /^\/(?:dashboard|portal)\//.test(path))
  .map(({ path }) => path)
  .filter((path, i, all) => all.indexOf(path) === i)
  // a theme is nobody else's business
  .filter((path) => !path.endsWith("/theme"));

/** What has to be so before it can be done. */
const BEFORE: Record<string, (home: Home) => Promise<unknown>> = {
  startRecovery: ({ ids }) => call("DELETE", `/recoveries/${ids.recovery_id}`),
  recover: ({ ids }) => call("DELETE", `/recoveries/${ids.recovery_id}`),
  enableDestination: ({ ids }) => call("DELETE", `/destinations/${ids.destination_id}/activation`),
  resumeDestination: ({ ids }) => call("PUT", `/destinations/${ids.destination_id}/pause`),
  resume: ({ ids }) => call("PATCH", `/accounts/${ids.account_id}`, { suspended: true }),
  redeliverDeadLetter: ({ ids }) => deadLetter(ids),
  resend: ({ ids }) => deadLetter(ids),
};

async function deadLetter(ids: Record<string, string>): Promise<void> {
  await env.DB.prepare(
    "INSERT OR REPLACE INTO dead_letters (dead_letter_id, message_id, body, reason, created_at) VALUES (?, ?, '{}', 'failed', 1)",
  )
    .bind(ids.dead_letter_id, unique("message"))
    .run();
}

async function entriesOf(query: Record<string, string>): Promise<Entry[]> {
  const { json } = await call<Page<Entry>>("GET", `/audit?${new URLSearchParams({ limit: "100", ...query })}`);
  return json.data;
}

async function entryOf(answer: { headers: Headers }): Promise<Entry> {
  const requestId = answer.headers.get("x-request-id");
  const found = (await entriesOf({})).filter(({ request_id }) => request_id === requestId);
  expect(found).toHaveLength(1);
  return found[0]!;
}

function filled(path: string, ids: Record<string, string>): string {
  return path.replace(/\{(\w+)\}|:(\w+)/g, (_, one, other) => ids[one ?? other] ?? "unknown");
}

describe("the API", () => {
  it.each(MUTATING)("$method $path leaves an entry", async (operation: Operation) => {
    const home = await household();
    await BEFORE[operation.id]?.(home);
    const body = operation.fields === null ? undefined : BODIES[operation.id]?.(home.ids);
    const answer = await call(operation.method, filled(operation.path, home.ids), body);
    expect([answer.status, answer.text], answer.text).toEqual([expect.toBeOneOf([200, 201, 202, 204]), answer.text]);
    const entry = await entryOf(answer);
    expect(entry.actor).toEqual({ kind: "operator", id: "ADMIN_TOKEN", name: "ADMIN_TOKEN", via: "api", address: "" });
    const gatewayWide = ["createOperatorKey", "revokeOperatorKey", "redeliverDeadLetter"].includes(operation.id);
    if (operation.id !== "createAccount") {
      expect([operation.id, entry.account_id]).toEqual([operation.id, gatewayWide ? null : home.ids.account_id]);
    }
    for (const secret of home.secrets) expect(JSON.stringify(entry)).not.toContain(secret);
  });

  it("says what differs, and of secrets only that they do", async () => {
    const account = await newAccount();
    const receiver = openReceiver();
    const { destination_id } = await addDestination(account, `${receiver.url}?key=s3cr3t-1`, {
      headers: { Authorization: "Bearer s3cr3t-2" },
    });
    const answer = await call("PATCH", `/destinations/${destination_id}`, {
      description: "the new CRM",
      headers: { Authorization: "Bearer s3cr3t-3" },
    });
    const entry = await entryOf(answer);
    expect(entry).toMatchObject({
      action: "destination.changed",
      target: destination_id,
      before: { description: "", headers: { Authorization: "***" } },
      after: { description: "the new CRM", headers: { Authorization: "***" } },
    });
    expect(Object.keys(entry.before ?? {}).sort()).toEqual(["description", "headers"]);
    expect(JSON.stringify(await entriesOf({ account_id: account.account_id }))).not.toContain("s3cr3t");
  });

  it("leaves none where nothing was changed", async () => {
    const { ids, account } = await household();
    const before = await entriesOf({ account_id: account.account_id });
    const refused = [
      await call("PATCH", `/accounts/${ids.account_id}`, { email: "nonsense" }),
      await call("DELETE", `/accounts/${ids.account_id}/tokens/tok_unknown`),
      await call("DELETE", `/accounts/${ids.account_id}/portal-links/lnk_unknown`),
      await call("PATCH", `/destinations/${ids.destination_id}`, { url: "ftp://x" }),
      await call("DELETE", "/keys/key_unknown"),
      await call("PATCH", "/accounts/unknown", { account_name: "x" }),
      await call("DELETE", "/destinations/dst_unknown"),
    ];
    expect(refused.map(({ status }) => status)).toEqual([400, 404, 404, 400, 404, 404, 404]);
    expect(await entriesOf({ account_id: account.account_id })).toEqual(before);
    const ids_ = refused.map(({ headers }) => headers.get("x-request-id"));
    expect((await entriesOf({})).filter(({ request_id }) => ids_.includes(request_id))).toEqual([]);
  });

  it("lists by account, actor, action, target and time, page after page", async () => {
    const { account, ids } = await household();
    const key = await operatorKey("editor");
    const by = { headers: { authorization: `Bearer ${key.operator_key}`, "cf-connecting-ip": "2001:db8::7" } };
    for (const description of ["a", "b", "c"]) {
      await call("PATCH", `/destinations/${ids.destination_id}`, { description }, by);
    }
    const mine = await entriesOf({ actor: key.key_id });
    expect(mine.map(({ after }) => after?.description)).toEqual(["c", "b", "a"]);
    expect(mine[0]?.actor).toMatchObject({ id: key.key_id, name: "A test's editor", address: "2001:db8::7" });
    const first = await call<Page<Entry>>("GET", `/audit?actor=${key.key_id}&limit=2`);
    const second = await call<Page<Entry>>(
      "GET",
      `/audit?actor=${key.key_id}&limit=2&cursor=${first.json.next_cursor}`,
    );
    expect([...first.json.data, ...second.json.data]).toEqual(mine);
    expect(second.json.next_cursor).toBeNull();
    const target = { target: ids.destination_id ?? "", action: "destination.added" };
    expect(await entriesOf(target)).toHaveLength(1);
    expect(await entriesOf({ ...target, from: "2999-01-01T00:00:00Z" })).toEqual([]);
    expect(await entriesOf({ ...target, to: "2020-01-01T00:00:00Z" })).toEqual([]);
    for (const { account_id } of await entriesOf({ account_id: account.account_id })) {
      expect(account_id).toBe(account.account_id);
    }
  });

  it("writes times as the API does", async () => {
    const body = { name: "x", role: "viewer", expires_in_seconds: 3_600 };
    const answer = await call<{ expires_at: string }>("POST", "/keys", body);
    expect((await entryOf(answer)).after?.expires_at).toBe(answer.json.expires_at);
  });

  it("keeps the entries of a removed account, and of a removed key", async () => {
    const { account } = await household();
    await call("DELETE", `/accounts/${account.account_id}`);
    const [last, ...others] = await entriesOf({ account_id: account.account_id });
    expect(last?.action).toBe("account.removed");
    expect(others.length).toBeGreaterThan(3);
  });
});

describe("the pages", () => {
  const fields = (home: Home) => ({
    url: "https://crm.example.com/",
    http_method: "POST",
    enabled: "true",
    email: `${unique("m")}@example.com`,
    account_name: "changed",
    name: "changed",
    role: "viewer",
    overlap_seconds: "3600",
    expires_in_seconds: "3600",
    from: "2020-01-01T00:00",
    delivery_id: home.ids.delivery_id ?? "",
    back: "/",
  });
  /** What a form asks for that only its own page knows. */
  const KNOWN: [RegExp, (home: Home, browser: Browser) => Promise<Record<string, string>>][] = [
    [/\/event-types\/edit$/, async () => ({ event_type: "order.paid", validate: "off", schema: "", example: "" })],
    [/\/event-types\/remove$/, async ({ ids }) => ({ event_type: ids.event_type ?? "" })],
    [/\/deliver$/, async ({ ids }) => ({ destination_id: ids.destination_id ?? "" })],
    [/\/edit$/, async () => ({})],
    [/accounts\/[^/]+\/remove$/, async ({ account }) => ({ confirm: account.account_name ?? "" })],
    [/destinations\/[^/]+\/remove$/, async ({ destination }) => ({ confirm: new URL(destination.url).host })],
    [/\/wipe$/, async ({ ids }) => ({ confirm: (ids.event_id ?? "").slice(-8) })],
    [
      /portal\/enter$/,
      async ({ account }) => {
        const made = await call<{ url: string }>("POST", `/accounts/${account.account_id}/portal-links`, {});
        return { link: new URL(made.json.url).searchParams.get("link") ?? "" };
      },
    ],
    [/sign-in$/, async () => ({ key: env.ADMIN_TOKEN })],
  ];

  it.each(FORMS)("%s leaves an entry", async (path) => {
    const home = await household();
    const isPortal = path.startsWith("/portal");
    const act = path.slice(path.lastIndexOf("/") + 1);
    const stopped = path.includes("/destinations/") ? { enable: "disabled", resume: "paused" }[act] : undefined;
    if (stopped === undefined) await BEFORE[act]?.(home);
    else {
      await env.DB.prepare("UPDATE destinations SET enabled = 0, disabled_reason = ? WHERE destination_id = ?")
        .bind(`${stopped}_by_${isPortal ? "user" : "operator"}`, home.ids.destination_id)
        .run();
    }
    const browser = path.endsWith("/sign-in")
      ? new Browser()
      : isPortal
        ? (await tenant(home.account)).browser
        : await operator();
    const at = filled(path, home.ids);
    const known = (await KNOWN.find(([form]) => form.test(path))?.[1](home, browser)) ?? {};
    const form = at.endsWith("/edit") ? (await browser.visit(at)).text : "";
    const read_at = /name="read_at" value="(\d+)"/.exec(form)?.[1] ?? "";
    const answer = await browser.send(`${at}?account_id=${home.ids.account_id}`, {
      ...fields(home),
      read_at,
      ...known,
    });
    expect([answer.status, errorOf(answer.text)]).toEqual([303, ""]);
    const entry = await entryOf(answer);
    expect([entry.actor.kind, entry.actor.via]).toEqual(isPortal ? ["tenant", "portal"] : ["operator", "dashboard"]);
    for (const secret of home.secrets) expect(JSON.stringify(entry)).not.toContain(secret);
  });

  it("show a tenant the trail of its own account, and nothing of another's or of the gateway", async () => {
    const [own, other] = [await household(), await household()];
    const { browser, linkId } = await tenant(own.account);
    await browser.send(`/portal/destinations/${own.ids.destination_id}/disable`);
    for (const query of ["", `?account_id=${other.account.account_id}`, "?action=key.created"]) {
      const { text } = await browser.visit(`/portal/audit${query}`);
      expect(text).not.toContain(other.ids.destination_id);
      expect(text).not.toContain(other.ids.key_id);
    }
    const { text, status } = await browser.visit("/portal/audit");
    expect(status).toBe(200);
    expect(text).toContain("destination: disabled");
    expect(text).toContain(linkId);
    // of an operator it learns no name and no address
    expect(text).toContain("an operator");
    expect(text).not.toContain("ADMIN_TOKEN");
    expect((await (await operator()).visit(`/dashboard/audit?target=${own.ids.destination_id}`)).text).toContain(
      linkId,
    );
  });
});

describe("the trail", () => {
  it("is append-only, in the database itself", async () => {
    await newAccount();
    await expect(env.DB.prepare("UPDATE audit_entries SET action = 'x'").run()).rejects.toThrow("append-only");
    await expect(env.DB.prepare("DELETE FROM audit_entries").run()).rejects.toThrow("kept for a day");
  });

  it("ends after AUDIT_DAYS, the oldest first", async () => {
    const { account_id } = await newAccount();
    const gateway = gatewayOf({ ...env, AUDIT_DAYS: "30" });
    const day = 86_400_000;
    const old = Date.now() - 40 * day;
    await env.DB.prepare(
      `INSERT INTO audit_entries (entry_id, at, account_id, actor, action, target, request_id)
       VALUES ('aud_00000000000000000000000000', ?, ?, '{}', 'account.changed', ?, 'req_1')`,
    )
      .bind(old, account_id, account_id)
      .run();
    await forgetAudit(gateway, gateway.retention.auditDays);
    expect((await entriesOf({ account_id })).map(({ action }) => action)).toEqual(["account.created"]);
  });
});

function errorOf(text: string): string {
  return /class="(?:notice bad|error)"[^>]*>([^<]*)</.exec(text)?.[1] ?? "";
}

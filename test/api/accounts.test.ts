import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { call } from "../support/gateway";
import { githubPayload } from "../support/github";
import { openReceiver } from "../support/receivers";
import {
  type Account,
  addDestination,
  type Destination,
  type Event,
  newAccount,
  type Page,
  send,
  settled,
  unique,
} from "../support/tenants";

const RFC_3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const NOT_STRINGS = [null, 17, true, {}, ["a"]];

const valid = () => ({ email: `${unique("mail")}@example.com`, account_name: "Acme" });

describe("POST /accounts", () => {
  it("makes an account whose token is shown this once", async () => {
    const input = {
      email: `Ops+${unique("x")}@Example.com`,
      account_name: "Acme & Söhne",
      website: "https://acme.example/a?b=c",
      forward_headers: [],
      public_headers: [],
      rate_limit: null,
      event_type_path: null,
      event_type_header: null,
    };
    const { status, json } = await call<Account>("POST", "/accounts", input);
    expect(status).toBe(201);
    expect(json).toEqual({
      ...input,
      account_id: expect.stringMatching(/^acc_[0-9A-Z]{26}$/),
      suspended_at: null,
      created_at: expect.stringMatching(RFC_3339),
      updated_at: json.created_at,
      app_secret_token: expect.stringMatching(new RegExp(`^dp_${json.account_id}_`)),
    });
    const read = await call<Account>("GET", `/accounts/${json.account_id}`);
    const { app_secret_token: _, ...shown } = json;
    expect(read.json).toEqual({ ...shown, destinations: [] });
  });

  it("takes the id that it is given, and leaves out the website", async () => {
    const account_id = unique("Acme_-");
    const account = await newAccount({ account_id });
    expect(account).toMatchObject({ account_id, website: null });
    await send(account, "{}");
  });

  it("takes an id of 64 characters, whose token works", async () => {
    await send(await newAccount({ account_id: unique("i").padEnd(64, "_") }), "{}");
  });

  it.each<[string, Record<string, unknown>, string[]]>([
    ["nothing", { email: undefined, account_name: undefined }, ["email", "account_name"]],
    ...NOT_STRINGS.map((value): [string, Record<string, unknown>, string[]] => [
      `${JSON.stringify(value)} everywhere`,
      { email: value, account_name: value, account_id: value, website: value ?? 1 },
      ["email", "account_name", "website", "account_id"],
    ]),
    ...[
      "",
      "acme",
      "@example.com",
      "a b@example.com",
      "a@example.com\n<script>",
      "a@localhost",
      "a@b..c",
      "a\u200b@example.com",
      `${"x".repeat(250)}@example.com`,
    ].map((email): [string, Record<string, unknown>, string[]] => [
      `the e-mail ${email.slice(0, 20)}`,
      { email },
      ["email"],
    ]),
    ...["", "   ", "x".repeat(201), "two\nlines", "a\0b", "a\u2028b"].map(
      (account_name): [string, Record<string, unknown>, string[]] => [
        `the name ${account_name.slice(0, 9)}`,
        { account_name },
        ["account_name"],
      ],
    ),
    ...["", "acme", "ftp://acme.example", "javascript:alert(1)", `https://acme.example/${"x".repeat(2_048)}`].map(
      (website): [string, Record<string, unknown>, string[]] => [
        `the website ${website.slice(0, 20)}`,
        { website },
        ["website"],
      ],
    ),
    ...["", "a b", "ä", "a/b", "../x", "a%2fb", "a.b", "x".repeat(65), "' OR 1=1 --"].map(
      (account_id): [string, Record<string, unknown>, string[]] => [
        `the id ${account_id.slice(0, 9)}`,
        { account_id },
        ["account_id"],
      ],
    ),
  ])("refuses %s, and names the fields", async (_what, fault, paths) => {
    const { status, json } = await call("POST", "/accounts", { ...valid(), ...fault });
    expect([status, json.code]).toEqual([400, "invalid_input"]);
    expect(json.errors.map(({ path }) => path).sort()).toEqual(paths.sort());
    for (const { message } of json.errors) expect(message).toMatch(/^\S.{5,}/);
  });

  it("refuses an e-mail that another account has, in any case", async () => {
    const email = `${unique("ops")}@example.com`;
    await newAccount({ email });
    for (const same of [email, email.toUpperCase(), ` ${email} `]) {
      const { status, json } = await call("POST", "/accounts", { ...valid(), email: same });
      expect([status, json.code, json.errors[0]?.path]).toEqual([409, "email_taken", "email"]);
    }
  });

  it("refuses an id that another account has", async () => {
    const { account_id } = await newAccount();
    const { status, json } = await call("POST", "/accounts", { ...valid(), account_id });
    expect([status, json.code, json.errors[0]?.path]).toEqual([409, "account_id_taken", "account_id"]);
  });

  it("gives one of ten that ask for the same e-mail at the same time the account", async () => {
    const body = valid();
    const answers = await Promise.all(Array.from({ length: 10 }, () => call("POST", "/accounts", body)));
    expect(answers.map(({ status }) => status).sort()).toEqual([201, ...Array(9).fill(409)]);
  });
});

describe("every route that takes a body", () => {
  const routes = async () => {
    const account = await newAccount();
    const { destination_id } = await addDestination(account, openReceiver().url);
    return [
      ["POST", "/accounts"],
      ["PUT", `/accounts/${account.account_id}`],
      ["PATCH", `/accounts/${account.account_id}`],
      ["POST", `/accounts/${account.account_id}/tokens`],
      ["POST", `/accounts/${account.account_id}/destinations`],
      ["POST", "/destinations"],
      ["PUT", `/destinations/${destination_id}`],
      ["PATCH", `/destinations/${destination_id}`],
      ["POST", `/destinations/${destination_id}/secrets`],
    ] as const;
  };
  const expectAll = async (body: unknown, headers: Record<string, string>, expected: [number, string]) => {
    for (const [method, path] of await routes()) {
      const { status, json } = await call(method, path, body, { headers });
      expect([method, path, status, json?.code]).toEqual([method, path, ...expected]);
    }
  };

  it.each(["{", "", "{'a':1}"])("refuses %j as no JSON", (body) => expectAll(body, {}, [400, "invalid_json"]));

  it.each(["[]", "null", '"x"', "17"])("refuses %s, which is no object", (body) =>
    expectAll(body, {}, [400, "invalid_input"]),
  );

  it.each(["text/plain", "application/x-www-form-urlencoded", "text/json"])("refuses %s", (type) =>
    expectAll("{}", { "content-type": type }, [415, "not_json"]),
  );

  it("refuses more than could make sense", () =>
    expectAll(JSON.stringify({ description: "x".repeat(200_000) }), {}, [413, "body_too_large"]));
});

describe("PUT and PATCH /accounts/{account_id}", () => {
  it("PUT replaces everything: what is left out is empty", async () => {
    const account = await newAccount({ website: "https://acme.example" });
    const input = valid();
    const { status, json } = await call<Account>("PUT", `/accounts/${account.account_id}`, input);
    expect(status).toBe(200);
    expect(json).toMatchObject({
      ...input,
      website: null,
      account_id: account.account_id,
      created_at: account.created_at,
    });
    expect(json).not.toHaveProperty("app_secret_token");
    await send(account, "{}");
  });

  it("PATCH changes what it names, and null removes", async () => {
    const account = await newAccount({ website: "https://acme.example" });
    const path = `/accounts/${account.account_id}`;
    const named = await call<Account>("PATCH", path, { account_name: "New" });
    expect(named.json).toMatchObject({ account_name: "New", email: account.email, website: "https://acme.example" });
    const merge = { headers: { "content-type": "application/merge-patch+json" } };
    const cleared = await call<Account>("PATCH", path, { website: null }, merge);
    expect(cleared.json).toMatchObject({ account_name: "New", website: null });
    const nothing = await call<Account>("PATCH", path, {});
    expect(nothing.json).toEqual({ ...cleared.json, updated_at: nothing.json.updated_at });
  });

  it("PATCH does not remove what must be there", async () => {
    const { account_id } = await newAccount();
    const { status, json } = await call("PATCH", `/accounts/${account_id}`, { email: null, account_name: null });
    expect([status, json.errors.map(({ path }) => path)]).toEqual([400, ["email", "account_name"]]);
  });

  it("neither moves the id", async () => {
    const account = await newAccount();
    for (const method of ["PUT", "PATCH"]) {
      const body = { ...valid(), account_id: unique("other") };
      await call(method, `/accounts/${account.account_id}`, body);
      expect((await call("GET", `/accounts/${body.account_id}`)).status).toBe(404);
      expect((await call("GET", `/accounts/${account.account_id}`)).status).toBe(200);
    }
  });

  it("both refuse another account's e-mail, and let one keep its own", async () => {
    const [one, other] = [await newAccount(), await newAccount()];
    for (const method of ["PUT", "PATCH"]) {
      const taken = await call(method, `/accounts/${one.account_id}`, { ...valid(), email: other.email.toUpperCase() });
      expect([taken.status, taken.json.code]).toEqual([409, "email_taken"]);
      const own = await call(method, `/accounts/${one.account_id}`, {
        email: one.email.toUpperCase(),
        account_name: "A",
      });
      expect(own.status).toBe(200);
    }
  });
});

describe("GET /accounts", () => {
  it("lists newest first, in pages that neither lose nor repeat one", async () => {
    const mark = unique("page");
    const made: string[] = [];
    for (let i = 0; i < 5; i++) made.unshift((await newAccount({ account_name: `${mark} ${i}` })).account_id);
    const seen: string[] = [];
    for (let cursor = ""; ; ) {
      const page = await call<Page<Account>>("GET", `/accounts?q=${mark}&limit=2${cursor}`);
      seen.push(...page.json.data.map(({ account_id }) => account_id));
      expect(page.json.data.length).toBeLessThanOrEqual(2);
      if (page.json.next_cursor === null) break;
      cursor = `&cursor=${encodeURIComponent(page.json.next_cursor)}`;
    }
    expect(seen).toEqual(made);
  });

  it("finds by id, name and e-mail without regard to case, and takes % and _ for what they are", async () => {
    const mark = unique("find");
    const account = await newAccount({
      account_id: `ID-${mark}`,
      account_name: `100%_${mark}`,
      email: `${mark}@Mail.example`,
    });
    const idsOf = async (q: string) => {
      const { json } = await call<Page<Account>>("GET", `/accounts?q=${encodeURIComponent(q)}`);
      return json.data.map(({ account_id }) => account_id);
    };
    for (const q of [`id-${mark}`, `100%_${mark.toUpperCase()}`, `${mark}@mail`])
      expect(await idsOf(q)).toEqual([account.account_id]);
    expect(await idsOf(`1%${mark}`)).toEqual([]);
    expect(await idsOf("' OR '1'='1")).toEqual([]);
  });

  it.each([
    ["Österreichische Post", "österreichische", "ÖSTERREICHISCHE"],
    ["Яндекс Такси", "яндекс", "ТАКСИ"],
    ["Café", "Cafe\u0301", "CAFÉ"],
    ["ΑΘΗΝΑ", "ΑΘΗΝΑ", "αθηνα"],
  ])(
    "finds %s by its name as it is written, in either case, also when it was changed or is from before",
    async (name, ...asked) => {
      const mark = unique("name");
      const renamed = await newAccount({ account_name: mark });
      const old = await newAccount({ account_name: `${name} ${mark}` });
      const created = await newAccount({ account_name: `${name} ${mark}` });
      await call("PUT", `/accounts/${renamed.account_id}`, { email: renamed.email, account_name: `${name} ${mark}` });
      await env.DB.prepare("UPDATE accounts SET name_key = NULL WHERE account_id = ?").bind(old.account_id).run();
      for (const q of [name, ...asked]) {
        const { json } = await call<Page<Account>>("GET", `/accounts?q=${encodeURIComponent(q)}`);
        const ids = json.data.map(({ account_id }) => account_id);
        expect([q, ids]).toEqual([q, expect.arrayContaining([created, old, renamed].map((one) => one.account_id))]);
      }
    },
  );

  it.each(["limit=0", "limit=101", "limit=x", "limit=1.5", "cursor=x", "cursor=-1", `q=${"x".repeat(201)}`])(
    "refuses ?%.20s",
    async (query) => {
      const { status, json } = await call("GET", `/accounts?${query}`);
      expect([status, json.code, json.errors[0]?.path]).toEqual([400, "invalid_input", query.split("=")[0]]);
    },
  );
});

describe("an unknown account", () => {
  it.each(["nobody", "..%2Fhealth", "a%00b", "%F0%9F%92%A9", "x".repeat(5_000), "' OR 1=1 --", "%"])(
    "%.20s is 404 for everything",
    async (id) => {
      for (const [method, suffix, body] of [
        ["GET", ""],
        ["PUT", "", valid()],
        ["PATCH", "", {}],
        ["DELETE", ""],
        ["POST", "/tokens", {}],
        ["GET", "/tokens"],
        ["DELETE", "/tokens/tok_01JDQ8XK3V7M9T2B4C6D8F0GHJ"],
        ["GET", "/destinations"],
        ["POST", "/destinations", { url: openReceiver().url, http_method: "POST", headers: {} }],
      ] as const) {
        const { status, json } = await call(method, `/accounts/${id}${suffix}`, body);
        expect([method, suffix, status, json.code]).toEqual([method, suffix, 404, "not_found"]);
      }
    },
  );
});

describe("DELETE /accounts/{account_id}", () => {
  it("takes destinations, events and deliveries along, for everyone and at once", async () => {
    const account = await newAccount();
    const destination = await addDestination(account, openReceiver().url);
    const event = await settled((await send(account, githubPayload("star"))).event_id);
    const { status, text } = await call("DELETE", `/accounts/${account.account_id}`);
    expect([status, text]).toEqual([204, ""]);
    for (const path of [
      `/accounts/${account.account_id}`,
      `/accounts/${account.account_id}/destinations`,
      `/destinations/${destination.destination_id}`,
      `/events/${event.event_id}`,
      `/deliveries/${event.deliveries[0]!.delivery_id}`,
    ]) {
      expect([path, (await call("GET", path)).status]).toEqual([path, 404]);
    }
    expect(await listed(account)).toEqual({ events: [], deliveries: [], destinations: [] });
    expect((await call("DELETE", `/accounts/${account.account_id}`)).status).toBe(404);
  });

  it("frees the id and the e-mail at once, and the new account starts with nothing", async () => {
    const account = await newAccount({ account_id: unique("free") });
    await addDestination(account, openReceiver().url);
    await settled((await send(account, "{}")).event_id);
    await call("DELETE", `/accounts/${account.account_id}`);
    const again = await newAccount({ account_id: account.account_id, email: account.email });
    expect(again.app_secret_token).not.toBe(account.app_secret_token);
    expect(await listed(again)).toEqual({ events: [], deliveries: [], destinations: [] });
  });

  it("leaves other accounts alone", async () => {
    const [gone, stays] = [await newAccount(), await newAccount()];
    await addDestination(stays, openReceiver().url);
    const { event_id } = await send(stays, "{}");
    await call("DELETE", `/accounts/${gone.account_id}`);
    expect((await settled(event_id)).delivery_counts.delivered).toBe(1);
  });
});

/** What the lists still show of an account. */
async function listed({ account_id }: Account) {
  const events = await call<Page<Event>>("GET", `/events?account_id=${account_id}`);
  const deliveries = await call<Page<unknown>>("GET", `/deliveries?account_id=${account_id}`);
  const all = await call<Page<Destination>>("GET", "/destinations?limit=100");
  const destinations = all.json.data.filter((destination) => destination.account_id === account_id);
  return { events: events.json.data, deliveries: deliveries.json.data, destinations };
}

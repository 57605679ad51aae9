import { describe, expect, it } from "vitest";
import { call, openGateway } from "../support/gateway";
import { githubPayload } from "../support/github";
import { lastAt, openReceiver } from "../support/receivers";
import {
  addDestination,
  type CreatedDestination,
  type Destination,
  ingest,
  newAccount,
  type Page,
  type Received,
  readDelivery,
  send,
  settled,
  unique,
} from "../support/tenants";

const BODY = githubPayload("issue_comment");
const URL_OK = "https://crm.example/hooks";
const valid = () => ({ url: URL_OK, http_method: "POST", headers: {} });
const strict = openGateway({ ALLOW_PRIVATE_DESTINATIONS: "false" });

async function ownDestination(input: Record<string, unknown> = {}) {
  const account = await newAccount();
  const receiver = openReceiver();
  const destination = await addDestination(account, receiver.url, input);
  const path = `/destinations/${destination.destination_id}`;
  /** What the receiver gets now. */
  const headersSent = async () => {
    await settled((await send(account, BODY)).event_id);
    return Object.fromEntries(lastAt(receiver).headers);
  };
  return { account, receiver, destination, path, headersSent };
}

describe("adding a destination", () => {
  it.each(["/accounts/{}/destinations", "/destinations with account_id", "/destinations with account"])(
    "works at %s",
    async (way) => {
      const { account_id } = await newAccount();
      const field = way.split(" with ")[1];
      const path = field ? "/destinations" : `/accounts/${account_id}/destinations`;
      const input = { ...valid(), http_method: "pAtCh", headers: { "X-Source": "a", Accept: ["b", "c"] } };
      const { status, json } = await call<CreatedDestination>(
        "POST",
        path,
        field ? { ...input, [field]: account_id } : input,
      );
      expect(status).toBe(201);
      expect(json).toMatchObject({
        ...input,
        account_id,
        destination_id: expect.stringMatching(/^dst_[0-9A-Z]{28}$/),
        http_method: "PATCH",
        description: "",
        enabled: true,
        disabled_reason: null,
        timeout_ms: 10_000,
        updated_at: json.created_at,
        signing_secret: expect.stringMatching(/^whsec_[A-Za-z0-9+/]{43}=$/),
      });
      const { signing_secret: _, ...shown } = json;
      expect((await call<Destination>("GET", `/destinations/${json.destination_id}`)).json).toEqual(shown);
      expect((await call<Page<Destination>>("GET", `/accounts/${account_id}/destinations`)).json).toEqual({
        data: [shown],
        next_cursor: null,
      });
    },
  );

  it.each<[string, Record<string, unknown>, string[]]>([
    ["nothing", { url: undefined, http_method: undefined, headers: undefined }, ["url", "http_method", "headers"]],
    ["null everywhere", { url: null, http_method: null, headers: null }, ["url", "http_method", "headers"]],
    ["a list of headers", { headers: [] }, ["headers"]],
    ["a number as header", { headers: { "X-A": 1 } }, ["headers.X-A"]],
    ["a list of numbers as header", { headers: { "X-A": [1] } }, ["headers.X-A"]],
    ["an empty list as header", { headers: { "X-A": [] } }, ["headers.X-A"]],
    ["no method of HTTP", { http_method: "FETCH" }, ["http_method"]],
    ["a method that has no body", { http_method: "HEAD" }, ["http_method"]],
    ["a timeout of 999 ms", { timeout_ms: 999 }, ["timeout_ms"]],
    ["a timeout of 30,001 ms", { timeout_ms: 30_001 }, ["timeout_ms"]],
    ["a timeout as text", { timeout_ms: "5000" }, ["timeout_ms"]],
    ["a long description", { description: "x".repeat(501) }, ["description"]],
    ["a text as switch", { enabled: "false" }, ["enabled"]],
    ["a header twice in different case", { headers: { "X-A": "1", "x-a": "2" } }, ["headers.x-a"]],
    ["a line break in a header", { headers: { "X-A": "a\r\nX-B: c" } }, ["headers.X-A"]],
    ["NUL in a header of a list", { headers: { "X-A": ["a", "b\0"] } }, ["headers.X-A"]],
    ["a space in a header's name", { headers: { "X A": "a" } }, ["headers.X A"]],
    ["no name of a header", { headers: { "": "a" } }, ["headers."]],
    ["33 headers", { headers: Object.fromEntries(Array.from({ length: 33 }, (_, i) => [`X-${i}`, ""])) }, ["headers"]],
    ["33 values of a header", { headers: { "X-A": Array(33).fill("") } }, ["headers"]],
    ["more than 8 KB of headers", { headers: { "X-A": "x".repeat(8_200) } }, ["headers"]],
    ["a mask where nothing is stored", { headers: { Authorization: "***" } }, ["headers.Authorization"]],
    ["a mask in a list where nothing is stored", { headers: { "X-Token": ["a", "***"] } }, ["headers.X-Token"]],
    ...["host", "Content-Length", "connection", "transfer-encoding", "upgrade", "te", "trailer", "keep-alive"].map(own),
    ...["proxy-authorization", "cf-connecting-ip", "CDN-Loop", "webhook-id", "Webhook-Signature"].map(own),
    ...["", "crm", "/hooks", "ftp://crm.example", "javascript:alert(1)", "file:///etc/passwd", "https://"].map(url),
    ...["https://user:pass@crm.example", "https://user@crm.example", `${URL_OK}/${"x".repeat(2_048)}`].map(url),
  ])("refuses %s, and names the field", async (_what, fault, paths) => {
    const { account_id } = await newAccount();
    for (const [path, owner] of [
      [`/accounts/${account_id}/destinations`, {}],
      ["/destinations", { account_id }],
    ] as const) {
      const { status, json } = await call("POST", path, { ...owner, ...valid(), ...fault });
      expect([status, json.code]).toEqual([400, "invalid_input"]);
      expect(json.errors.map((error) => error.path)).toEqual(paths);
    }
    expect((await call<Page<Destination>>("GET", `/accounts/${account_id}/destinations`)).json.data).toEqual([]);
  });

  it("says whose it has to be", async () => {
    const nobody = await call("POST", "/destinations", valid());
    expect([nobody.status, nobody.json.errors.map(({ path }) => path)]).toEqual([400, ["account_id"]]);
    const unknown = await call("POST", "/destinations", { ...valid(), account_id: "nobody" });
    expect([unknown.status, unknown.json.code]).toEqual([404, "not_found"]);
  });

  it("ends at 100, also when two come at the same time, and goes on when one was removed", async () => {
    const account = await newAccount();
    for (let i = 0; i < 99; i++) await addDestination(account, URL_OK);
    const add = () => call<CreatedDestination>("POST", `/accounts/${account.account_id}/destinations`, valid());
    const [one, other] = await Promise.all([add(), add()]);
    expect([one.status, other.status].sort()).toEqual([201, 409]);
    expect((await add()).json).toMatchObject({ code: "too_many_destinations" });
    const added = one.status === 201 ? one : other;
    await call("DELETE", `/destinations/${added.json.destination_id}`);
    expect((await add()).status).toBe(201);
    const { json } = await call<{ destinations: unknown[] }>("GET", `/accounts/${account.account_id}`);
    expect(json.destinations).toHaveLength(100);
  });
});

describe("lists of destinations", () => {
  it("come newest first, in pages that neither lose nor repeat one", async () => {
    const account = await newAccount();
    const made: string[] = [];
    for (let i = 0; i < 5; i++) made.push((await addDestination(account, URL_OK)).destination_id);
    const seen: string[] = [];
    for (let cursor = ""; ; ) {
      const path = `/accounts/${account.account_id}/destinations?limit=2${cursor}`;
      const { json } = await call<Page<Destination>>("GET", path);
      seen.push(...json.data.map(({ destination_id }) => destination_id));
      if (json.next_cursor === null) break;
      cursor = `&cursor=${json.next_cursor}`;
    }
    expect(seen).toEqual(made.sort().reverse());
    const all = await call<Page<Destination>>("GET", "/destinations?limit=5");
    expect(all.json.data.map(({ destination_id }) => destination_id)).toEqual(made);
  });

  it("are empty for an account without any", async () => {
    const { account_id } = await newAccount();
    const { status, json } = await call("GET", `/accounts/${account_id}/destinations`);
    expect([status, json]).toEqual([200, { data: [], next_cursor: null }]);
  });

  it.each(["limit=0", "limit=101", "cursor=x", "cursor=evt_01JDQ8XK3V7M9T2B4C6D8F0GHJ"])(
    "refuse ?%s",
    async (query) => {
      const { account_id } = await newAccount();
      for (const path of ["/destinations", `/accounts/${account_id}/destinations`]) {
        const { status, json } = await call("GET", `${path}?${query}`);
        expect([status, json.errors[0]?.path]).toEqual([400, query.split("=")[0]]);
      }
    },
  );
});

describe("changing a destination", () => {
  const full = {
    http_method: "PUT",
    headers: { "X-Source": "1" },
    description: "d",
    enabled: false,
    timeout_ms: 5_000,
    retry_schedule: [1, 2],
    max_attempts: 2,
  };
  const defaults = { description: "", enabled: true, timeout_ms: 10_000, retry_schedule: null, max_attempts: null };

  it("PUT replaces everything: what is left out has its default, but it is not switched on again", async () => {
    const { path, destination } = await ownDestination(full);
    const { status, json } = await call<Destination>("PUT", path, valid());
    expect(status).toBe(200);
    const kept = { enabled: false, created_at: destination.created_at };
    expect(json).toMatchObject({ ...valid(), ...defaults, ...kept });
    expect((await call("GET", path)).json).toEqual(json);
  });

  it("PUT needs url, http_method and headers", async () => {
    const { path } = await ownDestination();
    const { status, json } = await call("PUT", path, {});
    expect([status, json.errors.map((error) => error.path)]).toEqual([400, ["url", "http_method", "headers"]]);
  });

  it("PATCH changes what it names, and null puts the default in its place", async () => {
    const { path, destination } = await ownDestination(full);
    const { signing_secret: _, ...before } = destination;
    const named = await call<Destination>("PATCH", path, { description: "new" });
    expect(named.json).toEqual({ ...before, description: "new", updated_at: named.json.updated_at });
    const nulls = Object.fromEntries(Object.keys(defaults).map((name) => [name, null]));
    const cleared = await call<Destination>("PATCH", path, nulls);
    expect(cleared.json).toMatchObject({ ...defaults, url: before.url, http_method: "PUT", headers: full.headers });
  });

  it("PATCH merges headers one by one, whatever their case, and null removes one", async () => {
    const { path, headersSent } = await ownDestination({ headers: { "X-Keep": "1", "X-Change": "2", "X-Drop": "3" } });
    const { json } = await call<Destination>("PATCH", path, {
      headers: { "x-change": ["4", "5"], "X-DROP": null, "X-New": "6" },
    });
    expect(json.headers).toEqual({ "X-Keep": "***", "x-change": ["***", "***"], "X-New": "***" });
    const sent = await headersSent();
    expect(sent).toMatchObject({ "x-keep": "1", "x-change": "4, 5", "x-new": "6" });
    expect(sent).not.toHaveProperty("x-drop");
  });

  it.each([
    ["url", { url: null }],
    ["http_method", { http_method: null }],
    ["headers", { headers: null }],
    ["headers.X-A", { headers: { "X-A": 1 } }],
    ["headers.Host", { headers: { Host: "a" } }],
    ["url", { url: "ftp://crm.example" }],
  ])("PATCH refuses a bad %s", async (field, fault) => {
    const { path, destination } = await ownDestination();
    const { status, json } = await call("PATCH", path, fault);
    expect([status, json.errors.map((error) => error.path)]).toEqual([400, [field]]);
    expect((await call<Destination>("GET", path)).json.updated_at).toBe(destination.updated_at);
  });

  it.each(["PUT", "PATCH"])("%s moves it to no other account, and says so", async (method) => {
    const { account, path } = await ownDestination();
    const foreign = {
      account_id: (await newAccount()).account_id,
      destination_id: "dst_x",
      signing_secret: "whsec_AA",
    };
    const { status, json } = await call(method, path, { ...valid(), ...foreign });
    expect([status, json.errors.map((error) => error.path)]).toEqual([400, Object.keys(foreign)]);
    expect((await call<Destination>("GET", path)).json.account_id).toBe(account.account_id);
  });

  it("is switched off and on by its activation, and keeps its history of why", async () => {
    const { account, path, receiver } = await ownDestination();
    const off = await call<Destination>("DELETE", `${path}/activation`);
    expect(off.json).toMatchObject({ enabled: false, disabled_reason: "disabled_by_operator" });
    await settled((await send(account, BODY)).event_id);
    const on = await call<Destination>("PUT", `${path}/activation`);
    expect(on.json).toMatchObject({ enabled: true, disabled_reason: null });
    await settled((await send(account, '"after"')).event_id);
    expect(receiver.arrived.map(({ text }) => text)).toEqual(['"after"']);
  });

  it("is refused when somebody else changed it meanwhile, or wins; it never mixes", async () => {
    const { path } = await ownDestination();
    const change = (n: number) => call<Destination>("PATCH", path, { description: `d${n}`, timeout_ms: 1_000 + n });
    const answers = await Promise.all([1, 2, 3, 4, 5].map(change));
    expect(answers.map(({ status }) => status).filter((status) => status !== 200 && status !== 409)).toEqual([]);
    const { json } = await call<Destination>("GET", path);
    expect(json.description).toBe(`d${json.timeout_ms - 1_000}`);
  });
});

describe("a sensitive header", () => {
  const headers = { Authorization: "Bearer s3cr3t", "X-Api-Key": ["k1", "k2"], "X-Source": "seen" };
  const masked = { Authorization: "***", "X-Api-Key": ["***", "***"], "X-Source": "seen" };

  it("reads *** from the first answer on, and arrives as it is", async () => {
    const { path, destination, headersSent } = await ownDestination({ headers });
    expect(destination.headers).toEqual(masked);
    expect((await call<Destination>("GET", path)).json.headers).toEqual(masked);
    expect(await headersSent()).toMatchObject({ authorization: "Bearer s3cr3t", "x-api-key": "k1, k2" });
  });

  it.each(["PUT", "PATCH"])("keeps what is stored when *** comes back by %s", async (method) => {
    const { path, destination, headersSent } = await ownDestination({ headers });
    const body = { ...valid(), url: destination.url, headers: { authorization: "***", "x-api-key": ["***", "k3"] } };
    expect((await call(method, path, body)).status).toBe(200);
    expect(await headersSent()).toMatchObject({ authorization: "Bearer s3cr3t", "x-api-key": "k1, k3" });
  });

  it("takes a new value, and is gone when PUT leaves it out", async () => {
    const { path, destination, headersSent } = await ownDestination({ headers });
    await call("PUT", path, { ...valid(), url: destination.url, headers: { Authorization: "Bearer new" } });
    const sent = await headersSent();
    expect(sent.authorization).toBe("Bearer new");
    expect(sent).not.toHaveProperty("x-api-key");
  });

  it.each([
    ["PATCH with the URL alone", "PATCH", undefined],
    ["PATCH with ***", "PATCH", masked],
    ["PUT with ***", "PUT", masked],
  ])("does not go to another host by %s", async (_, method, again) => {
    const { path, headersSent } = await ownDestination({ headers });
    const thief = openReceiver();
    const body = { ...(method === "PUT" && valid()), url: thief.url, ...(again && { headers: again }) };
    const { status, json } = await call(method, path, body);
    expect([status, json.code]).toEqual([400, "invalid_input"]);
    expect(json.errors.map((error) => error.path).sort()).toEqual(["headers.Authorization", "headers.X-Api-Key"]);
    expect(await headersSent()).toMatchObject({ authorization: "Bearer s3cr3t" });
    const anew = { Authorization: "Bearer theirs", "X-Api-Key": null };
    const given =
      method === "PUT" ? { ...body, headers: { Authorization: "Bearer theirs" } } : { ...body, headers: anew };
    expect((await call(method, path, given)).status).toBe(200);
    await call("POST", `${path}/tests`);
    expect(lastAt(thief).headers.get("authorization")).toBe("Bearer theirs");
    expect(lastAt(thief).headers.has("x-api-key")).toBe(false);
  });

  it("stays when the URL changes on the same host", async () => {
    const { path, destination, headersSent } = await ownDestination({ headers });
    expect((await call("PATCH", path, { url: `${destination.url}?at=new` })).status).toBe(200);
    expect(await headersSent()).toMatchObject({ authorization: "Bearer s3cr3t" });
  });

  it("refuses *** that stands for nothing", async () => {
    const { path } = await ownDestination({ headers });
    for (const fault of [{ "X-Other-Token": "***" }, { "X-Api-Key": ["***", "***", "***"] }]) {
      const { status, json } = await call("PATCH", path, { headers: fault });
      expect([status, json.errors[0]?.path]).toEqual([400, `headers.${Object.keys(fault)[0]}`]);
    }
  });

  it("reads *** whatever it is called, unless the account says that it is public", async () => {
    const { account, path, headersSent } = await ownDestination({ headers: { "X-Region": "eu", "X-Tenant": "t-1" } });
    expect((await call<Destination>("GET", path)).json.headers).toEqual({ "X-Region": "***", "X-Tenant": "***" });
    await call("PATCH", `/accounts/${account.account_id}`, { public_headers: ["X-Region"] });
    expect((await call<Destination>("GET", path)).json.headers).toEqual({ "X-Region": "eu", "X-Tenant": "***" });
    expect(await headersSent()).toMatchObject({ "x-region": "eu", "x-tenant": "t-1" });
  });

  it.each([["Authorization"], ["X-Api-Key"], ["no name"]])("called %s cannot be made public", async (name) => {
    const { account_id } = await newAccount();
    const { status, json } = await call("PATCH", `/accounts/${account_id}`, { public_headers: ["x-region", name] });
    expect([status, json.errors[0]?.path]).toEqual([400, "public_headers.1"]);
  });
});

describe("a value in the URL's query", () => {
  const withKey = async () => {
    const own = await ownDestination();
    const key = unique("s3cr3t");
    const { json } = await call<Destination>("PATCH", own.path, { url: `${own.destination.url}?key=${key}&v=2` });
    return { ...own, key, shown: json };
  };

  it("reads ***, and arrives as it is", async () => {
    const { path, key, shown, destination, receiver, headersSent } = await withKey();
    expect(shown.url).toBe(`${destination.url}?key=***&v=***`);
    expect((await call<Destination>("GET", path)).json.url).toBe(shown.url);
    await headersSent();
    expect(lastAt(receiver).url.search).toBe(`?key=${key}&v=2`);
  });

  it("stays where *** comes back, and not on another host", async () => {
    const { path, key, shown, destination, receiver, headersSent } = await withKey();
    const put = { ...valid(), url: shown.url.replace("/hook", "/other").replace("v=***", "v=3") };
    expect((await call("PUT", path, put)).status).toBe(200);
    await headersSent();
    expect([lastAt(receiver).url.pathname, lastAt(receiver).url.search]).toEqual(["/other", `?key=${key}&v=3`]);
    const moved = await call("PATCH", path, { url: shown.url.replace(destination.url, openReceiver().url) });
    expect([moved.status, moved.json.errors[0]?.path]).toEqual([400, "url"]);
    const unknown = await call("PATCH", path, { url: `${destination.url}?other=***` });
    expect([unknown.status, unknown.json.errors[0]?.path]).toEqual([400, "url"]);
  });
});

describe("where private destinations are not allowed", () => {
  it.each([
    "http://localhost:8080/a",
    "http://127.0.0.1/",
    "http://2130706433/",
    "http://0x7f.1/",
    "http://[::1]/",
    "http://[::ffff:10.0.0.1]/",
    "http://10.1.2.3/",
    "http://192.168.0.1/",
    "http://169.254.169.254/latest/meta-data/",
    "http://100.64.0.1/",
    "http://intranet/",
    "http://printer.local/",
    "http://web.default.svc/",
    "https://127.0.0.1.nip.io/",
    "http://metadata.google.internal/",
  ])("%s is refused on save, however it is saved", async (url) => {
    const account = await newAccount();
    const { destination_id } = await addDestination(account, URL_OK);
    for (const [method, path] of [
      ["POST", `/accounts/${account.account_id}/destinations`],
      ["PUT", `/destinations/${destination_id}`],
      ["PATCH", `/destinations/${destination_id}`],
    ] as const) {
      const { status, json } = await call(method, path, { ...valid(), url }, strict);
      expect([method, status, json.errors.map((error) => error.path)]).toEqual([method, 400, ["url"]]);
    }
    expect((await call("POST", `/accounts/${account.account_id}/destinations`, { ...valid(), url })).status).toBe(201);
  });

  it("one that was saved while they were is not called, and its delivery says why", async () => {
    const account = await newAccount();
    const allowed = openReceiver(undefined, "com");
    const inside = openReceiver(undefined, "internal");
    await addDestination(account, inside.url);
    await addDestination(account, allowed.url);
    const { json } = await ingest<Received>(account.app_secret_token, BODY, strict);
    const event = await settled(json.event_id);
    expect(event.delivery_counts).toEqual({ pending: 0, delivered: 1, filtered: 0, exhausted: 0, discarded: 1 });
    const refused = event.deliveries.find(({ state }) => state === "discarded")!;
    expect(refused.reason).toBe("unsendable");
    const { attempts } = await readDelivery(refused.delivery_id);
    expect(attempts).toMatchObject([
      { outcome: "unsendable", status_code: null, detail: expect.stringContaining(".internal") },
    ]);
    expect([inside.arrived.length, allowed.arrived.length]).toEqual([0, 1]);
  });
});

describe("an unknown destination", () => {
  it.each(["dst_01JDQ8XK3V7M9T2B4C6D8F0GHJ", "nobody", "..%2Faccounts", "%00", "x".repeat(5_000)])(
    "%.30s is 404 for everything",
    async (id) => {
      for (const [method, suffix, body] of [
        ["GET", ""],
        ["PUT", "", valid()],
        ["PATCH", "", {}],
        ["DELETE", ""],
        ["PUT", "/activation"],
        ["DELETE", "/activation"],
        ["POST", "/secrets", {}],
      ] as const) {
        const { status, json } = await call(method, `/destinations/${id}${suffix}`, body);
        expect([method, suffix, status, json.code]).toEqual([method, suffix, 404, "not_found"]);
      }
    },
  );

  it("is also one that was removed; what it got stays on record", async () => {
    const { account, path } = await ownDestination();
    const { event_id } = await settled((await send(account, BODY)).event_id);
    expect((await call("DELETE", path)).status).toBe(204);
    expect([(await call("GET", path)).status, (await call("DELETE", path)).status]).toEqual([404, 404]);
    expect((await settled(event_id)).delivery_counts.delivered).toBe(1);
  });
});

function own(name: string): [string, Record<string, unknown>, string[]] {
  return [`the header ${name}, which is not to be set`, { headers: { [name]: "a" } }, [`headers.${name}`]];
}

function url(text: string): [string, Record<string, unknown>, string[]] {
  return [`the URL ${text.slice(0, 40)}`, { url: text }, ["url"]];
}

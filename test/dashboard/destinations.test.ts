import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { firstIdAt } from "../../src/vocabulary/ids";
import { call, openGateway } from "../support/gateway";
import { errorsIn, type Fields, operator, operatorKey, type Page, shownOnce, tenant } from "../support/pages";
import { lastAt, openReceiver } from "../support/receivers";
import {
  type Account,
  addDestination,
  type DeliveryWithAttempts,
  type Destination,
  newAccount,
  readDelivery,
  send,
  settled,
  unique,
} from "../support/tenants";

const HOSTILE = `"><script>alert(1)</script>`;

type Row = [name: string, value: string, at?: string];

/** The form as a person fills it in; rows go one after the other. */
function filled(url: string, rows: Row[] = [], fields: Record<string, string> = {}): [string, string][] {
  const all = {
    url,
    http_method: "POST",
    description: "",
    enabled: "true",
    timeout_ms: "",
    retry_schedule: "",
    max_attempts: "",
    ...fields,
  };
  return [...Object.entries(all), ...rowFields([...rows, ["", ""], ["", ""]])];
}

function rowFields(rows: Row[]): [string, string][] {
  return rows.flatMap(([name, value, at = ""]): [string, string][] => [
    ["header_name", name],
    ["header_value", value],
    ["header_at", at],
  ]);
}

/** What a form of a page holds, as a browser would send it back unchanged. */
function formIn(page: Page): [string, string][] {
  const form = /<form method="post" class="form">([\s\S]*?)<\/form>/.exec(page.text)?.[1] ?? "";
  const plain = (text: string) =>
    text
      .replaceAll("&quot;", '"')
      .replaceAll("&lt;", "<")
      .replaceAll("&gt;", ">")
      .replaceAll("&#39;", "'")
      .replaceAll("&amp;", "&");
  const fields: [string, string][] = [];
  for (const [tag] of form.matchAll(/<input[^>]*>/g)) {
    const name = / name="([^"]*)"/.exec(tag)?.[1];
    const isOff = tag.includes('type="checkbox"') && !tag.includes("checked");
    if (name && !isOff) fields.push([name, plain(/ value="([^"]*)"/.exec(tag)?.[1] ?? "")]);
  }
  const method = /<option value="([A-Z]+)" selected/.exec(form)?.[1];
  return method ? [...fields, ["http_method", method]] : fields;
}

async function readDestination(id: string): Promise<Destination> {
  return (await call<Destination>("GET", `/destinations/${id}`)).json;
}

async function added(account: Account, fields: Fields): Promise<{ page: Page; id: string }> {
  const page = await (await operator()).submit(`/dashboard/new-destination?account_id=${account.account_id}`, fields);
  return { page, id: /\/dashboard\/destinations\/(dst_\w+)\/test/.exec(page.text)?.[1] ?? "" };
}

/** A destination that failed so often that its deliveries wait. */
async function failing() {
  const account = await newAccount();
  const receiver = openReceiver(() => new Response("no", { status: 500 }));
  const destination = await addDestination(account, receiver.url, { max_attempts: 1 });
  const { door, idle } = openGateway();
  for (let i = 0; i < 6; i++) {
    await send(account, "{}", { door });
    await idle();
  }
  return destination;
}

describe("adding a destination", () => {
  it("shows its signing secret once, and stores every field", async () => {
    const account = await newAccount();
    const { url } = openReceiver();
    const { page, id } = await added(
      account,
      filled(
        url,
        [
          ["X-One", "1"],
          ["X-Many", "a"],
          ["x-many", "b"],
          ["Authorization", "Bearer s3cr3t"],
        ],
        {
          http_method: "PUT",
          description: "Orders",
          timeout_ms: "5000",
          retry_schedule: "5, 60,300",
          max_attempts: "3",
        },
      ),
    );
    expect(shownOnce(page)).toMatch(/^whsec_/);
    expect(page.text).not.toContain("s3cr3t");
    expect(await readDestination(id)).toMatchObject({
      account_id: account.account_id,
      url,
      http_method: "PUT",
      headers: { "X-One": "***", "X-Many": ["***", "***"], Authorization: "***" },
      description: "Orders",
      enabled: true,
      timeout_ms: 5000,
      retry_schedule: [5, 60, 300],
      max_attempts: 3,
    });
    await settled((await send(account, "{}")).event_id);
  });

  it("takes the defaults for what is left empty", async () => {
    const { id } = await added(await newAccount(), filled(openReceiver().url));
    expect(await readDestination(id)).toMatchObject({
      headers: {},
      timeout_ms: 10_000,
      retry_schedule: null,
      max_attempts: null,
    });
  });

  it("says everything that is wrong at once, each beside its field, and keeps what was written", async () => {
    const { account_id } = await newAccount();
    const page = await (await operator()).send(
      `/dashboard/new-destination?account_id=${account_id}`,
      filled(
        "ftp://x",
        [
          ["Bad name", "1"],
          ["Host", "2"],
          ["", "nameless"],
          ["X-Ok", "3"],
        ],
        {
          http_method: "HEAD",
          description: "x".repeat(501),
          timeout_ms: "soon",
          retry_schedule: "5, later",
          max_attempts: "0",
        },
      ),
    );
    expect(page.status).toBe(400);
    expect(Object.keys(errorsIn(page)).sort()).toEqual(
      [
        "url",
        "http_method",
        "header-0",
        "header-1",
        "header-2",
        "description",
        "timeout_ms",
        "retry_schedule",
        "max_attempts",
      ].sort(),
    );
    for (const value of ["ftp://x", "Bad name", "nameless", "soon", "5, later"])
      expect(page.text).toContain(`value="${value}"`);
  });

  it.each([
    ["http://127.0.0.1/", "false"],
    ["http://localhost:9000/", "false"],
    ["https://user:pass@crm.example/", "true"],
  ])("refuses %s beside the field", async (url, ALLOW_PRIVATE_DESTINATIONS) => {
    const { account_id } = await newAccount();
    const { door } = openGateway({ ALLOW_PRIVATE_DESTINATIONS });
    const browser = await operator(undefined, door);
    const page = await browser.send(`/dashboard/new-destination?account_id=${account_id}`, filled(url));
    expect([page.status, Object.keys(errorsIn(page))]).toEqual([400, ["url"]]);
  });

  it("refuses *** where nothing is stored", async () => {
    const { account_id } = await newAccount();
    const rows: Row[] = [["Authorization", "***", "0"]];
    const page = await (await operator()).send(
      `/dashboard/new-destination?account_id=${account_id}`,
      filled(openReceiver().url, rows),
    );
    expect([page.status, Object.keys(errorsIn(page))]).toEqual([400, ["header-0"]]);
  });

  it("to no account, or one that is not there, is not found", async () => {
    const browser = await operator();
    expect((await browser.visit("/dashboard/new-destination")).status).toBe(404);
    expect(
      (await browser.send("/dashboard/new-destination?account_id=nobody", filled(openReceiver().url))).status,
    ).toBe(404);
  });

  it("always has three empty rows more", async () => {
    const { account_id } = await newAccount();
    const page = await (await operator()).visit(`/dashboard/new-destination?account_id=${account_id}`);
    expect(page.text.match(/name="header_name"/g)).toHaveLength(3);
  });
});

describe("editing a destination", () => {
  it("changes nothing when the form is sent back as it came", async () => {
    const account = await newAccount();
    const receiver = openReceiver();
    const headers = { Authorization: "Bearer first", "X-Api-Key": ["first-key", "second-key"], "X-Plain": ["a", "b"] };
    const { destination_id } = await addDestination(account, receiver.url, {
      headers,
      max_attempts: 2,
      description: "<b>",
    });
    const before = await readDestination(destination_id);
    const browser = await operator();
    const path = `/dashboard/destinations/${destination_id}/edit`;
    const form = await browser.visit(path);
    for (const secret of ["Bearer first", "first-key", "second-key"]) expect(form.text).not.toContain(secret);
    const saved = await browser.send(path, formIn(form));
    expect([saved.status, saved.location]).toEqual([303, `/dashboard/destinations/${destination_id}?done=saved`]);
    const after = await readDestination(destination_id);
    expect({ ...after, updated_at: null }).toEqual({ ...before, updated_at: null });
    await settled((await send(account, "{}")).event_id);
    expect(lastAt(receiver).headers.get("authorization")).toBe("Bearer first");
    expect(lastAt(receiver).headers.get("x-api-key")).toBe("first-key, second-key");
  });

  it("to another host asks for its secrets anew, then offers to rotate the signing secret", async () => {
    const account = await newAccount();
    const headers = { Authorization: "Bearer s3cr3t", "X-Source": "shop" };
    const { destination_id } = await addDestination(account, openReceiver().url, { headers });
    const browser = await operator();
    const path = `/dashboard/destinations/${destination_id}/edit`;
    const thief = openReceiver();
    const form = formIn(await browser.visit(path)).filter(([name]) => name !== "url");
    const asked = await browser.send(path, [...form, ["url", thief.url]]);
    expect(asked.status).toBe(400);
    expect(Object.values(errorsIn(asked))).toEqual([expect.stringContaining("Give the value anew")]);
    expect(asked.text).not.toContain("s3cr3t");
    const [, read_at] = form.find(([name]) => name === "read_at")!;
    const rows: Row[] = [
      ["Authorization", "Bearer theirs"],
      ["X-Source", "shop", "0"],
    ];
    const saved = await browser.send(path, filled(thief.url, rows, { read_at }));
    expect([saved.status, saved.location]).toEqual([303, `/dashboard/destinations/${destination_id}?done=moved`]);
    expect((await browser.visit(saved.location!)).text).toContain(
      `<a href="/dashboard/destinations/${destination_id}/secret">Rotate the signing secret</a>, unless both are yours`,
    );
    await settled((await send(account, "{}")).event_id);
    expect(lastAt(thief).headers.get("authorization")).toBe("Bearer theirs");
  });

  it("keeps each secret with its row, when a row before it is removed", async () => {
    const account = await newAccount();
    const receiver = openReceiver();
    const headers = { "X-Api-Key": ["k1", "k2", "k3"] };
    const { destination_id } = await addDestination(account, receiver.url, { headers });
    const browser = await operator();
    const path = `/dashboard/destinations/${destination_id}/edit`;
    const [, read_at] = formIn(await browser.visit(path)).find(([name]) => name === "read_at")!;
    const rows: Row[] = [
      ["X-API-KEY", "***", "1"],
      ["X-Api-Key", "new"],
      ["X-Api-Key", "***", "0"],
    ];
    await browser.send(path, filled(receiver.url, rows, { read_at }));
    await settled((await send(account, "{}")).event_id);
    expect(lastAt(receiver).headers.get("x-api-key")).toBe("k2, new, k1");
  });

  it("never lets a secret out under another name", async () => {
    const receiver = openReceiver();
    const account = await newAccount();
    const { destination_id } = await addDestination(account, receiver.url, {
      headers: { Authorization: "Bearer s3cr3t" },
    });
    const browser = await operator();
    const path = `/dashboard/destinations/${destination_id}/edit`;
    const [, read_at] = formIn(await browser.visit(path)).find(([name]) => name === "read_at")!;
    const renamed = await browser.send(path, filled(receiver.url, [["X-Source", "***", "0"]], { read_at }));
    expect(renamed.status).toBe(303);
    expect((await readDestination(destination_id)).headers).toEqual({ "X-Source": "***" });
    const refused = await browser.send(path, [
      ...formIn(await browser.visit(path)),
      ["header_name", "X-Plain"],
      ["header_value", "***"],
      ["header_at", "0"],
    ]);
    expect(refused.status).toBe(400);
    const page = await browser.visit(`/dashboard/destinations/${destination_id}`);
    expect(page.text).not.toContain("s3cr3t");
  });

  it("does not overwrite what somebody else changed meanwhile", async () => {
    const { destination_id, url } = await addDestination(await newAccount(), openReceiver().url);
    const browser = await operator();
    const path = `/dashboard/destinations/${destination_id}/edit`;
    const form = formIn(await browser.visit(path));
    await call("PATCH", `/destinations/${destination_id}`, { description: "theirs" });
    const late = await browser.send(path, form);
    expect(late.status).toBe(409);
    expect(late.text).toContain("Someone else changed this destination meanwhile");
    expect(await readDestination(destination_id)).toMatchObject({ description: "theirs", url });
    expect((await browser.send(path, formIn(late))).status).toBe(303);
  });

  it("says what is wrong beside the field", async () => {
    const { destination_id } = await addDestination(await newAccount(), openReceiver().url);
    const browser = await operator();
    const path = `/dashboard/destinations/${destination_id}/edit`;
    const form = formIn(await browser.visit(path)).filter(([name]) => name !== "url");
    const page = await browser.send(path, [...form, ["url", "nowhere"]]);
    expect([page.status, Object.keys(errorsIn(page))]).toEqual([400, ["url"]]);
    expect(page.text).toContain('value="nowhere"');
  });
});

describe("one destination", () => {
  it("says in one sentence that it fails, since when, how often and when the next probe is", async () => {
    const destination = await failing();
    const { text, status } = await (await operator()).visit(`/dashboard/destinations/${destination.destination_id}`);
    expect(status).toBe(200);
    const sentence = /<p class="sentence bad">(.*?)<\/p>/.exec(text)?.[1];
    expect(sentence).toMatch(/<strong>Failing<\/strong> since .* UTC: \d attempts failed in a row/);
    expect(sentence).toMatch(/the next in \d+ s, at .* UTC\./);
    expect(text.length).toBeLessThan(30_000);
  });

  it("says nothing else at once: no success rate without failures, no probe in the past", async () => {
    const { destination_id } = await failing();
    await env.DB.batch([
      env.DB.prepare("UPDATE destinations SET wake_at = ? WHERE destination_id = ?").bind(
        Date.now() - 9_000,
        destination_id,
      ),
      env.DB.prepare(
        "UPDATE stats SET delivered = 7, failed = 0, time = time - 600000 WHERE subject = (SELECT key FROM destinations WHERE destination_id = ?)",
      ).bind(destination_id),
    ]);
    const { text } = await (await operator()).visit(`/dashboard/destinations/${destination_id}`);
    const sentence = /<p class="sentence bad">(.*?)<\/p>/.exec(text)?.[1];
    expect(sentence).toContain("one is due now");
    expect(sentence).not.toMatch(/succeeded| ago/);
  });

  it("shows what it failed with last: status, time and the first lines of the answer", async () => {
    const account = await newAccount();
    const lines = ["upstream <is> away", "two", "three", "four", "five", "six"];
    const receiver = openReceiver(
      async (request) =>
        new Response((await request.text()) === '{"n":1}' ? "older" : lines.join("\n"), { status: 503 }),
    );
    const { destination_id } = await addDestination(account, receiver.url, { retry_schedule: [3_600] });
    for (const payload of ['{"n":1}', '{"n":2}']) {
      const { door, idle } = openGateway();
      await send(account, payload, { door });
      await idle();
    }
    const path = `/destinations/${destination_id}`;
    for (const browser of [await operator(), (await tenant(account)).browser]) {
      const base = browser.cookieOf("__Host-dp_tenant") === "" ? "/dashboard" : "/portal";
      const { text } = await browser.visit(base + path);
      const cause = /<section aria-label="Last failure">(.*?)<\/section>/s.exec(text)?.[1];
      expect(cause).toMatch(/answered 503/);
      expect(cause).toContain(new Date().toISOString().slice(0, 10));
      expect(cause).toContain("upstream &lt;is&gt; away\ntwo\nthree\nfour\nfive");
      expect(cause).not.toMatch(/six|older/);
      const link = /href="([^"]+)"/.exec(cause ?? "")?.[1] ?? "";
      expect((await browser.visit(link)).text).toContain("six");
    }
    const other = await addDestination(account, openReceiver().url);
    const { text } = await (await operator()).visit(`/dashboard/destinations/${other.destination_id}`);
    expect(text).not.toContain("Last failure");
  });

  it.each([
    ["disabled_by_operator", "an operator disabled it"],
    ["gone", "it answered 410 Gone"],
  ])("says why it is disabled: %s", async (reason, words) => {
    const account = await newAccount();
    const { url } = openReceiver(() => new Response(null, { status: 410 }));
    const { destination_id } = await addDestination(account, url);
    if (reason === "gone") await settled((await send(account, "{}")).event_id);
    else await call("DELETE", `/destinations/${destination_id}/activation`);
    const { text } = await (await operator()).visit(`/dashboard/destinations/${destination_id}`);
    expect(text).toContain(words);
    expect(text).toContain("Enable it first");
  });

  it("is switched off and on", async () => {
    const { destination_id } = await addDestination(await newAccount(), openReceiver().url);
    const browser = await operator();
    const path = `/dashboard/destinations/${destination_id}`;
    expect((await browser.send(`${path}/disable`)).location).toBe(`${path}?done=disabled`);
    expect((await readDestination(destination_id)).enabled).toBe(false);
    expect((await browser.send(`${path}/enable`)).location).toBe(`${path}?done=enabled`);
    expect((await readDestination(destination_id)).enabled).toBe(true);
    expect((await browser.visit(`${path}?done=enabled`)).text).toContain("Enabled, with a clean history");
  });

  it("gets a new signing secret, shown once", async () => {
    const { destination_id, signing_secret } = await addDestination(await newAccount(), openReceiver().url);
    const browser = await operator();
    const page = await browser.submit(`/dashboard/destinations/${destination_id}/secret`, { overlap_seconds: "0" });
    expect(shownOnce(page)).toMatch(/^whsec_/);
    expect(shownOnce(page)).not.toBe(signing_secret);
    expect((await browser.visit(`/dashboard/destinations/${destination_id}`)).text).not.toContain(shownOnce(page));
  });

  it("gets no sixth signing secret, and is told when it can", async () => {
    const { destination_id } = await addDestination(await newAccount(), openReceiver().url);
    const browser = await operator();
    const path = `/dashboard/destinations/${destination_id}/secret`;
    for (let i = 0; i < 4; i++) await browser.submit(path, { overlap_seconds: "604800" });
    const refused = await browser.send(path, { overlap_seconds: "3600" });
    expect(refused.status).toBe(409);
    expect(refused.text).toMatch(/Nothing was changed: 5 secrets sign already. The first of them ends at <time/);
    expect(shownOnce(await browser.submit(path, { overlap_seconds: "0" }))).toMatch(/^whsec_/);
  });

  it("is removed only when its host is typed", async () => {
    const { destination_id, url, account_id } = await addDestination(await newAccount(), openReceiver().url);
    const browser = await operator();
    const path = `/dashboard/destinations/${destination_id}/remove`;
    const wrong = await browser.send(path, { confirm: "" });
    expect([wrong.status, Object.keys(errorsIn(wrong))]).toEqual([400, ["confirm"]]);
    const removed = await browser.send(path, { confirm: new URL(url).host });
    expect([removed.status, removed.location]).toEqual([303, `/dashboard/accounts/${account_id}?done=removed`]);
    expect((await browser.visit(path)).status).toBe(404);
  });

  it("that is not there is not found, on every page and for every form of it", async () => {
    const browser = await operator();
    const path = "/dashboard/destinations/dst_01JDQ8XK3V7M9T2B4C6D8F0GHJ";
    for (const rest of ["", "/edit", "/secret", "/remove"]) expect((await browser.visit(path + rest)).status).toBe(404);
    for (const rest of ["/edit", "/enable", "/disable", "/secret", "/test", "/recover", "/remove"]) {
      expect([rest, (await browser.send(path + rest, { from: "2026-01-01T00:00" })).status]).toEqual([rest, 404]);
    }
  });
});

describe("a test event", () => {
  it("shows exactly what was sent and what came back, and no secret", async () => {
    const secret = unique("s3cr3t");
    const receiver = openReceiver(() => new Response(`<b>${HOSTILE}</b>`, { headers: { "x-answer": "yes" } }));
    const account = await newAccount();
    const headers = { Authorization: `Bearer ${secret}`, "X-Source": "seen", "X-Plain": "hidden" };
    const { destination_id } = await addDestination(account, receiver.url, { headers });
    const page = await (await operator()).submit(`/dashboard/destinations/${destination_id}/test`);
    expect(page.status).toBe(200);
    for (const part of [
      `POST ${receiver.url}`,
      "Authorization: ***",
      "X-Source: seen",
      "X-Plain: ***",
      "webhook-id: ",
      "x-answer: yes",
      "<strong>Delivered</strong>",
    ]) {
      expect(page.text.replaceAll(/<\/?bdi>/g, "")).toContain(part);
    }
    expect(page.text).not.toContain(secret);
    expect(page.text).not.toContain("<script>alert");
    expect(receiver.arrived).toHaveLength(1);
    expect(lastAt(receiver).headers.get("authorization")).toBe(`Bearer ${secret}`);
  });

  it("that fails says so, and nothing follows", async () => {
    const receiver = openReceiver(() => new Response("full", { status: 503 }));
    const { destination_id } = await addDestination(await newAccount(), receiver.url);
    const page = await (await operator()).submit(`/dashboard/destinations/${destination_id}/test`);
    expect(page.text).toMatch(/<strong>Not delivered<\/strong>: \S+ answered 503/);
    const id = /deliveries\/(dlv_\w+)"/.exec(page.text)?.[1];
    expect(await readDelivery(id!)).toMatchObject({ state: "exhausted" } satisfies Partial<DeliveryWithAttempts>);
  });

  it("of another destination is not shown as this one's", async () => {
    const account = await newAccount();
    const [one, other] = [
      await addDestination(account, openReceiver().url),
      await addDestination(account, openReceiver().url),
    ];
    const browser = await operator();
    const sent = await browser.send(`/dashboard/destinations/${one.destination_id}/test`);
    const elsewhere = sent.location!.replace(one.destination_id, other.destination_id);
    expect((await browser.visit(sent.location!)).status).toBe(200);
    expect((await browser.visit(elsewhere)).location).toBe(`/dashboard/destinations/${other.destination_id}`);
  });

  it("that is not named leads to its destination", async () => {
    const { destination_id } = await addDestination(await newAccount(), openReceiver().url);
    const page = await (await operator()).visit(`/dashboard/destinations/${destination_id}/test`);
    expect([page.status, page.location]).toEqual([303, `/dashboard/destinations/${destination_id}`]);
  });
});

describe("a recovery", () => {
  it("is begun, shows its progress, follows by itself while it runs, and is cancelled", async () => {
    const destination = await failing();
    const browser = await operator();
    const path = `/dashboard/destinations/${destination.destination_id}`;
    const begun = await browser.send(`${path}/recover`, { from: "2020-01-01T00:00", to: "" });
    expect([begun.status, begun.location]).toEqual([303, expect.stringMatching(/^\/dashboard\/recoveries\/rcv_/)]);
    const page = await browser.visit(begun.location!);
    expect(page.text).toMatch(/<progress value="\d+" max="\d+"/);
    expect(page.text).toMatch(/\d+ of \d+ scheduled to be sent again/);
    expect(page.text).toContain('hx-trigger="every 2s"');
    const second = await browser.send(`${path}/recover`, { from: "2020-01-01T00:00", to: "" });
    expect(second.status).toBe(409);
    expect(second.text).toContain("A recovery of this destination is running");
    expect(second.text).toContain('value="2020-01-01T00:00"');
    expect((await browser.visit(path)).text).toContain(begun.location!);
    expect((await browser.send(`${begun.location}/cancel`)).location).toBe(begun.location);
    const after = await browser.visit(begun.location!);
    expect(after.text).toContain("<strong>Cancelled</strong>");
    expect(after.text).not.toContain("hx-trigger");
    expect(after.text).not.toContain("/cancel");
  });

  it.each([
    [{ from: "", to: "" }, ["from"]],
    [{ from: "yesterday", to: "" }, ["from"]],
    [{ from: "2026-01-02T00:00", to: "soon" }, ["to"]],
    [{ from: "2026-01-02T00:00", to: "2026-01-01T00:00" }, ["to"]],
    [{ from: "2999-01-02T00:00", to: "" }, ["to"]],
  ])("of %j is refused beside the field", async (fields, wrong) => {
    const { destination_id } = await addDestination(await newAccount(), openReceiver().url);
    const page = await (await operator()).send(`/dashboard/destinations/${destination_id}/recover`, fields);
    expect([page.status, Object.keys(errorsIn(page))]).toEqual([400, wrong]);
  });

  it("is proposed from the oldest event on that did not arrive, however long ago", async () => {
    const { destination_id } = await failing();
    const old = new Date(Date.now() - 5 * 86_400_000);
    const { event_id } = (await env.DB.prepare(
      `SELECT min(event_id) AS event_id FROM deliveries
       WHERE destination = (SELECT key FROM destinations WHERE destination_id = ?)`,
    )
      .bind(destination_id)
      .first<{ event_id: string }>()) ?? { event_id: "" };
    const older = `${firstIdAt("evt", old.getTime()).slice(0, 14)}${event_id.slice(14)}`;
    await env.DB.batch([
      env.DB.prepare(
        "INSERT INTO events (event_id, account, size_bytes, received_at, payload) SELECT ?1, account, 2, ?2, '{}' FROM events WHERE event_id = ?3",
      ).bind(older, old.getTime(), event_id),
      env.DB.prepare(
        `INSERT INTO deliveries (event_id, destination, state, created_at, updated_at)
         SELECT ?1, destination, 'exhausted', created_at, updated_at FROM deliveries WHERE event_id = ?2`,
      ).bind(older, event_id),
      env.DB.prepare(
        "UPDATE destinations SET failing_since = NULL, consecutive_failures = 0 WHERE destination_id = ?",
      ).bind(destination_id),
    ]);
    const { text } = await (await operator()).visit(`/dashboard/destinations/${destination_id}`);
    expect(text).toContain(`value="${old.toISOString().slice(0, 16)}"`);
  });

  it("of nothing that was given up says so, and how many wait", async () => {
    const account = await newAccount();
    const receiver = openReceiver(() => new Response("no", { status: 500 }));
    const { destination_id } = await addDestination(account, receiver.url);
    const { door, idle } = openGateway();
    for (const payload of ["1", "2", "3"]) await send(account, payload, { door });
    await idle();
    const browser = await operator();
    const page = await browser.submit(`/dashboard/destinations/${destination_id}/recover`, {
      from: "2020-01-01T00:00",
    });
    expect(page.text).toContain("nothing between these times was given up");
    expect(page.text).toContain("3 wait for an attempt or are being attempted");
    expect(page.text).not.toContain("had arrived");
  });

  it("of a disabled destination is refused", async () => {
    const { destination_id } = await addDestination(await newAccount(), openReceiver().url, { enabled: false });
    const page = await (await operator()).send(`/dashboard/destinations/${destination_id}/recover`, {
      from: "2020-01-01T00:00",
    });
    expect(page.status).toBe(409);
    expect(page.text).toContain("Enable it first");
  });
});

describe("what people write", () => {
  it("is shown as text on every page of a destination", async () => {
    const account = await newAccount({ account_name: HOSTILE });
    const { destination_id } = await addDestination(account, `${openReceiver().url}?q=<script>`, {
      headers: { "X-Html": HOSTILE },
      description: HOSTILE,
    });
    const browser = await operator();
    const path = `/dashboard/destinations/${destination_id}`;
    const pages = [
      ...(await Promise.all(["", "/edit", "/secret", "/remove"].map((rest) => browser.visit(path + rest)))),
      await browser.visit(`/dashboard/accounts/${account.account_id}`),
      await browser.submit(`${path}/test`),
      await browser.send(
        `${path}/edit`,
        filled(HOSTILE, [[HOSTILE, HOSTILE]], { timeout_ms: HOSTILE, read_at: HOSTILE }),
      ),
      await browser.send(`${path}/recover`, { from: HOSTILE, to: HOSTILE }),
      await browser.visit(`${path}?done=${encodeURIComponent(HOSTILE)}`),
    ];
    for (const page of pages) expect(page.text).not.toContain("<script>");
    expect(pages[0]!.text).toContain("&lt;script&gt;");
  });
});

describe("a viewer's key", () => {
  it("sees the destination and none of its buttons", async () => {
    const { destination_id } = await addDestination(await newAccount(), openReceiver().url);
    const browser = await operator((await operatorKey("viewer")).operator_key);
    const { text, status } = await browser.visit(`/dashboard/destinations/${destination_id}`);
    expect(status).toBe(200);
    for (const act of ["/test", "/edit", "/disable", "/recover", "/secret", "/remove"])
      expect(text).not.toContain(`${destination_id}${act}`);
  });
});

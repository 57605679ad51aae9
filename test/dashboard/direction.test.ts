import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { isDeceptive, visible } from "../../src/dashboard/parts/visible";
import { operator } from "../support/pages";
import { openReceiver } from "../support/receivers";
import { addDestination, newAccount, send, settled, unique } from "../support/tenants";

const TURNED = "shop\u202egnp.exe\u200b";
const SHOWN = "shop&lt;U+202E&gt;gnp.exe&lt;U+200B&gt;";

describe("what cannot be seen in a name is written out", () => {
  it.each([
    ["a\u202eb", "a<U+202E>b"],
    ["\u2066a\u2069", "<U+2066>a<U+2069>"],
    ["a\u00adb\u200bc\ufeff", "a<U+00AD>b<U+200B>c<U+FEFF>"],
    ["a\u0000\n\u007f\u0085", "a<U+0000><U+000A><U+007F><U+0085>"],
    ["a\u00a0b\u2003c\u3000d\u2028", "a<U+00A0>b<U+2003>c<U+3000>d<U+2028>"],
    ["\u3164\u2800\u{e0041}", "<U+3164><U+2800><U+E0041>"],
  ])("%j", (text, shown) => {
    expect(visible(text)).toBe(shown);
  });

  it.each(["Łódź", "שלום", "مرحبا", "日本 語", "❤️", "🧪", "a b", "<U+202E>", "é"])(
    "and %s is left as it is",
    (text) => {
      expect([visible(text), [...text].some(isDeceptive)]).toEqual([text, false]);
    },
  );
});

it("a name or URL that turns its direction is written out, in an isolate of its own, on every page", async () => {
  const account = await newAccount({ account_name: TURNED });
  const receiver = openReceiver(async () => new Response("", { status: 410 }));
  const { destination_id } = await addDestination(account, receiver.url);
  const { event_id } = await send(account, "{}");
  const { deliveries } = await settled(event_id);
  const { destination_id: other } = await addDestination(account, receiver.url);
  // As a version before kept it.
  await env.DB.prepare("UPDATE destinations SET url = url || ? WHERE destination_id IN (?, ?)")
    .bind(`/${TURNED}`, destination_id, other)
    .run();
  const browser = await operator();
  const key = unique("key");
  await browser.send("/dashboard/keys", { name: `${key} ${TURNED}`, role: "viewer" });

  const accountPath = `/dashboard/accounts/${account.account_id}`;
  const paths = [
    `/dashboard/accounts?q=${account.account_id}`,
    accountPath,
    `${accountPath}/token`,
    `${accountPath}/remove`,
    "/dashboard/keys",
    `/dashboard/destinations/${destination_id}`,
    `/dashboard/destinations/${other}/secret`,
    `/dashboard/destinations/${other}/remove`,
    `/dashboard/deliveries?account_id=${account.account_id}`,
    `/dashboard/deliveries/${deliveries[0]!.delivery_id}`,
  ];
  for (const path of paths) {
    const { status, text } = await browser.visit(path);
    const shown = text.replaceAll(/ (?:value|data-copy|title)="[^"]*"/g, "");
    expect([path, status, shown.includes("\u202e"), shown.includes(SHOWN)]).toEqual([path, 200, false, true]);
  }
  const { text } = await browser.visit(`/dashboard/accounts?q=${account.account_id}`);
  expect(text).toContain(`<bdi>${SHOWN}</bdi>`);

  const made = await browser.submit("/dashboard/keys", { name: `${key} again ${TURNED}`, role: "viewer" });
  expect(made.text).toContain(`It is the key of <bdi>${key} again ${SHOWN}</bdi>.`);

  const refused = await browser.send(`${accountPath}/remove`, { confirm: "shopgnp.exe" });
  expect(refused.status).toBe(400);
  const removed = await browser.send(`${accountPath}/remove`, { confirm: visible(TURNED) });
  expect(removed.status).toBe(303);
});

/** Letters that are written from right to left, which turn the digits and marks beside them unless they stand apart. */
const RIGHT_TO_LEFT = "שלום";

it("what others wrote stands apart from the words of ours around it, where it is one of them", async () => {
  const browser = await operator();
  const account = await newAccount({ account_name: RIGHT_TO_LEFT });
  const receiver = openReceiver(async () => new Response("", { status: 410 }));
  const { destination_id } = await addDestination(account, receiver.url);
  const { deliveries } = await settled((await send(account, "{}")).event_id);
  // As a version before kept it.
  const url = `${receiver.url}/${RIGHT_TO_LEFT}`;
  await env.DB.prepare("UPDATE destinations SET url = ? WHERE destination_id = ?").bind(url, destination_id).run();
  const detail = `The header "${RIGHT_TO_LEFT}" cannot be sent`;
  await env.DB.prepare("UPDATE deliveries SET first_detail = ?, first_status_code = NULL WHERE event_id = ?")
    .bind(detail, deliveries[0]!.event_id)
    .run();
  const apart = (words: string) => `<bdi>${words.replaceAll('"', "&quot;")}</bdi>`;
  const path = `/dashboard/accounts/${account.account_id}`;
  const missing: string[] = [];
  for (const [at, ...shown] of [
    [path, `<h1>${apart(RIGHT_TO_LEFT)}</h1>`, `<title>\u2068${RIGHT_TO_LEFT}\u2069 ·`],
    [`${path}/remove`, `<h1>Remove ${apart(RIGHT_TO_LEFT)}</h1>`, `Type ${apart(RIGHT_TO_LEFT)} to confirm`],
    [`/dashboard/accounts?q=no${RIGHT_TO_LEFT}`, `contains “${apart(`no${RIGHT_TO_LEFT}`)}”`],
    [`/dashboard/destinations/${destination_id}`, `<h1>POST ${apart(url)}</h1>`],
    [
      `/dashboard/deliveries/${deliveries[0]!.delivery_id}`,
      `${apart(url)} answered 410 Gone`,
      ` ms · ${apart(detail)}`,
      `No answer: http error. ${apart(detail)}`,
    ],
  ]) {
    const { text } = await browser.visit(at!);
    missing.push(...shown.filter((part) => !text.includes(part)));
  }
  expect(missing).toEqual([]);
});

/** What a delivery's page offers "As curl" is run through curl, and has to arrive as the gateway's own request did. */
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, it } from "vitest";
import { addDestination, deliveriesOf, newAccount, send } from "../support/client.ts";
import { type Gateway, openGateway } from "./support/gateway.ts";
import { type Arrival, Receiver } from "./support/receiver.ts";
import { until } from "./support/until.ts";

type Case = [situation: string, path: string, payload: string, input?: Record<string, unknown>];

const CASES: Case[] = [
  ["nothing special", "", '{"order":17}'],
  ["globs in the URL", "/{a,b}/[1-3]/[a", "{}"],
  ["quotes and what a shell expands", "/it's/'$HOME`id`!!", `{"q":"it's \\"$HOME\\" \`id\` \\\\n !! %s"}`],
  ["empty headers", "", "{}", { headers: { "X-Empty": "", "X-Blank": " \t" } }],
  ["blanks around a header's value", "", "{}", { headers: { "X-Value": " a; b:\tc  " } }],
  ["headers of curl's own", "", "{}", { headers: { "USER-agent": "shop/1", Accept: "a/b", "Content-Type": "text/x" } }],
  ["lists", "", "{}", { headers: { Accept: ["a/b", "c/d;q=0.5"], "X-List": ["1", "2"] } }],
  ["line breaks of Windows, tabs", "", '{\r\n\t"a": 1,\r\n\t"b": "\'\\\\"\r\n}\r\n'],
  ["line breaks alone", "", '\n{\n"a":1}\n\n'],
  [
    "every script, and characters that cannot be seen",
    "/ü/日本",
    '{"n":"Łódź 🧪 👩‍👩‍👧 \u202egnp.exe\u2066 \ufeff\u00a07 \u2028"}',
  ],
  ["an @ and a dash at the beginning", "/@/-", '"@/etc/hostname -o x"'],
  ["a large body", "", JSON.stringify({ text: "é\r\n".repeat(20_000) })],
  ["GET", "/own/{1,2}", '{"a":"ü & \'x\'","b":[1,2],"c":{"d":"[1-2]"}}', { http_method: "GET" }],
  ...["PUT", "PATCH", "DELETE"].map((method): Case => [method, "", '{"n":1.0}', { http_method: method }]),
];

/** Headers that are no secret of the account, so that the command has their values. */
const SHOWN = ["x-empty", "x-blank", "x-value", "x-list"];

let gateway: Gateway;
let receiver: Receiver;
let folder: string;
let cookie: string;

beforeAll(async () => {
  [gateway, receiver, folder] = await Promise.all([
    openGateway(),
    Receiver.open(),
    mkdtemp(join(tmpdir(), "as-curl-")),
  ]);
  const response = await fetch(`${gateway.url}/dashboard/sign-in`, {
    method: "POST",
    redirect: "manual",
    headers: { origin: gateway.url },
    body: new URLSearchParams({ key: gateway.operatorKey }),
  });
  cookie = response.headers.getSetCookie().join("; ");
});
afterAll(async () => {
  receiver.close();
  await Promise.all([gateway.close(), rm(folder, { recursive: true })]);
});

it.each(CASES)("%s", async (_situation, path, payload, input = {}) => {
  const { page, sent } = await delivered(path, payload, input);
  await writeFile(join(folder, "payload.json"), payload);
  await promisify(execFile)("bash", ["-c", commandIn(page).replace("curl", "curl -sS -m 10 --noproxy '*'")], {
    cwd: folder,
    env: { PATH: process.env.PATH, HOME: folder, LC_ALL: "C" },
  });
  expect(receiver.arrivals).toHaveLength(2);
  expect(seen(receiver.arrivals[1])).toEqual(seen(sent));
});

it("secrets are masked in the command as everywhere", async () => {
  const { page } = await delivered("?key=s3cr3t-1&b={1,2}", "{}", { headers: { Authorization: "Bearer s3cr3t-2" } });
  expect(commandIn(page)).toContain("?key=***&b=***");
  expect(commandIn(page)).toMatch(/authorization: \*\*\*/i);
  expect(page).not.toContain("s3cr3t");
});

it("a URL too long to be shown is cut in the command as in the request, and the page says so", async () => {
  const { page } = await delivered("", JSON.stringify({ a: "x".repeat(4_000) }), { http_method: "GET" });
  const cut = /GET (\S+…) \(\d+ characters\)/.exec(textOf(page))?.[1];
  expect(cut).toHaveLength(2_001);
  expect(commandIn(page)).toContain(cut);
  expect(page).toContain("The URL is cut");
});

/** Sends the payload to a new destination: its delivery's page, and what arrived. */
async function delivered(path: string, payload: string, input: Record<string, unknown>) {
  receiver.arrivals.length = 0;
  const account = await newAccount(gateway, { public_headers: SHOWN });
  await addDestination(gateway, account, receiver.url + path, input);
  await send(gateway, account, payload);
  const deliveries = () => deliveriesOf(gateway, { account_id: account.account_id });
  await until("it is delivered", async () => (await deliveries())[0]?.state === "delivered");
  const id = (await deliveries())[0]?.delivery_id;
  const page = await (await fetch(`${gateway.url}/dashboard/deliveries/${id}`, { headers: { cookie } })).text();
  return { page, sent: receiver.arrivals[0] };
}

function commandIn(page: string): string {
  return textOf(/id="curl"[^>]*>([\s\S]*?)<\/code>/.exec(page)?.[1] ?? "");
}

/** As a browser shows and copies it: without elements, line breaks its own. */
function textOf(html: string): string {
  const entities: Record<string, string> = { lt: "<", gt: ">", quot: '"', "#39": "'", amp: "&" };
  return html
    .replaceAll(/\r\n?/g, "\n")
    .replaceAll(/<[^>]*>/g, "")
    .replaceAll(/&(lt|gt|quot|#39|amp);/g, (_, name) => entities[name] ?? "");
}

const OWN_OF_CONNECTION = /^(?:host|connection|content-length|accept-encoding|webhook-signature|cf-[a-z-]+)$/i;

/** All of a request but what belongs to the connection, and the signature, which the page masks. */
function seen(arrival: Arrival | undefined) {
  const lines = arrival?.headers.filter(([name]) => !OWN_OF_CONNECTION.test(name)) ?? [];
  // workerd puts some lists into one line and some into several, which is the same (RFC 9110, section 5.3).
  const headers = [...Map.groupBy(lines, ([name]) => name.toLowerCase())]
    .map(([name, values]) => `${name}: ${values.map(([, value]) => value).join(", ")}`)
    .sort();
  return {
    method: arrival?.method,
    target: arrival?.target,
    headers,
    body: arrival?.body.toString("latin1"),
  };
}

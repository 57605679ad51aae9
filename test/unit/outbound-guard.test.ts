import { describe, expect, test } from "vitest";
import { checkOutboundUrl } from "../../src/security/outbound-guard";

const open = { allowPrivate: true, httpsOnly: false, allowedHosts: [] };
const strict = { ...open, allowPrivate: false };

const PRIVATE_HOSTS = [
  ...[
    "127.0.0.1",
    "127.1",
    "127.0.1",
    "2130706433",
    "0x7f000001",
    "0x7f.1",
    "0177.0.0.1",
    "017700000001",
    "127.0.0.1.",
  ],
  ...["0.0.0.0", "0", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "169.254.169.254", "0xa9fea9fe"],
  ...["100.64.0.1", "100.127.255.255", "192.0.0.1", "192.0.2.1", "198.51.100.7", "203.0.113.9", "198.18.0.1"],
  ...["224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255", "１２７.0.0.1", "①②⑦.0.0.1"],
  ...["[::1]", "[::]", "[0:0:0:0:0:0:0:1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::ffff:a9fe:a9fe]"],
  ...["[::127.0.0.1]", "[::1.1.1.1]", "[::ffff:0:127.0.0.1]", "[64:ff9b::7f00:1]", "[64:ff9b::10.0.0.1]"],
  ...[
    "[64:ff9b:1::1]",
    "[64:ff9b:1::808:808]",
    "[2002:7f00:1::]",
    "[2002:a9fe:a9fe::1]",
    "[2002:7f00:1::808:808]",
    "[2001:0:7f00:1::]",
  ],
  ...["[2001:0:4136:e378:8000:63bf:3fff:fdd2]", "[fe80::1]", "[fec0::1]", "[fc00::1]", "[fd00:ec2::254]", "[ff02::1]"],
  ...["[2001:db8::1]", "[3fff::1]", "[2001:2::1]", "[100::1]", "[5f00::1]", "[4000::1]", "[1::1]"],
  ...["localhost", "LOCALHOST", "localhost.", "foo.localhost", "printer", "printer.", "metadata.google.internal"],
  ...["foo.internal", "foo.internal.", "internal.", "printer.local", "printer.local.", "Printer.LOCAL"],
  ...["svc.default.svc", "nas.lan", "wiki.intranet", "mail.corp", "router.home", "db.private", "api.test"],
  ...["hooks.example", "x.invalid", "y.alt", "1.0.0.127.in-addr.arpa", "localhost.localdomain", "host.LAN."],
  ...["127.0.0.1.nip.io", "app.10-0-0-1.sslip.io", "10.0.0.1.xip.io", "localtest.me", "a.lvh.me", "api.vcap.me."],
  ...["7f000001.c0a80001.rbndr.us", "10-0-0-1.abcdef.plex.direct", "foo.localhost.direct", "local.gd"],
  ...["router.home.arpa", "abc.onion", "a..example.com", "example.com..", "%6c%6f%63%61%6c%68%6f%73%74"],
];

test.each(PRIVATE_HOSTS)("http://%s is not on the public internet", (host) => {
  for (const url of [`http://${host}/hook`, `https://${host}:8443/hook?x=1`]) {
    const verdict = checkOutboundUrl(url, strict);
    expect(verdict).toMatchObject({ ok: false });
    expect(verdict).toHaveProperty("message", expect.stringMatching(/: (use|check|put) /));
  }
});

test.each(PRIVATE_HOSTS)("http://%s may be called where private destinations are allowed", (host) => {
  expect(checkOutboundUrl(`http://${host}/hook`, open)).toMatchObject({ ok: true });
});

test.each([
  ...["example.com", "example.com.", "hooks.example.co.uk", "bücher.com", "localhost.example.com", "xn--bcher-kva.ch"],
  ...["1.1.1.1", "16843009", "8.8.8.8", "172.32.0.1", "100.128.0.1", "[2606:4700::1111]", "[2001:4860:4860::8888]"],
  ...[
    "[::ffff:1.1.1.1]",
    "[64:ff9b::808:808]",
    "[2002:808:808::1]",
    "[2002:808:808::7f00:1]",
    "myinternal.com",
    "private.com",
    "lan.corp.com",
    "notnip.io",
    "nip.io.com",
    "example.com",
    "local.com",
    "1.1.1.1.example.com",
  ],
])("https://%s is allowed", (host) => {
  expect(checkOutboundUrl(`https://${host}/hook`, strict)).toMatchObject({ ok: true });
});

test.each([
  ...["ftp://example.com/", "file:///etc/passwd", "javascript:alert(1)", "data:text/plain,x", "ws://example.com/"],
  ...[
    "",
    "example.com",
    "/hook",
    "http://",
    "https://exa mple.com",
    "http://[::1",
    "http://1.2.3.4.5/",
    "http://256.1.1.1/",
  ],
  ...["https://user:pw@example.com/", "https://user@example.com/", "https://:pw@example.com/"],
])("%j is refused, with and without private destinations", (url) => {
  expect(checkOutboundUrl(url, strict)).toMatchObject({ ok: false });
  expect(checkOutboundUrl(url, open)).toMatchObject({ ok: false });
});

test("a URL of 2,048 characters is allowed, a longer one is not, counted before and after encoding", () => {
  const base = "https://example.com/";
  const fill = (char: string, length: number) => base + char.repeat(length - base.length);
  expect(checkOutboundUrl(fill("a", 2048), open)).toMatchObject({ ok: true });
  expect(checkOutboundUrl(fill("a", 2049), open)).toMatchObject({ ok: false, message: expect.stringMatching(/2048/) });
  expect(checkOutboundUrl(fill("é", 1000), open)).toMatchObject({ ok: false });
});

test("the URL comes back normalised, without fragment, its query as it was", () => {
  const verdict = checkOutboundUrl("HTTPS://Example.COM:443/a/../b?x=%7e&y=+#frag", strict);
  expect(verdict.ok && verdict.url.href).toBe("https://example.com/b?x=%7e&y=+");
});

test("an allowed URL is allowed again in its normalised form", () => {
  const verdict = checkOutboundUrl(`https://example.com/${"é".repeat(300)}`, strict);
  expect(verdict.ok && checkOutboundUrl(verdict.url.href, strict)).toEqual(verdict);
});

test("plain http is refused where the operator demands https, everywhere", () => {
  for (const rules of [open, strict]) {
    expect(checkOutboundUrl("http://example.com/", { ...rules, httpsOnly: true })).toEqual({
      ok: false,
      message: "This gateway sends over https only: use https://",
    });
    expect(checkOutboundUrl("https://example.com/", { ...rules, httpsOnly: true })).toMatchObject({ ok: true });
  }
});

describe("a list of allowed hosts", () => {
  const allowedHosts = ["crm.example.com", "*.partner.com", "1.1.1.1"];

  test.each([
    ...["crm.example.com", "CRM.example.com", "crm.example.com.", "crm.example.com:8443", "a.partner.com"],
    ...["a.b.partner.com", "1.1.1.1", "16843009"],
  ])("lets %s through", (host) => {
    expect(checkOutboundUrl(`https://${host}/x`, { ...strict, allowedHosts })).toMatchObject({ ok: true });
  });

  test.each([
    ...["example.com", "a.crm.example.com", "partner.com", "evilpartner.com", "crm.example.com.evil.com", "1.1.1.2"],
    "evil.com/crm.example.com",
  ])("stops %s, with private destinations as well", (host) => {
    for (const rules of [open, strict])
      expect(checkOutboundUrl(`https://${host}/x`, { ...rules, allowedHosts })).toMatchObject({ ok: false });
  });

  test("does not make a private host public", () => {
    expect(checkOutboundUrl("https://nas.lan/", { ...strict, allowedHosts: ["nas.lan"] })).toMatchObject({ ok: false });
  });
});

import { Webhook } from "standardwebhooks";
import { expect, test } from "vitest";
import { contentOf, newSigningKey, newSigningSecret, sign } from "../../src/attempts/signature";

test("the vector that the Standard Webhooks libraries publish", async () => {
  const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
  const signature = await sign(
    [secret],
    contentOf("msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, '{"test": 2432232314}').signed,
  );
  expect(signature).toBe("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
});

test("the vector that the Standard Webhooks libraries publish for v1a", async () => {
  const key = "whsk_6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbfVKIDij2HKpMKkioLlX0dRqSKJp4AJ6p9lMicMFs6Kvg==";
  const signature = await sign(
    [key],
    contentOf("msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, '{"test": 2432232314}').signed,
  );
  expect(signature).toBe(
    "v1a,hnO3f9T8Ytu9HwrXslvumlUpqtNVqkhqw/enGzPCXe5BdqzCInXqYXFymVJaA7AZdpXwVLPo3mNl8EM+m7TBAg==",
  );
});

test("a new key signs what its public half verifies, and nothing else", async () => {
  const { signingKey, publicKey } = await newSigningKey();
  const half = Uint8Array.fromBase64(publicKey.replace(/^whpk_/, ""));
  const key = await crypto.subtle.importKey("raw", half, { name: "Ed25519" }, false, ["verify"]);
  const signature = await sign([signingKey], contentOf("dlv_1", 1614265330, "{}").signed);
  const bytes = Uint8Array.fromBase64(signature.replace(/^v1a,/, ""));
  const holds = (text: string) => crypto.subtle.verify("Ed25519", key, bytes, new TextEncoder().encode(text));
  expect([await holds("dlv_1.1614265330.{}"), await holds("dlv_2.1614265330.{}")]).toEqual([true, false]);
  expect(Uint8Array.fromBase64(signingKey.replace(/^whsk_/, "")).subarray(32)).toEqual(half);
  expect((await newSigningKey()).publicKey).not.toBe(publicKey);
});

test("a secret and a key sign side by side, and a library that knows v1 alone accepts", async () => {
  const secret = newSigningSecret();
  const timestamp = Math.floor(Date.now() / 1000);
  const signature = await sign(
    [(await newSigningKey()).signingKey, secret],
    contentOf("dlv_1", timestamp, "{}").signed,
  );
  expect(signature).toMatch(/^v1a,\S{88} v1,\S{44}$/);
  const headers = { "webhook-id": "dlv_1", "webhook-timestamp": String(timestamp), "webhook-signature": signature };
  expect(new Webhook(secret).verify("{}", headers)).toEqual({});
});

test("while a secret is replaced, receivers that know either one accept, a stranger does not", async () => {
  const [oldSecret, newSecret, strangers] = [newSigningSecret(), newSigningSecret(), newSigningSecret()];
  const timestamp = Math.floor(Date.now() / 1000);
  const body = '{"name":"Zoë 🚀","n":1.0}';
  const headers = {
    "webhook-id": "dlv_1",
    "webhook-timestamp": String(timestamp),
    "webhook-signature": await sign([newSecret, oldSecret], contentOf("dlv_1", timestamp, body).signed),
  };
  expect(new Webhook(oldSecret).verify(body, headers)).toEqual({ name: "Zoë 🚀", n: 1 });
  expect(new Webhook(newSecret).verify(body, headers)).toEqual({ name: "Zoë 🚀", n: 1 });
  expect(() => new Webhook(strangers).verify(body, headers)).toThrow();
});

test("a new secret is whsec_ and 32 random bytes", () => {
  const secret = newSigningSecret();
  expect(secret.startsWith("whsec_")).toBe(true);
  expect(atob(secret.slice(6))).toHaveLength(32);
  expect(newSigningSecret()).not.toBe(secret);
});

import { Webhook } from "standardwebhooks";
import { expect, test } from "vitest";
import { newSigningSecret, sign } from "../../src/attempts/signature";

test("the vector that the Standard Webhooks libraries publish", async () => {
  const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
  const signature = await sign([secret], "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, '{"test": 2432232314}');
  expect(signature).toBe("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
});

test("while a secret is replaced, receivers that know either one accept, a stranger does not", async () => {
  const [oldSecret, newSecret, strangers] = [newSigningSecret(), newSigningSecret(), newSigningSecret()];
  const timestamp = Math.floor(Date.now() / 1000);
  const body = '{"name":"Zoë 🚀","n":1.0}';
  const headers = {
    "webhook-id": "dlv_1",
    "webhook-timestamp": String(timestamp),
    "webhook-signature": await sign([newSecret, oldSecret], "dlv_1", timestamp, body),
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

import { expect, test } from "vitest";
import { secretsWith } from "../../src/deliveries/alerts/webhook-secrets";

const DAY_MS = 86_400_000;

test("a changed ALERT_WEBHOOK_SECRET ends the old secret a day later, and leaves the keys of v1a as they are", () => {
  const key = { secret: "whsk_1", expiresAt: null };
  const live = [{ secret: "whsec_old", expiresAt: null }, key];
  expect(secretsWith(live, "whsec_new", 1_000)).toEqual([
    { secret: "whsec_new", expiresAt: null },
    { secret: "whsec_old", expiresAt: 1_000 + DAY_MS },
    key,
  ]);
  expect(secretsWith(live, "whsec_old", 1_000)).toBeNull();
});

/** Which destinations keep up, however long each answer takes. */
import { expect, it } from "vitest";
import { Pace } from "../../src/deliveries/slots/pace";

const NOW = 1_000_000;

function answers(pace: Pace, count: number, at: number, { destination = 1, durationMs = 3_000 } = {}) {
  for (let n = 0; n < count; n++) pace.answered(destination, durationMs, at);
}

it("that answers ten times within a second or two keeps up", () => {
  const pace = new Pace();
  answers(pace, 9, NOW + 100);
  expect(pace.keepsUp(1, NOW + 900)).toBe(false);
  answers(pace, 1, NOW + 1_100);
  expect(pace.keepsUp(1, NOW + 1_200)).toBe(true);
  expect(pace.keepsUp(2, NOW + 1_200)).toBe(false);
});

it("does so no more two seconds after its last answers", () => {
  const pace = new Pace();
  answers(pace, 50, NOW + 100);
  expect(pace.keepsUp(1, NOW + 1_999)).toBe(true);
  expect(pace.keepsUp(1, NOW + 2_000)).toBe(false);
});

it("and never by answers that took longer than five seconds", () => {
  const pace = new Pace();
  answers(pace, 50, NOW, { durationMs: 5_001 });
  expect(pace.keepsUp(1, NOW)).toBe(false);
  answers(pace, 10, NOW, { durationMs: 5_000 });
  expect(pace.keepsUp(1, NOW)).toBe(true);
});

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Subrequests } from "../../src/deliveries/slots/subrequests";

/** A record's four tries, the states of its deliveries, and its wake-ups. */
const RECORD = 6;

describe("what an invocation may ask", () => {
  it("is enough for the records of all that it attempts, whatever else it asks, and however often they fail", () => {
    const step = fc.oneof(fc.constant("attempt" as const), fc.integer({ min: 1, max: RECORD }));
    fc.assert(
      fc.property(fc.integer({ min: RECORD, max: 60 }), fc.array(step, { maxLength: 99 }), (most, steps) => {
        const subrequests = new Subrequests(most);
        const open: (() => void)[] = [];
        let asked = 0;
        for (const one of steps) {
          if (one === "attempt") asked += subrequests.take() ? 1 : 0;
          else if (subrequests.allowEarlyRecord) {
            const { spend, end } = subrequests.beginRecord();
            for (let n = 0; n < one; n++, asked++) spend();
            open.push(end);
          } else open.shift()?.();
        }
        expect(asked + RECORD).toBeLessThanOrEqual(most);
      }),
    );
  });

  it("is not less for a record that asked little", () => {
    const subrequests = new Subrequests(50);
    const before = subrequests.attempts;
    const record = subrequests.beginRecord();
    record.spend();
    expect(subrequests.attempts).toBe(before - RECORD);
    record.end();
    expect(subrequests.attempts).toBe(before - 1);
  });
});

import { describe, expect, it } from "vitest";
import { operator } from "../support/pages";

describe("what becomes an address to go to", () => {
  const LINES = "/dashboard/\r\nX-Forged: yes";

  it("stays one line, whether it came by the path or by a form", async () => {
    const browser = await operator();
    expect((await browser.visit("/dashboard/destinations/x%0d%0ay/test")).location).toBe(
      "/dashboard/destinations/x%0D%0Ay",
    );
    expect((await browser.visit("/dashboard/destinations/%00/recover")).location).toBe("/dashboard/destinations/%00");
    const themed = await browser.send("/dashboard/theme", { theme: "dark", back: LINES });
    expect([themed.status, themed.location]).toEqual([303, "/dashboard/%0D%0AX-Forged:%20yes"]);
    expect(themed.headers.get("x-forged")).toBeNull();
  });

  it("keeps its query, its escapes and its letters", async () => {
    const browser = await operator();
    const back = "/dashboard/events?q=caf%C3%A9&from=2026-11-24T08:30";
    expect((await browser.send("/dashboard/theme", { theme: "dark", back })).location).toBe(back);
    expect((await browser.send("/dashboard/theme", { theme: "dark", back: "/dashboard/é" })).location).toBe(
      "/dashboard/%C3%A9",
    );
  });
});

describe("a post that is no form", () => {
  it.each(["application/x-www-form-urlencoded-foo", "application/json", "multipart/form-data"])(
    "is refused as %s",
    async (type) => {
      const browser = await operator();
      const answer = await browser.send("/dashboard/theme", {}, { "content-type": type });
      expect(answer.status).toBe(415);
    },
  );
});

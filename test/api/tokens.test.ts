import { env } from "cloudflare:workers";
import type { z } from "@hono/zod-openapi";
import { afterEach, describe, expect, it, vi } from "vitest";
import { revokeToken } from "../../src/accounts/revoke-token";
import { rotateToken } from "../../src/accounts/rotate-token";
import type { NewTokenSchema, TokenSchema } from "../../src/api/accounts/tokens";
import { gatewayOf } from "../../src/env";
import { nextMillisecond } from "../support/clock";
import { acted, call } from "../support/gateway";
import { type Account, ingest, newAccount, type Page, send } from "../support/tenants";

type Made = z.output<typeof NewTokenSchema>;
type Token = z.output<typeof TokenSchema>;

const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;

afterEach(() => vi.useRealTimers());

const pathOf = ({ account_id }: { account_id: string }) => `/accounts/${account_id}/tokens`;
const statusWith = async (token: string) => (await ingest(token, "{}")).status;

function tryToRotate(account: Account, body?: unknown) {
  return call<Made>("POST", pathOf(account), body);
}

async function rotate(account: Account, overlap_seconds: number): Promise<Made> {
  const { status, json, text } = await tryToRotate(account, { overlap_seconds });
  expect(status, text).toBe(201);
  return json;
}

async function listed(account: Account): Promise<Token[]> {
  const { status, json, text } = await call<Page<Token>>("GET", pathOf(account));
  expect(status, text).toBe(200);
  expect(json.next_cursor).toBeNull();
  return json.data;
}

/** An account with five live tokens: the current one, and four that end from an hour to four hours from now. */
async function withFive(): Promise<{ account: Account; tokens: string[]; firstEndsAt: string }> {
  const account = await newAccount();
  const made: Made[] = [];
  for (let hours = 1; hours <= 4; hours++) made.push(await rotate(account, hours * 3_600));
  const tokens = [account.app_secret_token, ...made.map(({ app_secret_token }) => app_secret_token)];
  return { account, tokens, firstEndsAt: made[0]!.old_tokens_end_at };
}

describe("POST /accounts/{account_id}/tokens", () => {
  it.each([undefined, {}])(
    "lets the current one live for a day unless told otherwise, with the body %j",
    async (body) => {
      vi.useFakeTimers({ toFake: ["Date"], now: Date.now() });
      const account = await newAccount();
      const { status, json } = await tryToRotate(account, body);
      expect(status).toBe(201);
      expect(json).toEqual({
        account_id: account.account_id,
        token_id: expect.stringMatching(/^tok_[0-9A-Z]{26}$/),
        app_secret_token: expect.stringMatching(/^dp_/),
        old_tokens_end_at: new Date(Date.now() + DAY_MS).toISOString(),
      });
      vi.setSystemTime(Date.now() + DAY_MS - 1);
      expect(await statusWith(account.app_secret_token)).toBe(200);
      vi.setSystemTime(Date.now() + 1);
      expect(await statusWith(account.app_secret_token)).toBe(401);
      expect(await statusWith(json.app_secret_token)).toBe(200);
    },
  );

  it("never lengthens the life of one that ends sooner", async () => {
    const account = await newAccount();
    await rotate(account, 0);
    await rotate(account, 3_600);
    expect(await statusWith(account.app_secret_token)).toBe(401);
  });

  it("keeps what an earlier one promised, and says until when that is", async () => {
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() });
    const account = await newAccount();
    const first = await rotate(account, 3_600);
    const second = await rotate(account, 0);
    expect(second.old_tokens_end_at).toBe(first.old_tokens_end_at);
    expect(await statusWith(account.app_secret_token)).toBe(200);
    expect(await statusWith(first.app_secret_token)).toBe(401);
    vi.setSystemTime(Date.now() + HOUR_MS);
    expect(await statusWith(account.app_secret_token)).toBe(401);
    expect(await statusWith(second.app_secret_token)).toBe(200);
  });

  it("refuses a sixth live one, says what to do, and changes nothing", async () => {
    const { account, tokens, firstEndsAt } = await withFive();
    const before = await listed(account);
    const { status, json } = await call("POST", pathOf(account));
    expect([status, json.code]).toEqual([409, "too_many_tokens"]);
    expect(json.message).toContain(`DELETE ${pathOf(account)}/{token_id}`);
    expect(json.message).toContain(firstEndsAt);
    expect(await listed(account)).toEqual(before);
    for (const token of tokens) expect(await statusWith(token)).toBe(200);
  });

  it("has room for one more when the current one ends at once, one was revoked, or one has ended", async () => {
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() });
    const { account, firstEndsAt } = await withFive();
    await rotate(account, 0);
    expect((await tryToRotate(account, { overlap_seconds: 1_000_000 })).status).toBe(409);
    const first = (await listed(account)).find(({ expires_at }) => expires_at === firstEndsAt);
    expect((await call("DELETE", `${pathOf(account)}/${first?.token_id}`)).status).toBe(204);
    await rotate(account, 1_000_000);
    expect((await tryToRotate(account, { overlap_seconds: 1_000_000 })).status).toBe(409);
    vi.setSystemTime(Date.parse(firstEndsAt) + HOUR_MS);
    await rotate(account, 1_000_000);
    expect((await tryToRotate(account, { overlap_seconds: 1_000_000 })).status).toBe(409);
  });

  it("makes no more than there is room for, however many ask at the same time", async () => {
    const account = await newAccount();
    const answers = await Promise.all(Array.from({ length: 8 }, () => tryToRotate(account)));
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 201, 201, 201, 409, 409, 409, 409]);
    expect(await listed(account)).toHaveLength(5);
  });

  it("makes one for an account whose every token was revoked", async () => {
    const account = await newAccount();
    const [only] = await listed(account);
    await call("DELETE", `${pathOf(account)}/${only?.token_id}`);
    expect(await listed(account)).toEqual([]);
    expect(await statusWith((await rotate(account, 0)).app_secret_token)).toBe(200);
  });

  it.each([-1, 1.5, "60", null, 1e9])("refuses an overlap of %j", async (overlap_seconds) => {
    const { status, json } = await call("POST", pathOf(await newAccount()), { overlap_seconds });
    expect([status, json.errors[0]?.path]).toEqual([400, "overlap_seconds"]);
  });
});

describe("GET /accounts/{account_id}/tokens", () => {
  it("lists the live ones, newest first, without their secrets", async () => {
    const account = await newAccount();
    await newAccount();
    await nextMillisecond();
    const ended = await rotate(account, 3_600);
    await nextMillisecond();
    const current = await rotate(account, 0);
    expect(await listed(account)).toEqual([
      {
        token_id: current.token_id,
        last_four: current.app_secret_token.slice(-4),
        created_at: expect.any(String),
        expires_at: null,
      },
      {
        token_id: expect.stringMatching(/^tok_[0-9A-Z]{26}$/),
        last_four: account.app_secret_token.slice(-4),
        created_at: account.created_at,
        expires_at: ended.old_tokens_end_at,
      },
    ]);
  });
});

describe("DELETE /accounts/{account_id}/tokens/{token_id}", () => {
  it("stops that one at once, and no other", async () => {
    const account = await newAccount();
    const made = await rotate(account, 3_600);
    const path = `${pathOf(account)}/${made.token_id}`;
    const { status, text } = await call("DELETE", path);
    expect([status, text]).toEqual([204, ""]);
    expect(await statusWith(made.app_secret_token)).toBe(401);
    expect((await listed(account)).map(({ last_four }) => last_four)).toEqual([account.app_secret_token.slice(-4)]);
    await send(account, "{}");
    expect((await call("DELETE", path)).status).toBe(404);
  });

  it("is 404 for another account's", async () => {
    const [account, stranger] = [await newAccount(), await newAccount()];
    const [own] = await listed(account);
    expect((await call("DELETE", `${pathOf(stranger)}/${own?.token_id}`)).status).toBe(404);
    await send(account, "{}");
  });
});

describe("a token from before ids were kept", () => {
  it("works, is listed under an id of its own, and is revoked by it", async () => {
    const account = await newAccount();
    const made = await rotate(account, 3_600);
    await env.DB.prepare(
      `UPDATE tokens SET token_id = NULL, last_four = NULL
       WHERE account = (SELECT id FROM accounts WHERE account_id = ?)`,
    )
      .bind(account.account_id)
      .run();
    await send(account, "{}");
    const tokens = await listed(account);
    expect(tokens.map(({ last_four }) => last_four)).toEqual([null, null]);
    for (const { token_id } of tokens) expect(token_id).toMatch(/^tok_[0-9A-F]{26}$/);
    const old = tokens.find(({ expires_at }) => expires_at !== null);
    expect((await call("DELETE", `${pathOf(account)}/${old?.token_id}`)).status).toBe(204);
    expect(await statusWith(account.app_secret_token)).toBe(401);
    expect(await statusWith(made.app_secret_token)).toBe(200);
  });
});

describe("this isolate", () => {
  it("is told that what it knows of tokens has changed, by a rotation and by a revocation", async () => {
    const gateway = gatewayOf(env);
    const { account_id } = await newAccount();
    const before = gateway.changes.count;
    const rotated = await rotateToken(acted(gateway), account_id, 0);
    expect(gateway.changes.count).toBe(before + 1);
    await revokeToken(acted(gateway), account_id, rotated.kind === "rotated" ? rotated.tokenId : "");
    expect(gateway.changes.count).toBe(before + 2);
  });
});

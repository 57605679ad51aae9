/** What each key may do, at every operation of the OpenAPI document: by its role, its accounts, and its time. */
import { afterEach, describe, expect, it, vi } from "vitest";
import { call } from "../support/gateway";
import { household } from "../support/household";
import { operatorKey } from "../support/pages";
import { newAccount, type Page } from "../support/tenants";
import { BODIES, type Operation, operationsOfApi } from "./operations";

const GUARDED = (await operationsOfApi()).filter(({ guarded }) => guarded);
const FOR_ADMINS = ["createOperatorKey", "revokeOperatorKey", "removeAccount"];
/** What is about the gateway, or makes an account. */
const OF_THE_GATEWAY = [
  "createOperatorKey",
  "revokeOperatorKey",
  "listOperatorKeys",
  "listDeadLetters",
  "redeliverDeadLetter",
  "createAccount",
];

let made: ReturnType<typeof household> | undefined;
/** One that nobody here may change. */
function untouched() {
  made ??= household();
  return made;
}

afterEach(() => vi.useRealTimers());

function tryTo(operation: Operation, ids: Record<string, string>, key: string, query = "") {
  const path = operation.path.replace(/\{(\w+)\}/g, (_, name) => ids[name] ?? "unknown");
  const body = operation.fields === null ? undefined : BODIES[operation.id]?.(ids);
  return call<{ code: string }>(operation.method, path + query, body, { headers: { authorization: `Bearer ${key}` } });
}

async function stateOf(ids: Record<string, string>): Promise<string> {
  const paths = [`/accounts/${ids.account_id}`, `/events/${ids.event_id}`, `/recoveries/${ids.recovery_id}`];
  return JSON.stringify(await Promise.all(paths.map(async (path) => (await call("GET", path)).json)));
}

describe.each(GUARDED)("$method $path", (operation) => {
  it("is closed to a key that has expired or was revoked", async () => {
    const { ids } = await untouched();
    const expiring = await operatorKey("admin", { expires_in_seconds: 60 });
    const revoked = await operatorKey("admin");
    await call("DELETE", `/keys/${revoked.key_id}`);
    const before = await stateOf(ids);
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 61_000 });
    for (const { operator_key } of [expiring, revoked]) {
      const { status, json } = await tryTo(operation, ids, operator_key);
      expect([status, json.code]).toEqual([401, "operator_key_invalid"]);
    }
    vi.useRealTimers();
    expect(await stateOf(ids)).toBe(before);
  });

  it("changes nothing for a viewer", async () => {
    const { ids } = await untouched();
    const { operator_key } = await operatorKey("viewer");
    const before = await stateOf(ids);
    const { status, json } = await tryTo(operation, ids, operator_key);
    if (operation.method === "GET") expect([status, json.code]).not.toEqual([403, "forbidden"]);
    else expect([status, json.code]).toEqual([403, "forbidden"]);
    expect(await stateOf(ids)).toBe(before);
  });

  it(`${FOR_ADMINS.includes(operation.id) ? "is closed to" : "is open to"} an editor`, async () => {
    const { ids } = FOR_ADMINS.includes(operation.id) ? await untouched() : await household();
    const { operator_key } = await operatorKey("editor");
    const { status, json } = await tryTo(operation, ids, operator_key);
    if (FOR_ADMINS.includes(operation.id)) expect([status, json.code]).toEqual([403, "forbidden"]);
    else expect([401, 403]).not.toContain(status);
  });

  it("has nothing of another account for a key that is limited to some", async () => {
    const { ids, account, secrets, destination } = await untouched();
    const own = [(await newAccount()).account_id, (await newAccount()).account_id];
    const before = await stateOf(ids);
    for (const accounts of [own, own.slice(0, 1)]) {
      const { operator_key } = await operatorKey("admin", { accounts });
      for (const query of ["", `?account_id=${account.account_id}`, `?destination_id=${ids.destination_id}`]) {
        if (query !== "" && operation.path.includes("{")) continue;
        const { status, text } = await tryTo(operation, ids, operator_key, query);
        const hidden = [account.account_name, destination.destination_id, ids.event_id, ids.recovery_id, ...secrets];
        for (const one of hidden) expect([query, text.includes(one ?? "?")]).toEqual([query, false]);
        if (OF_THE_GATEWAY.includes(operation.id)) expect(status).toBe(403);
        else if (operation.path.includes("{")) expect(status).toBe(404);
      }
    }
    expect(await stateOf(ids)).toBe(before);
  });

  it("is there for a key that is limited to the account in question", async () => {
    const { ids } = await household();
    const { operator_key } = await operatorKey("admin", { accounts: [ids.account_id ?? ""] });
    const query = operation.id === "readStats" ? `?account_id=${ids.account_id}` : "";
    const { status } = await tryTo(operation, ids, operator_key, query);
    if (OF_THE_GATEWAY.includes(operation.id)) expect(status).toBe(403);
    else expect([operation.id, [401, 403].includes(status)]).toEqual([operation.id, false]);
  });
});

describe("a key that is limited to several accounts", () => {
  it("lists these accounts and their destinations, and events of the one that it names", async () => {
    const [one, other] = [await household(), await household()];
    const accounts = [one.account.account_id, other.account.account_id];
    const { operator_key } = await operatorKey("viewer", { accounts });
    const read = <Body>(path: string) =>
      call<Body>("GET", path, undefined, { headers: { authorization: `Bearer ${operator_key}` } });
    const listed = await read<Page<{ account_id: string }>>("/accounts");
    expect(listed.json.data.map(({ account_id }) => account_id).sort()).toEqual([...accounts].sort());
    const destinations = await read<Page<{ account_id: string }>>("/destinations");
    expect(destinations.json.data.map(({ account_id }) => account_id).sort()).toEqual([...accounts].sort());
    for (const list of ["/events", "/deliveries"]) {
      const unnamed = await read<{ code: string; message: string }>(list);
      expect([list, unnamed.status, unnamed.json.code]).toEqual([list, 403, "account_limit"]);
      expect(unnamed.json.message).toContain("account_id");
      const named = await read<Page<{ account_id: string }>>(`${list}?account_id=${accounts[0]}`);
      expect(named.json.data.map(({ account_id }) => account_id)).toEqual([accounts[0]]);
    }
  });
});

describe("a key that is made", () => {
  it.each([
    [{ role: "owner" }, "role"],
    [{ accounts: [] }, "accounts"],
    [{ accounts: ["a b"] }, "accounts.0"],
    [{ expires_in_seconds: 1 }, "expires_in_seconds"],
    [{ expires_in_seconds: 1e12 }, "expires_in_seconds"],
  ])("says what is wrong with %j", async (fields, path) => {
    const { status, json } = await call("POST", "/keys", { name: "x", role: "viewer", ...fields });
    expect([status, json.errors.map((error) => error.path)]).toEqual([400, [path]]);
  });

  it("says who made it, and until when it works", async () => {
    const boss = await operatorKey("admin");
    const { json } = await call<{ created_by: string; expires_at: string; created_at: string }>(
      "POST",
      "/keys",
      { name: "x", role: "viewer", expires_in_seconds: 3_600 },
      { headers: { authorization: `Bearer ${boss.operator_key}` } },
    );
    expect(json.created_by).toBe("A test's admin");
    expect(Date.parse(json.expires_at) - Date.parse(json.created_at)).toBe(3_600_000);
  });
});

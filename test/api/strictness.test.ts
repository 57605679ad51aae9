/** What the API did not understand, it says: for every operation of the OpenAPI document, nothing is dropped silently. */
import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it } from "vitest";
import { call, type Problem } from "../support/gateway";
import { addDestination, newAccount, send, settled } from "../support/tenants";
import { BODIES, type Operation, operationsOfApi } from "./operations";

const OPERATIONS = (await operationsOfApi()).filter(({ guarded, id }) => guarded || id === "readHealth");
const WITH_BODY = OPERATIONS.filter(({ fields }) => fields !== null);
const WITH_QUERY = OPERATIONS.filter(({ query }) => query.length > 0);

/** A body that each operation takes, so that only what a test adds to it is wrong. */
const ids: Record<string, string> = {};
beforeAll(async () => {
  const account = await newAccount();
  const { destination_id } = await addDestination(account, "https://crm.example/hook", { enabled: false });
  const { event_id } = await send(account, "{}");
  const [delivery] = (await settled(event_id)).deliveries;
  Object.assign(ids, { account_id: account.account_id, destination_id, event_id, delivery_id: delivery?.delivery_id });
});

function pathOf({ path }: Operation): string {
  return path.replace(/\{(\w+)\}/g, (_, name: string) => ids[name] ?? "unknown");
}

function bodyOf({ id }: Operation): Record<string, unknown> {
  return BODIES[id]?.(ids) ?? expect.fail(`say in BODIES what ${id} takes`);
}

/** Everything that a call could change. */
async function everything(): Promise<string> {
  const tables = ["accounts", "tokens", "destinations", "operator_keys", "portal_links", "recoveries", "deliveries"];
  const rows = await env.DB.batch(tables.map((table) => env.DB.prepare(`SELECT * FROM ${table}`)));
  return JSON.stringify(rows.map(({ results }) => results));
}

/** The call is refused, its fault is named at `path`, and nothing has changed. */
async function expectRefused(operation: Operation, query: string, body: unknown, path: string): Promise<string> {
  const before = await everything();
  const { status, json } = await call<Problem>(operation.method, pathOf(operation) + query, body);
  expect([status, json.code]).toEqual([400, "invalid_input"]);
  const found = json.errors.find((error) => error.path === path);
  expect(found, `${path} is named: ${JSON.stringify(json.errors)}`).toBeDefined();
  expect(await everything()).toBe(before);
  return found?.message ?? "";
}

describe("a body", () => {
  it("is taken by a dozen operations, and each is tried here", () => {
    expect(WITH_BODY.map(({ id }) => id).sort()).toEqual(Object.keys(BODIES).sort());
  });

  describe.each(WITH_BODY)("$method $path", (operation) => {
    it("with an unknown field is refused", async () => {
      await expectRefused(operation, "", { ...bodyOf(operation), colour: "red" }, "colour");
    });

    it.each(operation.fields ?? [])("with %s misspelt is refused, and the right name is said", async (field) => {
      const { [field]: value = null, ...others } = bodyOf(operation);
      const misspelt = `${field}x`;
      const message = await expectRefused(operation, "", { ...others, [misspelt]: value }, misspelt);
      expect(message).toContain(`Did you mean ${field}?`);
    });

    it("with an empty name, or one that JavaScript takes for itself, is refused", async () => {
      await expectRefused(operation, "", { ...bodyOf(operation), "": 1 }, "");
      const body = JSON.stringify(bodyOf(operation)).replace(/\}$/, ',"__proto__":{"role":"admin"}}');
      await expectRefused(operation, "", body.replace("{,", "{"), "__proto__");
    });

    it.each([
      ["a list", "[]"],
      ["a text", '"x"'],
      ["null", "null"],
      ["a number", "1"],
    ])("that is %s is refused in our words", async (_what, body) => {
      expect(await expectRefused(operation, "", body, "")).toMatch(/^Give a JSON object/);
    });
  });

  it("of an operation that takes none is refused unless it says nothing", async () => {
    const activation = OPERATIONS.find(({ id }) => id === "enableDestination") ?? expect.fail("the operation");
    await expectRefused(activation, "", { enabled: false }, "enabled");
    expect((await call(activation.method, pathOf(activation), {})).status).toBe(200);
  });

  it("with a header named __proto__ is refused, not emptied", async () => {
    const body = '{"url":"https://crm.example/a","http_method":"POST","headers":{"X-A":"1","__proto__":"2"}}';
    const operation = WITH_BODY.find(({ id }) => id === "addDestinationToAccount") ?? expect.fail("the operation");
    await expectRefused(operation, "", body, "headers.__proto__");
  });
});

describe("a query", () => {
  it.each(OPERATIONS)("of $method $path with an unknown parameter is refused", async (operation) => {
    await expectRefused(operation, "?colour=red", undefined, "colour");
  });

  describe.each(WITH_QUERY)("of $method $path", (operation) => {
    it.each(operation.query)("with %s misspelt, empty, twice or unreadable is refused", async (name) => {
      const message = await expectRefused(operation, `?${name}x=1`, undefined, `${name}x`);
      expect(message).toContain(name.length > 2 ? `Did you mean ${name}?` : name);
      await expectRefused(operation, `?${name}=`, undefined, name);
      await expectRefused(operation, `?${name}`, undefined, name);
      await expectRefused(operation, `?${name}=1&${name}=1`, undefined, name);
      await expectRefused(operation, `?${name}=%zz`, undefined, name);
    });
  });

  it("finds what an id names that was pasted with a blank around it", async () => {
    for (const name of ["account_id", "destination_id"]) {
      const { status, json } = await call<{ data: unknown[] }>("GET", `/deliveries?${name}=%20${ids[name]}%0A`);
      expect([name, status, json.data.length]).toEqual([name, 200, 1]);
    }
  });
});

describe("what is said", () => {
  const WRONG = [null, true, 1.5, -1, 1e9, "", "x", [], [1], {}, { a: 1 }];
  /** The validator's own words, and its habit of saying what it got. */
  const NOT_OURS =
    /\b(expected|received|invalid input|invalid option|unrecognized|too (small|big)|must match|zod|NaN|undefined)\b/i;

  it.each(WITH_BODY.flatMap((operation) => (operation.fields ?? []).map((field) => ({ ...operation, field }))))(
    "of $field of $method $path is a sentence of ours",
    async ({ field, ...operation }) => {
      for (const value of WRONG) {
        const { status, json } = await call<Problem>(operation.method, pathOf(operation), {
          ...bodyOf(operation),
          [field]: value,
        });
        if (status !== 400) continue;
        for (const { message } of json.errors) {
          expect(message, JSON.stringify(value)).toMatch(/^[A-Z].*\w.*$/);
          expect(message, JSON.stringify(value)).not.toMatch(NOT_OURS);
        }
      }
    },
  );

  it.each(WITH_QUERY.flatMap((operation) => operation.query.map((name) => ({ ...operation, name }))))(
    "of $name of $method $path is a sentence of ours",
    async ({ name, ...operation }) => {
      for (const value of ["x", "-1", "1.5", "1e9", "é"]) {
        const { status, json } = await call<Problem>(operation.method, `${pathOf(operation)}?${name}=${value}`);
        if (status !== 400) continue;
        for (const { message } of json.errors) expect(message, value).not.toMatch(NOT_OURS);
      }
    },
  );
});

/** GitHub's published payloads, held to the schemas that GitHub's community publishes of them, as a catalogue has them. */
import { Validator } from "@cfworker/json-schema";
import examples from "@octokit/webhooks-examples";
import published from "@octokit/webhooks-schemas/schema.json";
import { afterEach, beforeEach, expect, it } from "vitest";
import { insist, manage, newTenant, type Tenant } from "./tenant";
import { GATEWAY_URL, World } from "./world";

type Schema = Record<string, unknown>;
const definitions = published.definitions as unknown as Record<string, Schema>;

let world: World;
let tenant: Tenant;
beforeEach(async () => {
  world = await World.open({ LIMITS: "off" });
  tenant = await newTenant(world, []);
});
afterEach(() => world.close());

async function send(name: string, payload: unknown): Promise<number> {
  const response = await world.request(
    new Request(`${GATEWAY_URL}/server/incoming_data`, {
      method: "POST",
      headers: { "cl-x-token": tenant.token, "content-type": "application/json", "cl-x-event-type": name },
      body: JSON.stringify(payload),
    }),
  );
  if (response === "killed") throw new Error("killed");
  return response.status;
}

const webhooks = (examples as unknown as { name: string; examples: Schema[] }[]).flatMap(
  ({ name, examples: payloads }) => {
    const schema = schemaOf(name);
    return schema === null ? [] : [{ name, payloads, schema }];
  },
);

it("each gets the verdict that its schema gives it, whole and with something missing", async () => {
  const kept: string[] = [];
  for (const { name, payloads, schema } of webhooks) {
    const put = await manage<{ errors?: { path: string; message: string }[] }>(
      world,
      "PUT",
      `/accounts/${tenant.accountId}/event-types/${name}`,
      { schema, validate: "reject" },
    );
    // the largest do not fit
    if (put.status === 400) {
      expect([name, put.json.errors?.[0]?.message]).toEqual([name, expect.stringMatching(/^Use at most 16384 bytes/)]);
      continue;
    }
    expect([name, put.status]).toEqual([name, 201]);
    kept.push(name);
    const reference = new Validator(JSON.parse(JSON.stringify(schema)), "2020-12");
    for (const payload of payloads.slice(0, 3)) {
      const { sender: _sender, ...without } = payload;
      for (const sent of [payload, without, { ...payload, sender: "nobody" }]) {
        const expected = reference.validate(sent).valid ? 200 : 422;
        expect([name, await send(name, sent)]).toEqual([name, expected]);
      }
    }
    await insist(world, "DELETE", `/accounts/${tenant.accountId}/event-types/${name}`);
  }
  expect(kept).toContain("push");
  expect(kept.length).toBeGreaterThan(30);
});

/** The schema of an event with all that it refers to, without what is there to be read. */
function schemaOf(name: string): Schema | null {
  const first = [`${name}_event`, `${name}$event`].find((one) => one in definitions);
  if (first === undefined) return null;
  const needed = new Set<string>();
  const gather = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(gather);
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).flatMap(([key, one]) => {
        const isRemark = ["description", "title", "$schema", "tsAdditionalProperties", "examples"].includes(key);
        if (isRemark && typeof one !== "object") return [];
        if (key === "$ref") needed.add(String(one).slice("#/definitions/".length));
        return [[key, gather(one)]];
      }),
    );
  };
  const defs: Schema = {};
  needed.add(first);
  for (const one of needed) defs[one] = gather(definitions[decodeURIComponent(one)]);
  return { ...(defs[first] as Schema), definitions: defs };
}

/** All that GitHub publishes, to ten destinations that ask for different things: each gets just that, and says why not the rest. */
import examples from "@octokit/webhooks-examples";
import { afterEach, beforeEach, expect, it } from "vitest";
import { deliveriesOf, insist, newTenant } from "./tenant";
import { GATEWAY_URL, World } from "./world";

// biome-ignore lint/suspicious/noExplicitAny: GitHub's payloads, as a reader sees them
type Payload = any;
type Asking = {
  asks: Record<string, unknown>;
  /** What it should get, said in another language than the filter's. */
  gets: (type: string, payload: Payload) => boolean;
  /** What each explanation of what it does not get says. */
  because: RegExp;
};

const TEN: Asking[] = [
  { asks: {}, gets: () => true, because: /never/ },
  {
    asks: { event_types: ["push", "issues"] },
    gets: (type) => type === "push" || type === "issues",
    because: /^The event's type is \S+; the destination asks for push, issues\.$/,
  },
  {
    asks: { event_types: ["pull_request*"] },
    gets: (type) => type.startsWith("pull_request"),
    because: /^The event's type is \S+; the destination asks for pull_request\*\.$/,
  },
  {
    asks: { filter: { action: "opened" } },
    gets: (_type, { action }) => action === "opened",
    because: /^action is (not there|".+", not "opened") \(action\)\.$/,
  },
  {
    asks: { filter: { sender: { type: { $neq: "Bot" }, id: { $gte: 1_000_000 } } } },
    gets: (_type, { sender }) => sender?.type !== undefined && sender.type !== "Bot" && sender.id >= 1_000_000,
    because: /^sender(\.type|\.id)? is /,
  },
  {
    asks: { filter: { $type: { $in: ["star", "watch", "fork"] } } },
    gets: (type) => ["star", "watch", "fork"].includes(type),
    because: /^\$type is "\S+", not in \["star","watch","fork"\] \(\$type\.\$in\)\.$/,
  },
  {
    asks: { filter: { repository: { $exist: false } } },
    gets: (_type, { repository }) => repository === undefined,
    because: /^repository is there: an object \(repository\.\$exist\)\.$/,
  },
  {
    asks: { filter: { $or: [{ issue: { labels: { name: "bug" } } }, { pull_request: { draft: true } }] } },
    gets: (_type, { issue, pull_request }) =>
      (issue?.labels ?? []).some(({ name }: Payload) => name === "bug") || pull_request?.draft === true,
    because: /none of the conditions of \$or holds/,
  },
  {
    asks: { filter: { commits: [{ author: { name: { $startsWith: "C" } } }] } },
    gets: (_type, { commits }) =>
      Array.isArray(commits) && commits.some(({ author }: Payload) => author?.name?.startsWith("C")),
    because: /^(commits|The payload)/,
  },
  {
    asks: {
      event_types: ["issue*"],
      filter: { action: { $nin: ["deleted", "locked"] }, issue: { user: { login: { $ref: "sender.login" } } } },
    },
    gets: (type, { action, issue, sender }) =>
      type.startsWith("issue") &&
      action !== undefined &&
      !["deleted", "locked"].includes(action) &&
      issue?.user?.login === sender.login,
    because: /^(The event's type is|action is|issue(\.user\.login)? is)/,
  },
];

let world: World;
beforeEach(async () => {
  world = await World.open();
});
afterEach(() => world.close());

it("GitHub's payloads to ten destinations", async () => {
  const tenant = await newTenant(
    world,
    TEN.map(({ asks }) => asks),
  );
  await insist(world, "PATCH", `/accounts/${tenant.accountId}`, { event_type_header: "x-github-event" });
  const sent = new Map<string, { type: string; payload: Payload }>();
  for (const { name, examples: payloads } of examples as { name: string; examples: Payload[] }[]) {
    for (const payload of payloads) {
      const response = await world.request(
        new Request(`${GATEWAY_URL}/server/incoming_data`, {
          method: "POST",
          headers: { "cl-x-token": tenant.token, "content-type": "application/json", "x-github-event": name },
          body: JSON.stringify(payload),
        }),
      );
      if (response === "killed") throw new Error("killed");
      const { event_id, deliveries } = await response.json<{ event_id: string; deliveries: number }>();
      sent.set(event_id, { type: name, payload });
      expect(deliveries, event_id).toBe(TEN.filter(({ gets }) => gets(name, payload)).length);
      world.advance(1);
    }
  }
  await world.runToRest();
  for (const [n, { gets, because }] of TEN.entries()) {
    const destination = tenant.destinations[n]!;
    const wanted = [...sent].filter(([, { type, payload }]) => gets(type, payload)).map(([id]) => id);
    expect(wanted.length, `destination ${n} asks for something that there is`).toBeGreaterThan(0);
    const deliveries = await deliveriesOf(world, tenant, `&destination_id=${destination.id}`);
    expect(deliveries).toHaveLength(sent.size);
    const delivered = deliveries.filter(({ state }) => state === "delivered").map(({ event_id }) => event_id);
    expect(delivered.sort(), `destination ${n}`).toEqual(wanted.sort());
    const bodies = wanted.map((id) => JSON.stringify(sent.get(id)?.payload)).sort();
    expect(
      world
        .at(destination.url)
        .map(({ body }) => body)
        .sort(),
    ).toEqual(bodies);
    for (const { state, explanation } of deliveries) {
      if (state !== "delivered") expect([state, explanation]).toEqual(["filtered", expect.stringMatching(because)]);
    }
  }
});

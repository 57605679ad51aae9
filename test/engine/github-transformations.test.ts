/** All that GitHub publishes, to ten destinations that ask for different things and make something of them: each gets just that. */
import examples from "@octokit/webhooks-examples";
import { afterEach, beforeEach, expect, it } from "vitest";
import { deliveriesOf, insist, newTenant } from "./tenant";
import { GATEWAY_URL, type Received, World } from "./world";

// biome-ignore lint/suspicious/noExplicitAny: GitHub's payloads, as a reader sees them
type Payload = any;
type Wishes = {
  settings: Record<string, unknown>;
  /** What it should get, said in another language than the filter's. */
  gets: (type: string, payload: Payload) => boolean;
  /** What should be sent of it, said in another language than JSONata; null for what the expression fails for. */
  makes: (type: string, payload: Payload) => string | null;
  because?: string;
  /** What else there is to see of the request. */
  looks?: (one: Received, type: string, payload: Payload) => void;
};

const all = () => true;
const names = (labels: Payload[] | undefined) => (labels ?? []).map(({ name }) => name);
const formOf = (fields: Record<string, unknown>) =>
  new URLSearchParams(
    Object.entries(fields).map(([name, value]): [string, string] => [name, String(value)]),
  ).toString();

const TEN: Wishes[] = [
  { settings: {}, gets: all, makes: (_type, payload) => JSON.stringify(payload) },
  {
    settings: {
      event_types: ["push", "issues"],
      transformation: '{"type": $event.type, "repo": repository.full_name, "by": sender.login}',
      templates: { headers: { "X-Kind": "{{ event.type }}", "X-None": "{{ body.none }}" } },
    },
    gets: (type) => type === "push" || type === "issues",
    makes: (type, { repository, sender }) => JSON.stringify({ type, repo: repository.full_name, by: sender.login }),
    looks: ({ headers }, type) => expect([headers.get("x-kind"), headers.get("x-none")]).toEqual([type, null]),
  },
  {
    settings: {
      event_types: ["pull_request*"],
      transformation: '{"title": pull_request.title, "lines": pull_request.additions + pull_request.deletions}',
    },
    gets: (type) => type.startsWith("pull_request"),
    makes: (_type, { pull_request: { title, additions, deletions } }) =>
      JSON.stringify({ title, ...(additions !== undefined && { lines: additions + deletions }) }),
  },
  {
    settings: {
      filter: { action: "opened" },
      transformation: '"Opened by " & sender.login',
      templates: { body: "text" },
    },
    gets: (_type, { action }) => action === "opened",
    makes: (_type, { sender }) => `Opened by ${sender.login}`,
    looks: ({ headers }) => expect(headers.get("content-type")).toBe("text/plain; charset=utf-8"),
  },
  {
    settings: {
      filter: { sender: { type: { $neq: "Bot" }, id: { $gte: 1_000_000 } } },
      transformation: '{"login": sender.login, "id": sender.id}',
      templates: { body: "form" },
    },
    gets: (_type, { sender }) => sender?.type !== undefined && sender.type !== "Bot" && sender.id >= 1_000_000,
    makes: (_type, { sender: { login, id } }) => formOf({ login, id }),
    looks: ({ headers }) => expect(headers.get("content-type")).toBe("application/x-www-form-urlencoded"),
  },
  {
    settings: {
      filter: { $type: { $in: ["star", "watch", "fork"] } },
      templates: { path: "/of/{{ body.repository.name }}", query: { by: "{{ body.sender.login }}" } },
    },
    gets: (type) => ["star", "watch", "fork"].includes(type),
    makes: (_type, payload) => JSON.stringify(payload),
    looks: ({ url }, _type, { repository, sender }) =>
      expect(url).toMatch(new RegExp(`/hook/of/${encodeURIComponent(repository.name)}\\?by=${sender.login}$`)),
  },
  {
    settings: { filter: { repository: { $exist: false } }, transformation: "$" },
    gets: (_type, { repository }) => repository === undefined,
    makes: (_type, payload) => JSON.stringify(payload),
  },
  {
    settings: {
      filter: { $or: [{ issue: { labels: { name: "bug" } } }, { pull_request: { draft: true } }] },
      transformation: '{"labels": [issue.labels.name, pull_request.labels.name]}',
    },
    gets: (_type, { issue, pull_request }) => names(issue?.labels).includes("bug") || pull_request?.draft === true,
    makes: (_type, { issue, pull_request }) =>
      JSON.stringify({ labels: [...names(issue?.labels), ...names(pull_request?.labels)] }),
  },
  {
    settings: {
      filter: { commits: [{ author: { name: { $startsWith: "C" } } }] },
      transformation: '[commits.{"id": id, "by": author.name}]',
    },
    gets: (_type, { commits }) =>
      Array.isArray(commits) && commits.some(({ author }: Payload) => author?.name?.startsWith("C")),
    makes: (_type, { commits }) => JSON.stringify(commits.map(({ id, author }: Payload) => ({ id, by: author.name }))),
  },
  {
    settings: {
      event_types: ["issue*"],
      filter: { action: { $nin: ["deleted", "locked"] } },
      transformation: 'issue.comments = 0 ? $error("Nobody has commented") : {"number": issue.number}',
    },
    gets: (type, { action }) =>
      type.startsWith("issue") && action !== undefined && !["deleted", "locked"].includes(action),
    makes: (_type, { issue }) => (issue.comments === 0 ? null : JSON.stringify({ number: issue.number })),
    because: "The transformation fails: Nobody has commented (at character 28)",
  },
];

let world: World;
beforeEach(async () => {
  world = await World.open();
});
afterEach(() => world.close());

it("GitHub's payloads to ten destinations, each in the shape that it wants", async () => {
  const tenant = await newTenant(
    world,
    TEN.map(({ settings }) => settings),
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
      sent.set((await response.json<{ event_id: string }>()).event_id, { type: name, payload });
      world.advance(1);
    }
  }
  await world.runToRest();
  const arrived = Map.groupBy(world.received, ({ webhookId }) => webhookId);
  for (const [n, { gets, makes, because, looks }] of TEN.entries()) {
    const deliveries = await deliveriesOf(world, tenant, `&destination_id=${tenant.destinations[n]!.id}`);
    expect(deliveries).toHaveLength(sent.size);
    const outcomes = new Set<string>();
    for (const { delivery_id, event_id, state, explanation } of deliveries) {
      const { type, payload } = sent.get(event_id)!;
      const expected = gets(type, payload) ? makes(type, payload) : "filtered";
      const requests = arrived.get(delivery_id) ?? [];
      outcomes.add(state);
      if (expected === "filtered") expect([n, state, requests]).toEqual([n, "filtered", []]);
      else if (expected === null) expect([n, state, explanation, requests]).toEqual([n, "discarded", because, []]);
      else {
        expect([n, state, requests.map(({ body }) => body)]).toEqual([n, "delivered", [expected]]);
        looks?.(requests[0]!, type, payload);
      }
    }
    expect([n, outcomes.has("delivered"), outcomes.has("discarded")]).toEqual([n, true, because !== undefined]);
  }
});

// `npm run bench`: how many durable accepts per second the built Worker reaches on this machine, with D1 on disk and each
// event delivered to a local receiver. Machines differ: compare the rows with the first one, not with other machines.
import { Agent, request } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { build } from "../test/e2e/support/build.ts";
import { openGateway } from "../test/e2e/support/gateway.ts";
import { hangs, Receiver } from "../test/e2e/support/receiver.ts";
import { addDestination, newAccount } from "../test/support/client.ts";

const ROUNDS = 3;
const WARM_UP_MS = 500;
const MEASURE_MS = 2_000;
const LONGEST_BACKLOG_MS = 20_000;
const MANY = 64;
const PAYLOAD = JSON.stringify({
  order: 17,
  total: 99.5,
  items: Array.from({ length: 20 }, (_, i) => ({ sku: `A-${i}` })),
});
const HANGING = { timeout_ms: 1_000 };
/** They are counted, and never reached. */
const LIMITS_ON = { LIMITS: "account=900000/s" };

await build();
const gateway = await openGateway();
const limited = await openGateway(0, LIMITS_ON);
const receiver = await Receiver.open();
const hanging = await Receiver.open(hangs);
let accepted = 0;
try {
  const healthy = await senderTo(gateway, [receiver.url]);
  const withHanging = await senderTo(gateway, [receiver.url], [hanging.url, HANGING]);
  const withLimits = await senderTo(limited, [receiver.url]);
  const cases = [
    { destinations: "1", connections: 1, sender: healthy },
    { destinations: "1, with limits", connections: 1, sender: withLimits },
    { destinations: "1", connections: MANY, sender: healthy },
    { destinations: "1, with limits", connections: MANY, sender: withLimits },
    { destinations: "1 + 1 that hangs", connections: 1, sender: withHanging },
    { destinations: "1 + 1 that hangs", connections: MANY, sender: withHanging },
  ].map((one) => ({ ...one, latencies: [], refused: 0 }));
  // interleaved, so that other load on the machine affects all of them alike
  for (let round = 0; round < ROUNDS; round++) {
    for (const one of cases) {
      await measure(one.sender, one.connections, WARM_UP_MS);
      const { latencies, refused } = await measure(one.sender, one.connections, MEASURE_MS);
      one.latencies.push(...latencies);
      one.refused += refused;
      await allDelivered();
    }
  }
  const rate = ({ latencies }) => latencies.length / ((ROUNDS * MEASURE_MS) / 1_000);
  console.table(
    cases.map((one) => ({
      destinations: one.destinations,
      connections: one.connections,
      "accepts/s": Math.round(rate(one)),
      "times the first": Number((rate(one) / rate(cases[0])).toFixed(2)),
      "p50 ms": percentile(one.latencies, 0.5),
      "p99 ms": percentile(one.latencies, 0.99),
      "not accepted": one.refused,
    })),
  );
} finally {
  receiver.close();
  hanging.close();
  await gateway.close();
  await limited.close();
}

async function senderTo(gateway, ...destinations) {
  const account = await newAccount(gateway);
  for (const [url, input] of destinations) await addDestination(gateway, account, url, input);
  return { url: gateway.url, token: account.app_secret_token };
}

/** Each connection sends its next event once the previous one was answered. Latencies in milliseconds. */
async function measure(sender, connections, forMs) {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const latencies = [];
  let refused = 0;
  const end = performance.now() + forMs;
  const connection = async () => {
    while (performance.now() < end) {
      const begun = performance.now();
      if ((await send(agent, sender)) === 200) latencies.push(performance.now() - begun);
      else refused++;
    }
  };
  await Promise.all(Array.from({ length: connections }, connection));
  agent.destroy();
  accepted += latencies.length;
  return { latencies, refused };
}

/** So that no run is measured with work left by the previous one. */
async function allDelivered() {
  const deadline = performance.now() + LONGEST_BACKLOG_MS;
  while (receiver.arrivals.length < accepted && performance.now() < deadline) await sleep(20);
}

function send(agent, { url, token }) {
  const headers = { "content-type": "application/json", "content-length": PAYLOAD.length, "cl-x-token": token };
  return new Promise((resolve, reject) => {
    request(`${url}/server/incoming_data`, { method: "POST", agent, headers }, (response) => {
      response
        .resume()
        .on("end", () => resolve(response.statusCode))
        .on("error", reject);
    })
      .on("error", reject)
      .end(PAYLOAD);
  });
}

function percentile(numbers, share) {
  const sorted = numbers.toSorted((a, b) => a - b);
  return Number(sorted[Math.floor(share * sorted.length)]?.toFixed(1));
}

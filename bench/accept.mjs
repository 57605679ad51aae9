// `npm run bench`: how many durable accepts a second the built Worker gives on this machine, D1 on disk, each of them
// delivered to a receiver on it. Machines differ; what the rows say is how they compare with the first.
import { Agent, request } from "node:http";
import { build } from "../test/e2e/support/build.ts";
import { openGateway } from "../test/e2e/support/gateway.ts";
import { hangs, Receiver } from "../test/e2e/support/receiver.ts";
import { addDestination, newAccount } from "../test/e2e/support/tenant.ts";

const WARM_UP_MS = 1_000;
const MEASURE_MS = 5_000;
const MANY = 64;
const PAYLOAD = JSON.stringify({ order: 17, total: 99.5, items: Array.from({ length: 20 }, (_, i) => ({ sku: `A-${i}` })) });
const HANGING = { timeout_ms: 1_000 };

await build();
const gateway = await openGateway();
const receiver = await Receiver.open();
const hanging = await Receiver.open(hangs);
try {
  const healthy = await tokenOf([receiver.url]);
  const withHanging = await tokenOf([receiver.url], [hanging.url, HANGING]);
  const rows = [];
  for (const [destinations, token] of [
    ["1", healthy],
    ["1 + 1 that hangs", withHanging],
  ]) {
    for (const connections of [1, MANY]) {
      await measure(token, connections, WARM_UP_MS);
      const { latencies, refused } = await measure(token, connections, MEASURE_MS);
      const rate = latencies.length / (MEASURE_MS / 1_000);
      rows.push({ destinations, connections, rate, p50: at(latencies, 0.5), p99: at(latencies, 0.99), refused });
    }
  }
  console.table(
    rows.map(({ rate, p50, p99, ...row }) => ({
      ...row,
      "accepts/s": Math.round(rate),
      "times the first": Number((rate / rows[0].rate).toFixed(2)),
      "p50 ms": Number(p50.toFixed(1)),
      "p99 ms": Number(p99.toFixed(1)),
    })),
  );
} finally {
  receiver.close();
  hanging.close();
  await gateway.close();
}

async function tokenOf(...destinations) {
  const account = await newAccount(gateway);
  for (const [url, input] of destinations) await addDestination(gateway, account, url, input);
  return account.app_secret_token;
}

/** Each connection sends its next event when the one before was answered. Latencies in milliseconds, sorted. */
async function measure(token, connections, forMs) {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const latencies = [];
  let refused = 0;
  const end = performance.now() + forMs;
  const connection = async () => {
    while (performance.now() < end) {
      const begun = performance.now();
      if ((await send(agent, token)) === 200) latencies.push(performance.now() - begun);
      else refused++;
    }
  };
  await Promise.all(Array.from({ length: connections }, connection));
  agent.destroy();
  return { latencies: latencies.sort((a, b) => a - b), refused };
}

function send(agent, token) {
  const headers = { "content-type": "application/json", "content-length": PAYLOAD.length, "cl-x-token": token };
  return new Promise((resolve, reject) => {
    request(`${gateway.url}/server/incoming_data`, { method: "POST", agent, headers }, (response) => {
      response.resume().on("end", () => resolve(response.statusCode)).on("error", reject);
    })
      .on("error", reject)
      .end(PAYLOAD);
  });
}

function at(sorted, share) {
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}

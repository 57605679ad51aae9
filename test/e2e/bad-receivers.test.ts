import { afterAll, beforeAll, expect, it } from "vitest";
import { addDestination, deliveriesOf, newAccount, readDelivery, send } from "../support/client.ts";
import { type Gateway, openGateway } from "./support/gateway.ts";
import { hangs, neverEnds, Receiver, resets } from "./support/receiver.ts";
import { until } from "./support/until.ts";

const KEPT_BODY_BYTES = 8_192;

let gateway: Gateway;
const receivers: Receiver[] = [];

beforeAll(async () => {
  gateway = await openGateway();
});
afterAll(async () => {
  for (const receiver of receivers) receiver.close();
  await gateway.close();
});

async function open(...behaviour: Parameters<typeof Receiver.open>): Promise<Receiver> {
  const receiver = await Receiver.open(...behaviour);
  receivers.push(receiver);
  return receiver;
}

it("one hangs, one resets, one sends without end: the answer and the others come as without them", async () => {
  const account = await newAccount(gateway);
  const [hanging, resetting, endless] = [await open(hangs), await open(resets), await open(neverEnds)];
  const good = [await open(), await open()];
  const to = (receiver: Receiver, input = {}) => addDestination(gateway, account, receiver.url, input);
  const toHanging = await to(hanging, { timeout_ms: 1_000 });
  // Attempted with the others, since it is within what an inline attempt may take, and longer than any of them.
  const stillHanging = await open(hangs);
  await to(stillHanging, { timeout_ms: 20_000 });
  const toResetting = await to(resetting);
  const toEndless = await to(endless);
  for (const receiver of good) await to(receiver);
  const left = () => receivers.filter((receiver) => receiver.arrivals.some(({ leftByGateway }) => leftByGateway));

  const { event_id: eventId } = await send(gateway, account, '{"order":17}');
  expect(left(), "the answer has waited for a hanging destination").not.toContain(hanging);

  await until("the good ones have it", () => good.every(({ arrivals }) => arrivals.length === 1));
  await until("the hanging one was given up", () => left().includes(hanging));
  await until("the endless one was given up", () => left().includes(endless));

  const stateOf = async (destinationId: string) =>
    (await deliveriesOf(gateway, { account_id: account.account_id, destination_id: destinationId }))[0];
  const firstAttempt = async (destinationId: string) => {
    const delivery = await stateOf(destinationId);
    expect(delivery?.event_id).toBe(eventId);
    return (await readDelivery(gateway, delivery?.delivery_id ?? "")).attempts[0];
  };
  await until(
    "the three are recorded, while another still hangs",
    async () => ((await stateOf(toHanging.destination_id))?.attempt_count ?? 0) > 0,
  );
  expect(stillHanging.arrivals).toHaveLength(1);
  expect(left(), "the record has waited for the slowest").not.toContain(stillHanging);

  const timedOut = await firstAttempt(toHanging.destination_id);
  expect(timedOut).toMatchObject({ outcome: "timeout", status_code: null, response_body: null });
  expect(timedOut?.duration_ms).toBeGreaterThanOrEqual(1_000);
  expect(timedOut?.duration_ms).toBeLessThan(30_000);
  expect(await firstAttempt(toResetting.destination_id)).toMatchObject({ outcome: "connection", status_code: null });
  expect((await stateOf(toResetting.destination_id))?.state).toBe("pending");
  expect(await firstAttempt(toEndless.destination_id)).toMatchObject({
    outcome: "success",
    status_code: 200,
    response_body: "x".repeat(KEPT_BODY_BYTES),
  });
  expect((await stateOf(toEndless.destination_id))?.state).toBe("delivered");
});

it("one answers a status that HTTP does not have: it can be read, and found by it", async () => {
  const account = await newAccount(gateway);
  const receiver = await open((response) => response.writeHead(999).end("no"));
  await addDestination(gateway, account, receiver.url);
  const { event_id: eventId } = await send(gateway, account, "{}");
  const found = () => deliveriesOf(gateway, { account_id: account.account_id, status_code: "999" });
  await until("it was attempted", async () => (await found()).length === 1);
  expect((await found())[0]).toMatchObject({ event_id: eventId, last_status_code: 999 });
});

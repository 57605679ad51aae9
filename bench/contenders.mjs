// What is measured in turns: the gateway, another checkout of it where one is given, and the floors.
import { fileURLToPath } from "node:url";
import { addDestination, newAccount } from "../test/support/client.ts";
import { ONE_WRITE_TABLES } from "./floor/one-write-tables.mjs";
import { Served } from "./serving/served.mjs";

/**
 * A contender has `served`; `senders`, by the number of destinations, where events are sent and by which token, `typed` where
 * they say their type; `tells` where its API says what became of them.
 */
export async function openGateway(built, receiverUrl, destinations, options = {}) {
  const served = await Served.start({ scripts: [built.script], ...built, ...options });
  const senders = {};
  for (const count of destinations) senders[count] = await newTenant(served, receiverUrl, count);
  return { served, senders, tells: true };
}

/** The floors by their names. Each has the destinations for which it says something. */
export async function openFloors(config, receiverUrl, destinations) {
  const open = async (name) =>
    Served.start({
      scripts: [fileURLToPath(new URL(`floor/${name}.js`, import.meta.url))],
      config,
      floor: true,
      settings: { RECEIVER: receiverUrl },
    });
  const hello = await open("hello");
  const oneWrite = await open("one-write");
  await oneWrite.write(ONE_WRITE_TABLES);
  const fanOut = await open("bare-fan-out");
  const fanOuts = destinations.filter((count) => count > 0);
  return {
    hello: { served: hello, senders: { 0: { url: hello.url } } },
    "one-write": { served: oneWrite, senders: { 0: { url: oneWrite.url } } },
    "bare-fan-out": {
      served: fanOut,
      senders: Object.fromEntries(fanOuts.map((count) => [count, { url: `${fanOut.url}/?destinations=${count}` }])),
    },
  };
}

/** A new account with so many destinations at the receiver, each with those settings. */
export async function newTenant(served, receiverUrl, destinations, settings = {}) {
  const { account_id: account, app_secret_token: token } = await newAccount(served.client);
  for (let i = 0; i < destinations; i++) {
    await addDestination(served.client, { account_id: account }, receiverUrl + i, settings);
  }
  return { url: `${served.url}/server/incoming_data`, token, account };
}

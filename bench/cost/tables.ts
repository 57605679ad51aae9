/** The tables of docs/cost.md. */
import { PAYLOAD_BYTES } from "./life.ts";
import { about, inDays, table, thousands, usd } from "./markdown.ts";
import {
  daysKept,
  type Inputs,
  type Kind,
  roomOnFree,
  roomOnPaid,
  usdAMillion,
  usdAMonth,
  usdOfPart,
  usdOfServers,
} from "./plans.ts";

/** Beside servers, whose price is the same for all of them. */
const MONTHLY_EVENTS = [100_000, 1_000_000, 10_000_000];
export const COMPARED = { destinations: 3, retries: 0, payloadBytes: 2_000 };

export function lives(kinds: Kind[]): string {
  return table(
    [
      "destinations",
      "rows to accept",
      "to record",
      "to remove",
      "**rows written**",
      "rows read",
      "calls",
      "queue operations",
      "requests",
      "CPU ms",
      "bytes kept, 2 KB",
      "20 KB",
    ],
    kinds.map(({ life, cost }) => [
      nameOf(life),
      life.rowsWritten.accept,
      life.rowsWritten.record + life.rowsWritten.retry,
      life.rowsWritten.remove,
      `**${cost.rowsWritten}**`,
      cost.rowsRead,
      life.roundTrips,
      cost.queueOperations,
      cost.invocations,
      cost.cpuMs.toFixed(1),
      ...PAYLOAD_BYTES.map((bytes) => thousands(storedBytesOf({ life }, bytes))),
    ]),
  );
}

export function onFree(kinds: Kind[], inputs: Inputs): string {
  return table(
    ["destinations", "events a day", "which ends with", "kept, 2 KB", "kept, 20 KB"],
    kinds.map((kind) => {
      const room = roomOnFree(kind, inputs);
      const days = PAYLOAD_BYTES.map((bytes) => inputs.free.databaseBytes / storedBytesOf(kind, bytes) / room.events);
      return [nameOf(kind.life), thousands(about(room.events)), room.endsWith, ...days.map(inDays)];
    }),
  );
}

export function onPaid(kinds: Kind[], inputs: Inputs): string {
  return table(
    ["destinations", "payload", "events a month within it", "which ends with", "days until full", "each million more"],
    kinds.flatMap((kind) =>
      PAYLOAD_BYTES.map((bytes) => {
        const stored = storedBytesOf(kind, bytes);
        const room = roomOnPaid(kind, stored, inputs);
        const fullAfter = inputs.paid.databaseBytes / stored / (room.events / inputs.daysInMonth);
        return [
          nameOf(kind.life),
          `${bytes / 1_000} KB`,
          thousands(about(room.events)),
          room.endsWith,
          inDays(fullAfter),
          usd(usdAMillion(kind, stored, inputs)),
        ];
      }),
    ),
  );
}

export function besideServers(kinds: Kind[], inputs: Inputs): string {
  const kind = kinds.find(
    ({ life }) => life.destinations === COMPARED.destinations && life.retries === COMPARED.retries,
  );
  if (!kind) throw new Error("events of that kind were not counted");
  const stored = storedBytesOf(kind, COMPARED.payloadBytes);
  return table(
    ["events a month", "kept", "this gateway", ...inputs.servers.map(({ name }) => name)],
    MONTHLY_EVENTS.map((events) => [
      thousands(events),
      inDays(daysKept(events, stored, inputs)),
      usd(usdAMonth(kind, events, stored, inputs)),
      ...inputs.servers.map((deployment) => usd(usdOfServers(deployment))),
    ]),
  );
}

export function servers({ servers }: Inputs): string {
  return table(
    ["deployment", "part", "a month", "price from"],
    servers.flatMap(({ name, hoursInMonth, parts }) =>
      parts.map((part) => [name, part.what, usd(usdOfPart(part, hoursInMonth)), `<${part.url}>, ${part.seen}`]),
    ),
  );
}

export function sources({ sources }: Inputs): string {
  return Object.values(sources)
    .map(({ url, seen }) => `- <${url}>, seen ${seen}`)
    .join("\n");
}

function storedBytesOf({ life }: Pick<Kind, "life">, payloadBytes: number): number {
  return life.storedBytes[payloadBytes] ?? Number.NaN;
}

function nameOf({ destinations, retries }: Kind["life"]): string {
  return retries === 0 ? `${destinations}` : `${destinations}, with a retry`;
}

// The load generator: sends so many events over so many connections, each of which sends its next event once the previous one
// was answered.
import { answerOrders, clockMs } from "../processes.mjs";
import { Connection } from "./connection.mjs";
import { payloadOf, typeOf } from "./payloads.mjs";

answerOrders({ send });

/**
 * @param typed whether each event says its type
 * @returns when each event was sent and how long its answer took, in ms, and how many had which status
 */
async function send({ url, token, typed, run, events, connections }) {
  const { port, pathname, search } = new URL(url);
  const head = `POST ${pathname}${search} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nContent-Type: application/json\r\nCL-X-TOKEN: ${token}\r\n`;
  const sentAt = new Float64Array(events);
  const answerMs = new Float64Array(events);
  const statuses = {};
  const opened = await Promise.all(Array.from({ length: connections }, () => Connection.open(Number(port))));
  const begun = clockMs();
  let next = 0;
  const sendInTurn = async (connection) => {
    while (next < events) {
      const event = next++;
      const body = payloadOf(run, event);
      sentAt[event] = clockMs();
      const type = typed ? `CL-X-EVENT-TYPE: ${typeOf(event)}\r\n` : "";
      const status = await connection.send(`${head}${type}Content-Length: ${body.length}\r\n\r\n`, body);
      answerMs[event] = clockMs() - sentAt[event];
      statuses[status] = (statuses[status] ?? 0) + 1;
    }
  };
  await Promise.all(opened.map(sendInTurn));
  const ended = clockMs();
  for (const connection of opened) connection.close();
  return { sent: next, statuses, begun, ended, sentAt: sentAt.slice(0, next), answerMs: answerMs.slice(0, next) };
}

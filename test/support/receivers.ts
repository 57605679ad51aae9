/** The outside world: whatever the Worker fetches is answered by one of these, each at a host of its own. */
import { vi } from "vitest";
import { unique } from "./tenants";

export type Arrived = { method: string; url: URL; headers: Headers; bytes: Uint8Array; text: string };
export type Receiver = { url: string; arrived: Arrived[] };
type AnswerTo = (request: Request) => Response | Promise<Response>;

const receivers = new Map<string, { receiver: Receiver; answer: AnswerTo }>();

vi.stubGlobal("fetch", async (input: Request | string | URL, init?: RequestInit) => {
  const request = new Request(input, init);
  const known = receivers.get(new URL(request.url).hostname);
  if (!known) throw new Error("Network connection lost.");
  const bytes = new Uint8Array(await request.clone().arrayBuffer());
  known.receiver.arrived.push({
    method: request.method,
    url: new URL(request.url),
    headers: request.headers,
    bytes,
    text: new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes),
  });
  const answer = await known.answer(request);
  const location = answer.headers.get("location");
  return location !== null && request.redirect === "follow" ? fetch(location) : answer;
});

/** A receiver that answers 200, or as it is told. */
export function openReceiver(answer: AnswerTo = () => new Response("thank you"), domain = "example"): Receiver {
  const host = `${unique("r")}.${domain}`;
  const receiver = { url: `https://${host}/hook`, arrived: [] };
  receivers.set(host, { receiver, answer });
  return receiver;
}

export function lastAt(receiver: Receiver): Arrived {
  const last = receiver.arrived.at(-1);
  if (!last) throw new Error(`nothing arrived at ${receiver.url}`);
  return last;
}

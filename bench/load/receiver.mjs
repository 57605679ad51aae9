// The receiver of all destinations: remembers of each event of the present run which destinations it came to, how often, and
// when the last of them had it.
import { createServer } from "node:http";
import { answerOrders, clockMs } from "../processes.mjs";
import { markOf } from "./payloads.mjs";

let present = null;

const server = createServer({ keepAlive: true }, async (request, response) => {
  const chunks = [];
  try {
    for await (const chunk of request) chunks.push(chunk);
  } catch {
    return; // cut off: nothing has arrived
  }
  arrived(Number(request.url.slice("/hook/".length)), markOf(chunks.length === 1 ? chunks[0] : Buffer.concat(chunks)));
  response.end("thank you");
});
server.keepAliveTimeout = 0; // an idle connection may be chosen for the next request at any moment
await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));

answerOrders({
  url: () => `http://127.0.0.1:${server.address().port}/hook/`,
  /** What comes from now on belongs to this run. */
  expect: ({ run, events, destinations }) => {
    const { promise, resolve } = Promise.withResolvers();
    present = {
      run,
      destinations,
      counts: new Uint16Array(events * destinations),
      completeAt: new Float64Array(events),
      missing: events * destinations,
      strangers: 0,
      complete: { promise, resolve },
    };
  },
  /** Waits until every event has come to every destination, so long at the most. */
  complete: ({ withinMs }) => {
    const late = new Promise((resolve) => setTimeout(resolve, withinMs, false).unref());
    return present.missing === 0 || Promise.race([present.complete.promise, late]);
  },
  /** What has come so far: how often each event to each destination, and when its last destination had it. */
  arrivals: () => {
    const { counts, completeAt, strangers } = present;
    return { counts, completeAt, strangers };
  },
});

function arrived(destination, mark) {
  if (present === null || mark === null || mark.run !== present.run || destination >= present.destinations) {
    if (present !== null) present.strangers++;
    return;
  }
  const place = mark.event * present.destinations + destination;
  if (present.counts[place]++ > 0) return;
  present.completeAt[mark.event] = clockMs();
  if (--present.missing === 0) present.complete.resolve(true);
}

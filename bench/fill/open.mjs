import { Served } from "../serving/served.mjs";
import { addAccounts, fill } from "./fill.mjs";

/**
 * Serves a Worker on a database with so many events.
 *
 * @param built the Worker, see serving/build.mjs
 * @param look see `fill`
 * @returns `served`, the `accounts`, and what `fill` returns
 */
export async function openFilled(built, events, receiverUrl, look) {
  const worker = { scripts: [built.script], config: built.config };
  const empty = await Served.start({ ...worker, emptyData: built.emptyData });
  const accounts = await addAccounts(empty.client, receiverUrl);
  await empty.close();
  const filled = fill(empty.folder, events, look);
  return { served: await Served.start({ ...worker, data: empty.folder }), accounts, ...filled };
}

// Counts what Cloudflare bills, by the figures that D1 itself gives. Becomes the main module around worker.js, in a run of its
// own: what it costs is in no measured one.
import worker from "./worker.js";

const NOTHING = { calls: 0, statements: 0, rowsRead: 0, rowsWritten: 0, messagesSent: 0, messagesRead: 0, bytes: 0 };
const COUNTS_PATH = "/bench/counts";

let counts = { ...NOTHING };
const environments = new WeakMap();

export default {
  fetch(request, env, context) {
    if (new URL(request.url).pathname !== COUNTS_PATH) return worker.fetch(request, counted(env), context);
    const counted_ = counts;
    if (request.method === "DELETE") counts = { ...NOTHING, bytes: counts.bytes };
    return Response.json(counted_);
  },
  queue(batch, env, context) {
    counts.messagesRead += batch.messages.length;
    return worker.queue(batch, counted(env), context);
  },
  scheduled: (controller, env, context) => worker.scheduled(controller, counted(env), context),
};

/** The same for the same, as the runtime's own. */
function counted(env) {
  const known = environments.get(env);
  if (known) return known;
  const made = { ...env, DB: countedDatabase(env.DB), QUEUE: countedQueue(env.QUEUE) };
  environments.set(env, made);
  return made;
}

function countedQueue(queue) {
  return {
    send: (message, options) => {
      counts.messagesSent++;
      return queue.send(message, options);
    },
    sendBatch: (messages, options) => {
      const all = [...messages];
      counts.messagesSent += all.length;
      return queue.sendBatch(all, options);
    },
  };
}

function countedDatabase(database) {
  const originals = new WeakMap();
  const call = async (statements, asked) => {
    counts.calls++;
    counts.statements += statements;
    const results = await asked;
    for (const { meta } of [results].flat()) {
      counts.rowsRead += meta.rows_read;
      counts.rowsWritten += meta.rows_written;
      counts.bytes = meta.size_after;
    }
    return results;
  };
  const wrap = (statement) => {
    const all = () => call(1, statement.all());
    const wrapped = {
      bind: (...values) => wrap(statement.bind(...values)),
      run: () => call(1, statement.run()),
      all,
      first: async (column) => {
        const [row] = (await all()).results;
        return row === undefined ? null : column === undefined ? row : row[column];
      },
      // D1 gives no figures with raw rows
      raw: async () => (await all()).results.map(Object.values),
    };
    originals.set(wrapped, statement);
    return wrapped;
  };
  return {
    prepare: (sql) => wrap(database.prepare(sql)),
    batch: (statements) => call(statements.length, database.batch(statements.map((one) => originals.get(one)))),
    exec: (sql) => database.exec(sql),
  };
}

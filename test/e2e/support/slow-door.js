// A slow door in front of the database: workerd runs D1 in its own process, so that whatever kills the Worker kills both,
// and a commit takes no time. Behind this door a statement is on its way for a while, and so is its answer, as it is on
// Cloudflare; who dies meanwhile has not committed, or does not know. Only for tests; becomes the main module around worker.js.
import worker from "./worker.js";

const environments = new WeakMap();

export default {
  fetch: (request, env, context) => worker.fetch(request, behindDoor(env), context),
  queue: (batch, env, context) => worker.queue(batch, behindDoor(env), context),
  scheduled: (controller, env, context) => worker.scheduled(controller, behindDoor(env), context),
};

/** The same for the same, as the runtime's own. */
function behindDoor(env) {
  const known = environments.get(env);
  if (known) return known;
  const slow = { ...env, DB: slowDatabase(env.DB, env.DATABASE_LATENCY_MS) };
  environments.set(env, slow);
  return slow;
}

function slowDatabase(database, latencyMs) {
  const behind = new WeakMap();
  const through = async (go) => {
    await scheduler.wait(latencyMs);
    const result = await go();
    await scheduler.wait(latencyMs);
    return result;
  };
  const slow = (statement) => {
    const wrapped = {
      bind: (...values) => slow(statement.bind(...values)),
      run: () => through(() => statement.run()),
      all: () => through(() => statement.all()),
      first: (column) => through(() => statement.first(column)),
      raw: (options) => through(() => statement.raw(options)),
    };
    behind.set(wrapped, statement);
    return wrapped;
  };
  return {
    prepare: (sql) => slow(database.prepare(sql)),
    batch: (statements) => through(() => database.batch(statements.map((one) => behind.get(one)))),
    exec: (sql) => through(() => database.exec(sql)),
  };
}

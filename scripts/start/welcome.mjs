import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";

/**
 * What to do next. The operator's key is shown only by the start that made it: what is printed often ends in a log.
 *
 * @param {string} origin where the gateway runs
 * @param {string | null} newKey the operator's key, if this start made it
 */
export function welcome(origin, newKey) {
  const id = `demo-${randomBytes(2).toString("hex")}`;
  return `
Data Pusher runs at ${origin}   (Ctrl-C ends it; data stays in .wrangler/state)

Operator's key: ${newKey ?? "ADMIN_TOKEN in .dev.vars"}
Pages:          ${origin}/dashboard   (sign in with that key; npm run seed fills them)
API:            ${origin}/docs

In a second terminal, a receiver that prints what it gets:

  node -e 'require("http").createServer((q, s) => { console.log(q.method, q.url, q.headers); q.pipe(process.stdout, { end: false }); s.end() }).listen(9000)'

In a third, in this folder, an account, a destination, an event, and what became of it:

  KEY=$(sed -n 's/^ADMIN_TOKEN="\\(.*\\)"$/\\1/p' .dev.vars)
  TOKEN=$(curl -s ${origin}/accounts -H "Authorization: Bearer $KEY" -H 'Content-Type: application/json' \\
    -d '{"account_id":"${id}","email":"${id}@example.com","account_name":"Demo"}' | sed 's/.*"app_secret_token":"\\([^"]*\\)".*/\\1/')
  curl -sw '\\n' ${origin}/accounts/${id}/destinations -H "Authorization: Bearer $KEY" -H 'Content-Type: application/json' \\
    -d '{"url":"http://localhost:9000/hook","http_method":"POST","headers":{"X-From":"data-pusher"}}'
  curl -sw '\\n' ${origin}/server/incoming_data -H "CL-X-TOKEN: $TOKEN" -H 'Content-Type: application/json' -d '{"hello":"world"}'
  curl -sw '\\n' "${origin}/deliveries?account_id=${id}" -H "Authorization: Bearer $KEY"
`;
}

/**
 * What has to be known before anything is sent, where events are answered once they are in the queue: here that is in
 * memory.
 *
 * @param {Record<string, string>} settings those of .dev.vars, which go before those of wrangler.toml
 * @returns {string | null} null where events are in the database before they are answered
 */
export function queueWarning(settings) {
  const accept = settings.ACCEPT ?? /^ACCEPT\s*=\s*"(.*)"/m.exec(readFileSync("wrangler.toml", "utf8"))?.[1];
  if (accept !== "queue") return null;
  return `
!!! EVENTS CAN BE LOST ON THIS MACHINE: ACCEPT=queue answers 202 once an event is in the queue, and the local queue is
!!! in memory. Whatever it holds when the gateway stops is gone. Deployed, the queue keeps it. To be safe here: ACCEPT=d1
`;
}

import { deliveryId, firstIdAt } from "../../src/vocabulary/ids.ts";
import { DAY_MS } from "../fill/times.mjs";

/** What questions name: the busiest account and the quietest, something in the middle of all, and a few days long past. */
export function knownOf(db, { rows, accounts, start, heavyEnd }) {
  const first = (sql, values = {}) => db.prepare(sql).get(values);
  const middleRow = Math.ceil(rows.events / 2);
  const newest = (account) =>
    first(
      `SELECT e.event_id, d.destination, x.destination_id
       FROM events e JOIN deliveries d ON d.event_id = e.event_id JOIN destinations x ON x.key = d.destination
       WHERE e.account = $account AND x.enabled AND x.failing_since IS NULL ORDER BY e.event_id DESC LIMIT 1`,
      { account },
    );
  const whose = ({ id, account_id }) => {
    const { event_id, destination, destination_id } = newest(id);
    return {
      account: account_id,
      destination: destination_id,
      event: event_id,
      delivery: deliveryId(event_id, destination),
    };
  };
  const middle = first(
    `SELECT event_id, destination FROM deliveries
     WHERE event_id >= (SELECT event_id FROM events WHERE rowid = $row) AND attempt_count = 1 LIMIT 1`,
    { row: middleRow },
  );
  return {
    heavy: firstIdAt("evt", heavyEnd),
    large: whose(accounts[0]),
    small: whose(accounts.at(-1)),
    failing: first("SELECT destination_id FROM destinations WHERE failing_since IS NOT NULL LIMIT 1").destination_id,
    middle: { event: middle.event_id, delivery: deliveryId(middle.event_id, middle.destination) },
    past: { from: new Date(start + DAY_MS).toISOString(), to: new Date(start + 4 * DAY_MS).toISOString() },
  };
}

/** Of first attempts, which have rows of their own by the minute. */
const ATTEMPTED = ["delivered", "failed", "ms_100", "ms_400", "ms_1000"];
const DECIDED = ["exhausted", "discarded", "skipped"];
const COUNTS = [...ATTEMPTED, ...DECIDED];

/** As the cron would have: of each destination, each account and everything. */
export function countStats(db, period, periodMs, range) {
  const sums = COUNTS.map((name) => `sum(${name})`).join(", ");
  const time = `received_at - received_at % ${periodMs}`;
  const insert = `INSERT INTO stats (period, time, subject, events, ${COUNTS.join(", ")})`;
  db.exec(`CREATE TEMP TABLE IF NOT EXISTS counted (time, destination, account, events, ${COUNTS.join(", ")})`);
  db.exec("DELETE FROM counted");
  db.prepare(
    `INSERT INTO counted
     SELECT ${time}, d.destination, e.account, 0, total(d.state = 'delivered'),
            total(d.state <> 'delivered' AND d.attempt_count = 1), total(d.updated_at - d.created_at < 140),
            total(d.updated_at - d.created_at BETWEEN 140 AND 439), total(d.updated_at - d.created_at > 439),
            total(d.state = 'exhausted'), total(d.reason = 'gone'), total(d.reason = 'destination_disabled')
     FROM events e CROSS JOIN deliveries d ON d.event_id = e.event_id
     WHERE e.event_id >= $from AND e.event_id < $to GROUP BY 1, 2, 3`,
  ).run(range);
  if (period === "minute") {
    ofDestinations(db, "first", ATTEMPTED, "delivered + failed > 0");
    ofDestinations(db, "minute", DECIDED, "exhausted + discarded + skipped > 0");
  } else {
    ofDestinations(db, period, COUNTS, "true");
  }
  db.prepare(
    `INSERT INTO counted SELECT ${time}, NULL, account, count(*), 0, 0, 0, 0, 0, 0, 0, 0
     FROM events WHERE event_id >= $from AND event_id < $to GROUP BY 1, 3`,
  ).run(range);
  db.exec(`${insert} SELECT '${period}', time, -account, sum(events), ${sums} FROM counted GROUP BY time, account`);
  db.exec(`${insert} SELECT '${period}', time, 0, sum(events), ${sums} FROM counted GROUP BY time`);
}

function ofDestinations(db, period, counts, where) {
  const columns = counts.join(", ");
  db.exec(
    `INSERT INTO stats (period, time, subject, ${columns})
     SELECT '${period}', time, destination, ${columns} FROM counted WHERE ${where}`,
  );
}

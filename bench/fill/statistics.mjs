/** As the cron would have: of each destination, each account and everything. */
export function countStats(db, period, periodMs, range) {
  const counts = ["delivered", "failed", "exhausted", "discarded", "skipped", "ms_100", "ms_400", "ms_1000"];
  const columns = ["events", ...counts].join(", ");
  const sums = counts.map((name) => `sum(${name})`).join(", ");
  const time = `received_at - received_at % ${periodMs}`;
  const insert = `INSERT INTO stats (period, time, subject, ${columns})`;
  db.exec(`CREATE TEMP TABLE IF NOT EXISTS counted (time, destination, account, events, ${counts.join(", ")})`);
  db.exec("DELETE FROM counted");
  db.prepare(
    `INSERT INTO counted
     SELECT ${time}, d.destination, e.account, 0, sum(d.state = 'delivered'), sum(d.state <> 'delivered' AND d.attempt_count = 1),
            sum(d.state = 'exhausted'), sum(d.reason = 'gone'), sum(d.reason = 'destination_disabled'),
            sum(d.updated_at - d.created_at < 140), sum(d.updated_at - d.created_at BETWEEN 140 AND 439),
            sum(d.updated_at - d.created_at > 439)
     FROM events e CROSS JOIN deliveries d ON d.event_id = e.event_id
     WHERE e.event_id >= $from AND e.event_id < $to GROUP BY 1, 2, 3`,
  ).run(range);
  db.exec(
    `${insert} SELECT '${period}', time, destination, events, ${counts.map((name) => `coalesce(${name}, 0)`).join(", ")} FROM counted`,
  );
  db.prepare(
    `INSERT INTO counted SELECT ${time}, NULL, account, count(*), 0, 0, 0, 0, 0, 0, 0, 0
     FROM events WHERE event_id >= $from AND event_id < $to GROUP BY 1, 3`,
  ).run(range);
  db.exec(`${insert} SELECT '${period}', time, -account, sum(events), ${sums} FROM counted GROUP BY time, account`);
  db.exec(`${insert} SELECT '${period}', time, 0, sum(events), ${sums} FROM counted GROUP BY time`);
}

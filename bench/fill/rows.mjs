// What is inserted, by the schema of the day.
import { DAY_MS, HOUR_MS, MINUTE_MS } from "./times.mjs";

export const INSERT_EVENTS = `
  WITH RECURSIVE
    numbers(n) AS (SELECT $first UNION ALL SELECT n + 1 FROM numbers WHERE n < $last),
    made AS MATERIALIZED (
      SELECT n, CAST($start + n * $step AS INTEGER) AS at, account_of() AS account, payload_of(n) AS payload FROM numbers)
  INSERT INTO events (event_id, account, size_bytes, received_at, payload)
  SELECT event_id(at), account, length(CAST(payload AS BLOB)), at, payload FROM made`;

/** Of a hundred, 96 arrive, all at their first attempt. What is old is not pending. */
export const INSERT_DELIVERIES = `
  WITH
    made AS MATERIALIZED (
      SELECT e.event_id, x.key, e.received_at AS at, abs(random()) % 1000 AS r,
             e.received_at > $now - ${DAY_MS} AS recent,
             coalesce(e.received_at >= x.failing_since, 0) AS held,
             NOT x.enabled AND e.received_at >= x.updated_at AS disabled
      FROM events e CROSS JOIN destinations x ON x.account = e.account
      WHERE e.event_id >= $from AND e.event_id < $to),
    judged AS MATERIALIZED (
      SELECT *, CASE WHEN disabled THEN 'discarded' WHEN held THEN 'pending' WHEN r < 28 AND recent THEN 'pending'
                     WHEN r < 28 THEN 'exhausted' WHEN r < 36 THEN 'discarded' ELSE 'delivered' END AS state
      FROM made),
    answered AS MATERIALIZED (
      SELECT *, CASE WHEN disabled OR r % 7 = 3 AND state <> 'delivered' THEN NULL WHEN state = 'delivered' THEN 200
                     WHEN state = 'discarded' THEN 410 WHEN r % 2 THEN 500 ELSE 503 END AS status
      FROM judged)
  INSERT INTO deliveries (event_id, destination, state, reason, attempt_count, next_attempt_at, not_before,
                          last_status_code, created_at, updated_at, first_started_at, first_duration_ms, first_outcome,
                          first_status_code, first_response_headers, first_response_body)
  SELECT event_id, key, state,
         CASE WHEN disabled THEN 'destination_disabled' WHEN state = 'exhausted' THEN 'attempts_exhausted'
              WHEN state = 'discarded' THEN 'gone' END,
         NOT disabled,
         CASE WHEN state = 'pending' AND NOT held THEN $now + ${HOUR_MS} + r * ${10 * MINUTE_MS} END,
         CASE WHEN held THEN at + ${HOUR_MS} END,
         status, at, at + 50 + r,
         CASE WHEN NOT disabled THEN at + 12 END, CASE WHEN NOT disabled THEN r + 10 END,
         CASE WHEN disabled THEN NULL WHEN status = 200 THEN 'success' WHEN status IS NULL THEN 'timeout' ELSE 'http_error' END,
         status,
         CASE WHEN status IS NOT NULL
              THEN '{"content-type":"text/plain; charset=utf-8","date":"Tue, 24 Nov 2026 05:24:41 GMT","server":"nginx"}' END,
         CASE WHEN status = 200 THEN 'thank you' WHEN status IS NOT NULL
              THEN '<html><head><title>Internal Server Error</title></head><body><h1>It broke</h1></body></html>' END
  FROM answered ORDER BY event_id, key`;

export const INSERT_DEAD_LETTERS = `
  WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 100)
  INSERT INTO dead_letters (dead_letter_id, message_id, body, reason, created_at)
  SELECT dead_letter_id($now - n), 'message ' || n, '{"delivery":"dlv_unknown"}', 'unreadable', $now - n
  FROM numbers`;

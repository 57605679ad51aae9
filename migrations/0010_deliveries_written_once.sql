CREATE TABLE `flights` (
	`event_id` text PRIMARY KEY NOT NULL,
	`destinations` text NOT NULL,
	`lease` text NOT NULL,
	`begun_at` integer NOT NULL,
	`due_at` integer NOT NULL,
	FOREIGN KEY (`event_id`) REFERENCES `events`(`event_id`) ON UPDATE no action ON DELETE cascade
) WITHOUT ROWID;
--> statement-breakpoint
ALTER TABLE `deliveries` ADD `is_test` integer DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE `deliveries` ADD `first_started_at` integer;--> statement-breakpoint
ALTER TABLE `deliveries` ADD `first_duration_ms` integer;--> statement-breakpoint
ALTER TABLE `deliveries` ADD `first_outcome` text;--> statement-breakpoint
ALTER TABLE `deliveries` ADD `first_status_code` integer;--> statement-breakpoint
ALTER TABLE `deliveries` ADD `first_detail` text;--> statement-breakpoint
ALTER TABLE `deliveries` ADD `first_response_headers` text;--> statement-breakpoint
ALTER TABLE `deliveries` ADD `first_response_body` text;--> statement-breakpoint
CREATE VIEW `all_attempts` AS 
  SELECT event_id, destination, CAST(1 AS INTEGER) AS number, first_started_at AS started_at,
         first_duration_ms AS duration_ms, first_outcome AS outcome, first_status_code AS status_code,
         first_detail AS detail, first_response_headers AS response_headers, first_response_body AS response_body
  FROM deliveries WHERE first_outcome IS NOT NULL
  UNION ALL
  SELECT event_id, destination, number, started_at, duration_ms, outcome, status_code, detail, response_headers,
         response_body
  FROM attempts;--> statement-breakpoint
CREATE VIEW `all_deliveries` AS 
  SELECT event_id, destination, state, reason, attempt_count, schedule_start, next_attempt_at, not_before, lease,
         last_status_code, unrecorded, created_at, updated_at, is_test, first_started_at, first_duration_ms, first_outcome,
         first_status_code, first_detail, first_response_headers, first_response_body
  FROM deliveries
  UNION ALL
  SELECT f.event_id, CAST(j.value AS INTEGER), CAST('pending' AS TEXT), CAST(NULL AS TEXT), CAST(0 AS INTEGER),
         CAST(0 AS INTEGER), f.due_at, CAST(NULL AS INTEGER), f.lease, CAST(NULL AS INTEGER), CAST(0 AS INTEGER),
         f.begun_at, f.begun_at, CAST(0 AS INTEGER), CAST(NULL AS INTEGER), CAST(NULL AS INTEGER), CAST(NULL AS TEXT),
         CAST(NULL AS INTEGER), CAST(NULL AS TEXT), CAST(NULL AS TEXT), CAST(NULL AS TEXT)
  FROM flights f CROSS JOIN json_each(f.destinations) j
  WHERE NOT EXISTS (SELECT 1 FROM deliveries d WHERE d.event_id = f.event_id AND d.destination = j.value);--> statement-breakpoint
-- what its first attempt discards was never pending in a row; what is discarded on arrival has no attempt
CREATE TRIGGER `deliveries_discarded_at_once` AFTER INSERT ON `deliveries`
WHEN NEW.state = 'discarded' AND NEW.attempt_count > 0
BEGIN
  INSERT INTO stats (period, time, subject, discarded)
  SELECT 'minute', NEW.updated_at - NEW.updated_at % 60000, NEW.destination, 1
  WHERE NOT NEW.is_test
  ON CONFLICT DO UPDATE SET discarded = discarded + 1;
END;

-- A held delivery that was never attempted is a probe before all others, and says so by its time.
UPDATE `deliveries` SET `not_before` = 0 WHERE `state` = 'pending' AND `next_attempt_at` IS NULL AND `attempt_count` = 0;--> statement-breakpoint
DROP INDEX `deliveries_parked`;--> statement-breakpoint
CREATE INDEX `deliveries_held` ON `deliveries` (`destination`,`not_before`,`event_id`) WHERE state = 'pending' AND next_attempt_at IS NULL;
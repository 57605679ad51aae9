DROP INDEX `events_account`;--> statement-breakpoint
ALTER TABLE `events` ADD `event_type` text;--> statement-breakpoint
CREATE INDEX `events_account` ON `events` (`account`,`event_id`,`event_type`);--> statement-breakpoint
ALTER TABLE `accounts` ADD `event_type_path` text;--> statement-breakpoint
ALTER TABLE `accounts` ADD `event_type_header` text;--> statement-breakpoint
ALTER TABLE `destinations` ADD `event_types` text;--> statement-breakpoint
ALTER TABLE `destinations` ADD `filter` text;--> statement-breakpoint
ALTER TABLE `destinations` ADD `filter_revision` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `recoveries` ADD `unmatched` integer DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE `stats` ADD `filtered` integer DEFAULT 0 NOT NULL;
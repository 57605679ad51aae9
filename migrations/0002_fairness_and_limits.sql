CREATE TABLE `alerts` (
	`alert_id` text PRIMARY KEY NOT NULL,
	`type` text NOT NULL,
	`account` integer NOT NULL,
	`destination` integer NOT NULL,
	`count` integer NOT NULL,
	`details` text,
	`first_at` integer NOT NULL,
	`last_at` integer NOT NULL,
	`raised_at` integer
);
--> statement-breakpoint
CREATE UNIQUE INDEX `alerts_open` ON `alerts` (`type`,`account`,`destination`) WHERE raised_at IS NULL;--> statement-breakpoint
ALTER TABLE `accounts` ADD `name_key` text;--> statement-breakpoint
ALTER TABLE `accounts` ADD `kind` text DEFAULT 'customer' NOT NULL;--> statement-breakpoint
ALTER TABLE `accounts` ADD `forward_headers` text;--> statement-breakpoint
ALTER TABLE `accounts` ADD `rate_limit` integer;--> statement-breakpoint
ALTER TABLE `accounts` ADD `stored_bytes` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `accounts` ADD `storage_full` integer DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE `dead_letters` ADD `account` integer;--> statement-breakpoint
ALTER TABLE `dead_letters` ADD `size_bytes` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `deliveries` ADD `unrecorded` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `destinations` ADD `attempts_per_success` integer DEFAULT 1 NOT NULL;--> statement-breakpoint
ALTER TABLE `destinations` ADD `usual_duration_ms` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `events` ADD `content_type` text;--> statement-breakpoint
ALTER TABLE `events` ADD `forwarded_headers` text;--> statement-breakpoint
ALTER TABLE `events` ADD `hops` integer;--> statement-breakpoint
ALTER TABLE `events` ADD `kind` text;--> statement-breakpoint
ALTER TABLE `tokens` ADD `token_id` text;--> statement-breakpoint
ALTER TABLE `tokens` ADD `last_four` text;--> statement-breakpoint
CREATE UNIQUE INDEX `tokens_token_id_unique` ON `tokens` (`token_id`);
CREATE TABLE `accounts` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`account_id` text,
	`email` text NOT NULL,
	`email_key` text,
	`account_name` text NOT NULL,
	`website` text,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL,
	`removed_at` integer
);
--> statement-breakpoint
CREATE UNIQUE INDEX `accounts_account_id_unique` ON `accounts` (`account_id`);--> statement-breakpoint
CREATE UNIQUE INDEX `accounts_email_key_unique` ON `accounts` (`email_key`);--> statement-breakpoint
CREATE INDEX `accounts_removed` ON `accounts` (`removed_at`) WHERE removed_at IS NOT NULL;--> statement-breakpoint
CREATE TABLE `attempts` (
	`event_id` text NOT NULL,
	`destination` integer NOT NULL,
	`number` integer NOT NULL,
	`started_at` integer NOT NULL,
	`duration_ms` integer NOT NULL,
	`outcome` text NOT NULL,
	`status_code` integer,
	`detail` text,
	`response_headers` text,
	`response_body` text,
	PRIMARY KEY(`event_id`, `destination`, `number`),
	FOREIGN KEY (`event_id`,`destination`) REFERENCES `deliveries`(`event_id`,`destination`) ON UPDATE no action ON DELETE cascade
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `dead_letters` (
	`dead_letter_id` text PRIMARY KEY NOT NULL,
	`message_id` text NOT NULL,
	`body` text NOT NULL,
	`reason` text NOT NULL,
	`created_at` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `dead_letters_message_id_unique` ON `dead_letters` (`message_id`);--> statement-breakpoint
CREATE TABLE `deliveries` (
	`event_id` text NOT NULL,
	`destination` integer NOT NULL,
	`state` text NOT NULL,
	`reason` text,
	`attempt_count` integer DEFAULT 0 NOT NULL,
	`schedule_start` integer DEFAULT 0 NOT NULL,
	`next_attempt_at` integer,
	`not_before` integer,
	`lease` text,
	`last_status_code` integer,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL,
	PRIMARY KEY(`event_id`, `destination`),
	FOREIGN KEY (`event_id`) REFERENCES `events`(`event_id`) ON UPDATE no action ON DELETE cascade
) WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX `deliveries_due` ON `deliveries` (`next_attempt_at`) WHERE state = 'pending' AND next_attempt_at IS NOT NULL;--> statement-breakpoint
CREATE INDEX `deliveries_parked` ON `deliveries` (`destination`,`event_id`) WHERE state = 'pending' AND next_attempt_at IS NULL;--> statement-breakpoint
CREATE INDEX `deliveries_failed` ON `deliveries` (`destination`,`event_id`) WHERE state IN ('exhausted', 'discarded');--> statement-breakpoint
CREATE TABLE `destinations` (
	`key` integer PRIMARY KEY NOT NULL,
	`destination_id` text NOT NULL,
	`account` integer NOT NULL,
	`url` text NOT NULL,
	`http_method` text NOT NULL,
	`sealed_headers` text NOT NULL,
	`sealed_secrets` text NOT NULL,
	`description` text NOT NULL,
	`enabled` integer NOT NULL,
	`disabled_reason` text,
	`timeout_ms` integer NOT NULL,
	`retry_schedule` text,
	`max_attempts` integer,
	`consecutive_failures` integer DEFAULT 0 NOT NULL,
	`failing_since` integer,
	`wake_at` integer,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL,
	`removed_at` integer,
	FOREIGN KEY (`account`) REFERENCES `accounts`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE UNIQUE INDEX `destinations_destination_id_unique` ON `destinations` (`destination_id`);--> statement-breakpoint
CREATE INDEX `destinations_account` ON `destinations` (`account`);--> statement-breakpoint
CREATE INDEX `destinations_wake` ON `destinations` (`wake_at`) WHERE wake_at IS NOT NULL;--> statement-breakpoint
CREATE INDEX `destinations_removed` ON `destinations` (`removed_at`) WHERE removed_at IS NOT NULL;--> statement-breakpoint
CREATE TABLE `events` (
	`event_id` text PRIMARY KEY NOT NULL,
	`account` integer NOT NULL,
	`idempotency_key` text,
	`payload_digest` text,
	`size_bytes` integer NOT NULL,
	`received_at` integer NOT NULL,
	`payload` text NOT NULL,
	FOREIGN KEY (`account`) REFERENCES `accounts`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `events_account` ON `events` (`account`,`event_id`);--> statement-breakpoint
CREATE UNIQUE INDEX `events_idempotency` ON `events` (`account`,`idempotency_key`) WHERE idempotency_key IS NOT NULL;--> statement-breakpoint
CREATE TABLE `recoveries` (
	`recovery_id` text PRIMARY KEY NOT NULL,
	`destination` integer NOT NULL,
	`state` text NOT NULL,
	`from_time` integer NOT NULL,
	`to_time` integer NOT NULL,
	`end_id` text NOT NULL,
	`step_from` text NOT NULL,
	`step_to` text NOT NULL,
	`total` integer NOT NULL,
	`redelivered` integer DEFAULT 0 NOT NULL,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL,
	FOREIGN KEY (`destination`) REFERENCES `destinations`(`key`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `recoveries_destination` ON `recoveries` (`destination`,`recovery_id`);--> statement-breakpoint
CREATE TABLE `tokens` (
	`token_hash` text PRIMARY KEY NOT NULL,
	`account` integer NOT NULL,
	`created_at` integer NOT NULL,
	`expires_at` integer,
	FOREIGN KEY (`account`) REFERENCES `accounts`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `tokens_account` ON `tokens` (`account`);
CREATE TABLE `operator_keys` (
	`key_id` text PRIMARY KEY NOT NULL,
	`key_hash` text NOT NULL,
	`name` text NOT NULL,
	`role` text NOT NULL,
	`last_four` text NOT NULL,
	`created_at` integer NOT NULL,
	`last_used_at` integer
);
--> statement-breakpoint
CREATE UNIQUE INDEX `operator_keys_key_hash_unique` ON `operator_keys` (`key_hash`);--> statement-breakpoint
CREATE TABLE `portal_links` (
	`link_id` text PRIMARY KEY NOT NULL,
	`account` integer NOT NULL,
	`created_at` integer NOT NULL,
	`expires_at` integer NOT NULL,
	FOREIGN KEY (`account`) REFERENCES `accounts`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `portal_links_account` ON `portal_links` (`account`,`link_id`);--> statement-breakpoint
CREATE TABLE `stats` (
	`period` text NOT NULL,
	`time` integer NOT NULL,
	`subject` integer NOT NULL,
	`events` integer DEFAULT 0 NOT NULL,
	`delivered` integer DEFAULT 0 NOT NULL,
	`failed` integer DEFAULT 0 NOT NULL,
	`exhausted` integer DEFAULT 0 NOT NULL,
	`discarded` integer DEFAULT 0 NOT NULL,
	`skipped` integer DEFAULT 0 NOT NULL,
	`ms_5` integer DEFAULT 0 NOT NULL,
	`ms_10` integer DEFAULT 0 NOT NULL,
	`ms_20` integer DEFAULT 0 NOT NULL,
	`ms_40` integer DEFAULT 0 NOT NULL,
	`ms_70` integer DEFAULT 0 NOT NULL,
	`ms_100` integer DEFAULT 0 NOT NULL,
	`ms_150` integer DEFAULT 0 NOT NULL,
	`ms_250` integer DEFAULT 0 NOT NULL,
	`ms_400` integer DEFAULT 0 NOT NULL,
	`ms_600` integer DEFAULT 0 NOT NULL,
	`ms_1000` integer DEFAULT 0 NOT NULL,
	`ms_1500` integer DEFAULT 0 NOT NULL,
	`ms_2500` integer DEFAULT 0 NOT NULL,
	`ms_5000` integer DEFAULT 0 NOT NULL,
	`ms_10000` integer DEFAULT 0 NOT NULL,
	`ms_31000` integer DEFAULT 0 NOT NULL,
	PRIMARY KEY(`period`, `time`, `subject`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX `destinations_failing` ON `destinations` (`failing_since`) WHERE failing_since IS NOT NULL;
CREATE TABLE `event_types` (
	`account` integer NOT NULL,
	`type` text NOT NULL,
	`description` text NOT NULL,
	`validation` text NOT NULL,
	`schema` text,
	`example` text,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL,
	PRIMARY KEY(`account`, `type`),
	FOREIGN KEY (`account`) REFERENCES `accounts`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE TABLE `schema_errors` (
	`event_id` text PRIMARY KEY NOT NULL,
	`errors` text NOT NULL,
	FOREIGN KEY (`event_id`) REFERENCES `events`(`event_id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
ALTER TABLE `accounts` ADD `catalogue_revision` integer DEFAULT 0 NOT NULL;
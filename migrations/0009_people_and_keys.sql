CREATE TABLE `audit_entries` (
	`entry_id` text PRIMARY KEY NOT NULL,
	`at` integer NOT NULL,
	`account_id` text,
	`actor` text NOT NULL,
	`action` text NOT NULL,
	`target` text NOT NULL,
	`before` text,
	`after` text,
	`request_id` text NOT NULL
);
--> statement-breakpoint
CREATE INDEX `audit_entries_account` ON `audit_entries` (`account_id`,`entry_id`);--> statement-breakpoint
CREATE TABLE `sessions` (
	`session_hash` text PRIMARY KEY NOT NULL,
	`opened_with` text NOT NULL,
	`created_at` integer NOT NULL,
	`last_used_at` integer NOT NULL,
	`expires_at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `sessions_opened_with` ON `sessions` (`opened_with`);--> statement-breakpoint
CREATE INDEX `sessions_ended` ON `sessions` (`expires_at`);--> statement-breakpoint
ALTER TABLE `accounts` ADD `suspended_at` integer;--> statement-breakpoint
ALTER TABLE `accounts` ADD `public_headers` text;--> statement-breakpoint
ALTER TABLE `destinations` ADD `sealed_url` text;--> statement-breakpoint
ALTER TABLE `destinations` ADD `sealed_by` text DEFAULT '' NOT NULL;--> statement-breakpoint
ALTER TABLE `destinations` ADD `signature_schemes` text;--> statement-breakpoint
ALTER TABLE `destinations` ADD `sealed_signing_key` text;--> statement-breakpoint
ALTER TABLE `destinations` ADD `public_key` text;--> statement-breakpoint
CREATE INDEX `destinations_sealed_by` ON `destinations` (`sealed_by`);--> statement-breakpoint
ALTER TABLE `events` ADD `wiped_at` integer;--> statement-breakpoint
ALTER TABLE `operator_keys` ADD `expires_at` integer;--> statement-breakpoint
ALTER TABLE `operator_keys` ADD `accounts` text;--> statement-breakpoint
ALTER TABLE `operator_keys` ADD `created_by` text DEFAULT '' NOT NULL;--> statement-breakpoint
ALTER TABLE `operator_keys` ADD `signed_by` text;--> statement-breakpoint
ALTER TABLE `portal_links` ADD `name` text DEFAULT '' NOT NULL;--> statement-breakpoint
ALTER TABLE `portal_links` ADD `role` text DEFAULT 'editor' NOT NULL;--> statement-breakpoint
ALTER TABLE `portal_links` ADD `last_used_at` integer;--> statement-breakpoint
ALTER TABLE `portal_links` ADD `single_use` integer DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE `portal_links` ADD `signed_by` text;--> statement-breakpoint
ALTER TABLE `tokens` ADD `signed_by` text;--> statement-breakpoint
-- The audit trail is append-only: nothing in it changes, and what leaves it is older than a day, so than any AUDIT_DAYS.
CREATE TRIGGER `audit_entries_unchanged` BEFORE UPDATE ON `audit_entries`
BEGIN
  SELECT RAISE(ABORT, 'the audit trail is append-only');
END;
--> statement-breakpoint
CREATE TRIGGER `audit_entries_kept` BEFORE DELETE ON `audit_entries`
WHEN OLD.at > (unixepoch() - 86400) * 1000
BEGIN
  SELECT RAISE(ABORT, 'the audit trail is kept for a day at least');
END;

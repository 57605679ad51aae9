ALTER TABLE `storage_count` ADD `looked_from` text DEFAULT '' NOT NULL;--> statement-breakpoint
ALTER TABLE `storage_count` ADD `looked_to` text DEFAULT '' NOT NULL;
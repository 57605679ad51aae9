ALTER TABLE `destinations` ADD `transformation` text;--> statement-breakpoint
ALTER TABLE `destinations` ADD `templates` text;
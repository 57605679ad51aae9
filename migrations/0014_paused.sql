ALTER TABLE `destinations` ADD `paused_at` integer;--> statement-breakpoint
CREATE INDEX `destinations_paused` ON `destinations` (`paused_at`) WHERE paused_at IS NOT NULL;--> statement-breakpoint
-- since when a gateway from before has not kept; nothing was sent to them after they last changed
UPDATE `destinations` SET `paused_at` = `updated_at` WHERE NOT `enabled` AND `removed_at` IS NULL AND `disabled_reason` IN ('failing', 'account_suspended');

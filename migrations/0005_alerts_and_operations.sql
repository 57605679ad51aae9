ALTER TABLE `alerts` ADD `event_id` text;--> statement-breakpoint
CREATE INDEX `alerts_raised` ON `alerts` (`type`,`account`,`raised_at`) WHERE raised_at IS NOT NULL;--> statement-breakpoint
CREATE UNIQUE INDEX `accounts_operations` ON `accounts` (`kind`) WHERE kind = 'operations' AND removed_at IS NULL;--> statement-breakpoint
-- The account of operational events was known by its name, and a customer may have that name. Ours has the address that
-- only it was given, or, where somebody changed that, no token.
UPDATE `accounts` SET `kind` = 'operations'
WHERE `account_id` = 'operations' AND `removed_at` IS NULL
  AND (`email_key` = 'operations@data-pusher.invalid'
    OR NOT EXISTS (SELECT 1 FROM `tokens` WHERE `tokens`.`account` = `accounts`.`id`));--> statement-breakpoint
-- A customer of that name was given our webhook as a destination, which must not get the customer's events any longer.
UPDATE `destinations` SET `removed_at` = unixepoch() * 1000, `enabled` = 0, `wake_at` = unixepoch() * 1000,
  `sealed_headers` = '', `sealed_secrets` = ''
WHERE `description` = 'ALERT_WEBHOOK_URL' AND `removed_at` IS NULL
  AND `account` = (SELECT `id` FROM `accounts` WHERE `account_id` = 'operations' AND `kind` = 'customer');

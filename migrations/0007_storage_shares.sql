CREATE TABLE `storage_count` (
	`id` integer PRIMARY KEY NOT NULL,
	`counted_to` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `accounts_storage_full` ON `accounts` (`storage_full`) WHERE storage_full;--> statement-breakpoint
CREATE INDEX `dead_letters_account` ON `dead_letters` (`account`,`dead_letter_id`,`size_bytes`);--> statement-breakpoint
-- Whose event a dead letter holds was not kept before. One of nobody any more, its account removed or its token long
-- ended, keeps no payload.
UPDATE `dead_letters` SET `size_bytes` = length(CAST(`body` AS BLOB)),
  `account` = (SELECT `account` FROM `tokens` WHERE `token_hash` = `dead_letters`.`body` ->> '$.accept.tokenHash');--> statement-breakpoint
UPDATE `dead_letters` SET `body` = json_remove(`body`, '$.accept.payload', '$.accept.incomingHeaders')
WHERE `account` IS NULL AND `body` ->> '$.accept.tokenHash' IS NOT NULL;

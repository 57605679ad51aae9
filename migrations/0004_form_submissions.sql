CREATE TABLE `submissions` (
	`submission_hash` text PRIMARY KEY NOT NULL,
	`answer` text,
	`created_at` integer NOT NULL
);

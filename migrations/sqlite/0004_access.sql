ALTER TABLE `api_keys` ADD `scopes` text DEFAULT '[]' NOT NULL;--> statement-breakpoint
UPDATE `api_keys` SET `scopes` = json_array(json_object('role', `role`, 'team', `team`));--> statement-breakpoint
ALTER TABLE `api_keys` DROP COLUMN `role`;--> statement-breakpoint
ALTER TABLE `api_keys` DROP COLUMN `team`;--> statement-breakpoint
ALTER TABLE `api_keys` ADD `allow_on_behalf_of` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `api_keys` ADD `break_glass` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `api_keys` ADD `rotate_time` integer;--> statement-breakpoint
ALTER TABLE `api_keys` ADD `last_used_time` integer;--> statement-breakpoint
ALTER TABLE `api_keys` ADD `last_used_ip` text;--> statement-breakpoint
CREATE TABLE `former_api_key_hashes` (
	`hash` text PRIMARY KEY NOT NULL,
	`key_id` text NOT NULL,
	`expire_time` integer NOT NULL,
	FOREIGN KEY (`key_id`) REFERENCES `api_keys`(`id`) ON UPDATE no action ON DELETE no action
);

CREATE TABLE `audit_targets` (
	`target_id` text NOT NULL,
	`time` integer NOT NULL,
	`entry_id` text NOT NULL,
	PRIMARY KEY(`target_id`, `time`, `entry_id`)
) WITHOUT ROWID;
--> statement-breakpoint
INSERT INTO `audit_targets` (`target_id`, `time`, `entry_id`)
SELECT DISTINCT json_extract(t.value, '$.id'), e.`time`, e.`id`
FROM `audit_entries` e, json_each(e.`document`, '$.targets') t;
--> statement-breakpoint
DROP INDEX `audit_entries_target`;--> statement-breakpoint
ALTER TABLE `audit_entries` DROP COLUMN `target_id`;--> statement-breakpoint
DROP INDEX `audit_entries_action`;--> statement-breakpoint
DROP INDEX `audit_entries_outcome`;--> statement-breakpoint
DROP INDEX `audit_entries_actor`;--> statement-breakpoint
DROP INDEX `audit_entries_team`;--> statement-breakpoint
DROP INDEX `audit_entries_request`;--> statement-breakpoint
CREATE INDEX `audit_entries_action` ON `audit_entries` (`action`,`time`,`id`);--> statement-breakpoint
CREATE INDEX `audit_entries_outcome` ON `audit_entries` (`outcome`,`time`,`id`);--> statement-breakpoint
CREATE INDEX `audit_entries_actor` ON `audit_entries` (`actor_id`,`time`,`id`);--> statement-breakpoint
CREATE INDEX `audit_entries_team` ON `audit_entries` (`team`,`time`,`id`);--> statement-breakpoint
CREATE INDEX `audit_entries_request` ON `audit_entries` (`request_id`,`time`,`id`);--> statement-breakpoint
CREATE VIRTUAL TABLE `audit_search` USING fts5(
	words,
	entry_id UNINDEXED,
	content = '',
	contentless_delete = 1,
	contentless_unindexed = 1,
	tokenize = 'unicode61 remove_diacritics 2'
);
--> statement-breakpoint
INSERT INTO `audit_search` (`words`, `entry_id`)
SELECT concat_ws(' ',
	json_extract(e.`document`, '$.actor.id'),
	json_extract(e.`document`, '$.actor.displayName'),
	e.`action`,
	(SELECT group_concat(concat_ws(' ', json_extract(t.value, '$.id'), json_extract(t.value, '$.displayName')), ' ')
		FROM json_each(e.`document`, '$.targets') t),
	json_extract(e.`document`, '$.reason'),
	e.`request_id`,
	json_extract(e.`document`, '$.provider.id'),
	json_extract(e.`document`, '$.provider.requestId'),
	json_extract(e.`document`, '$.provider.code')), e.`id`
FROM `audit_entries` e
ORDER BY e.`time`, e.`id`;
--> statement-breakpoint
ALTER TABLE `intents` ADD COLUMN `call_entry_id` text;--> statement-breakpoint
ALTER TABLE `intents` ADD COLUMN `settle_entry_id` text;

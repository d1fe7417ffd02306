ALTER TABLE `clusters` ADD `approval` text;--> statement-breakpoint
ALTER TABLE `clusters` ADD `approval_expire_time` integer;--> statement-breakpoint
CREATE INDEX `clusters_approval_expiry` ON `clusters` (`approval_expire_time`) WHERE approval_expire_time is not null;--> statement-breakpoint
CREATE TABLE `policies` (
	`team` text PRIMARY KEY NOT NULL,
	`rules` text,
	`create_time` integer NOT NULL,
	`update_time` integer NOT NULL,
	`version` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `policy_requests` (
	`team` text NOT NULL,
	`id` text NOT NULL,
	`time` integer NOT NULL,
	`actor` text NOT NULL,
	`cluster_id` text,
	`decision` text NOT NULL,
	`request` text NOT NULL,
	PRIMARY KEY(`team`, `id`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `team_usage` (
	`team` text NOT NULL,
	`resource` text NOT NULL,
	`amount` integer NOT NULL,
	PRIMARY KEY(`team`, `resource`)
);
--> statement-breakpoint
UPDATE `clusters` SET `document` = json_set(`document`, '$.approval', json('null'));--> statement-breakpoint
INSERT INTO `team_usage` (`team`, `resource`, `amount`)
SELECT `team`, 'clusters', count(*)
FROM `clusters`
WHERE `state` <> 'DELETED' AND `management` <> 'UNMANAGED'
	AND NOT (`external_id` IS NULL AND coalesce(`operation_kind`, '') = 'create' AND coalesce(`operation_status`, '') = 'FAILED'
		AND json_extract(`work`, '$.createUnknown') IS NULL)
GROUP BY `team`;--> statement-breakpoint
INSERT INTO `team_usage` (`team`, `resource`, `amount`)
SELECT `team`, 'cu', sum(
	coalesce(nullif(max(
		coalesce(json_extract(`spec`, '$.cuSize'), 0),
		coalesce(json_extract(`spec`, '$.autoscaling.cu.max'), 0),
		coalesce((SELECT max(json_extract(`value`, '$.target')) FROM json_each(`spec`, '$.autoscaling.cu.schedules')), 0)
	), 0), 1) * max(
		coalesce(json_extract(`spec`, '$.replica'), 1),
		coalesce(json_extract(`spec`, '$.autoscaling.replica.max'), 1),
		coalesce((SELECT max(json_extract(`value`, '$.target')) FROM json_each(`spec`, '$.autoscaling.replica.schedules')), 1)
	))
FROM `clusters`
WHERE `state` <> 'DELETED' AND `management` <> 'UNMANAGED' AND json_extract(`spec`, '$.plan') = 'DEDICATED'
	AND NOT (`external_id` IS NULL AND coalesce(`operation_kind`, '') = 'create' AND coalesce(`operation_status`, '') = 'FAILED'
		AND json_extract(`work`, '$.createUnknown') IS NULL)
GROUP BY `team`;

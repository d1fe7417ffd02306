ALTER TABLE `clusters` ADD `plan` text;
--> statement-breakpoint
ALTER TABLE `clusters` ADD `creator_id` text NOT NULL DEFAULT '';
--> statement-breakpoint
ALTER TABLE `clusters` ADD `creator_name` text NOT NULL DEFAULT '';
--> statement-breakpoint
ALTER TABLE `clusters` ADD `words` text NOT NULL DEFAULT '';
--> statement-breakpoint
UPDATE `clusters` SET
	`plan` = json_extract(`spec`, '$.plan'),
	`creator_id` = json_extract(`created_by`, '$.id'),
	`creator_name` = json_extract(`created_by`, '$.displayName'),
	`words` = replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(' ' || lower(name || ' ' || display_name || ' ' || id || ' ' || coalesce(external_id, '') || ' ' || replace(replace(coalesce(endpoint, ''), 'https:', ''), 'http:', '') || ' ' || labels || ' ' || json_extract(created_by, '$.displayName')), '{', ' '), '}', ' '), '[', ' '), ']', ' '), '"', ' '), ':', ' '), ',', ' '), '-', ' '), '_', ' '), '.', ' '), '/', ' '), '''', ' ');
--> statement-breakpoint
CREATE INDEX `clusters_plan` ON `clusters` (`plan`,`create_time`,`id`);
--> statement-breakpoint
CREATE INDEX `clusters_creator` ON `clusters` (`creator_id`,`create_time`,`id`);
--> statement-breakpoint
CREATE INDEX `clusters_expire_time` ON `clusters` (`expire_time`,`id`);
--> statement-breakpoint
CREATE INDEX `clusters_team_name` ON `clusters` (`team`,`name`,`id`);
--> statement-breakpoint
CREATE INDEX `clusters_team_update_time` ON `clusters` (`team`,`update_time`,`id`);
--> statement-breakpoint
ALTER TABLE `cluster_labels` ADD `create_time` integer NOT NULL DEFAULT 0;
--> statement-breakpoint
UPDATE `cluster_labels` SET `create_time` = (SELECT `create_time` FROM `clusters` WHERE `id` = `cluster_id`);
--> statement-breakpoint
DROP INDEX `cluster_labels_value`;
--> statement-breakpoint
CREATE INDEX `cluster_labels_value` ON `cluster_labels` (`key`,`value`,`create_time`,`cluster_id`);
--> statement-breakpoint
CREATE TABLE `cluster_words` (
	`word` text NOT NULL,
	`cluster_id` text NOT NULL,
	PRIMARY KEY(`word`, `cluster_id`)
) WITHOUT ROWID;
--> statement-breakpoint
INSERT OR IGNORE INTO `cluster_words` (`word`, `cluster_id`)
	WITH RECURSIVE cut (id, word, rest) AS (
		SELECT id, '', words || ' ' FROM clusters
		UNION ALL
		SELECT id, substr(rest, 1, instr(rest, ' ') - 1), substr(rest, instr(rest, ' ') + 1) FROM cut WHERE rest <> ''
	)
	SELECT substr(word, 1, 64), id FROM cut WHERE word <> '';
--> statement-breakpoint
CREATE TABLE `cluster_counts` (
	`cube` text NOT NULL,
	`label_key` text NOT NULL,
	`team` text NOT NULL,
	`label_value` text NOT NULL,
	`provider` text NOT NULL,
	`connection` text NOT NULL,
	`region` text NOT NULL,
	`plan` text NOT NULL,
	`state` text NOT NULL,
	`management` text NOT NULL,
	`creator` text NOT NULL,
	`month` text NOT NULL,
	`count` integer NOT NULL,
	PRIMARY KEY(`cube`, `label_key`, `team`, `label_value`, `provider`, `connection`, `region`, `plan`, `state`, `management`, `creator`, `month`)
) WITHOUT ROWID;
--> statement-breakpoint
INSERT INTO `cluster_counts`
	SELECT 'base', '', c.team, '', c.provider, c.connection, coalesce(c.region, ''), coalesce(c.plan, ''), c.state, c.management, '', '', count(*)
	FROM clusters c
	GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12;
--> statement-breakpoint
INSERT INTO `cluster_counts`
	SELECT 'creator', '', c.team, '', c.provider, c.connection, coalesce(c.region, ''), coalesce(c.plan, ''), c.state, c.management, c.creator_id, '', count(*)
	FROM clusters c
	GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12;
--> statement-breakpoint
INSERT INTO `cluster_counts`
	SELECT 'month', '', c.team, '', c.provider, c.connection, coalesce(c.region, ''), coalesce(c.plan, ''), c.state, c.management, '', strftime('%Y-%m', c.create_time / 1000, 'unixepoch'), count(*)
	FROM clusters c
	GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12;
--> statement-breakpoint
INSERT INTO `cluster_counts`
	SELECT 'creator-month', '', c.team, '', '', '', '', '', '', '', c.creator_id, strftime('%Y-%m', c.create_time / 1000, 'unixepoch'), count(*)
	FROM clusters c
	GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12;
--> statement-breakpoint
INSERT INTO `cluster_counts`
	SELECT 'label', l.key, c.team, l.value, c.provider, c.connection, coalesce(c.region, ''), coalesce(c.plan, ''), c.state, c.management, '', '', count(*)
	FROM clusters c JOIN cluster_labels l ON l.cluster_id = c.id
	GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12;
--> statement-breakpoint
INSERT INTO `cluster_counts`
	SELECT 'label-creator-month', l.key, c.team, l.value, '', '', '', '', '', '', c.creator_id, strftime('%Y-%m', c.create_time / 1000, 'unixepoch'), count(*)
	FROM clusters c JOIN cluster_labels l ON l.cluster_id = c.id
	GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12;

CREATE INDEX `policy_requests_time` ON `policy_requests` (`time`,`id`);--> statement-breakpoint
DELETE FROM `team_usage`;--> statement-breakpoint
INSERT INTO `team_usage` (`team`, `resource`, `amount`)
WITH `counted` AS (
	SELECT `id`, `team`, `spec`, CASE
		WHEN coalesce(`operation_status`, '') IN ('PENDING', 'RUNNING', 'OUTCOME_UNKNOWN') THEN json_extract(`work`, '$.before.spec')
	END AS `before`
	FROM `clusters`
	WHERE `state` <> 'DELETED' AND `management` <> 'UNMANAGED'
		AND NOT (`external_id` IS NULL AND coalesce(`operation_kind`, '') = 'create' AND coalesce(`operation_status`, '') = 'FAILED'
			AND json_extract(`work`, '$.createUnknown') IS NULL)
), `sized` AS (
	SELECT `id`, `team`, `spec` FROM `counted`
	UNION ALL
	SELECT `id`, `team`, `before` FROM `counted` WHERE `before` IS NOT NULL
), `largest` AS (
	SELECT `id`, `team`, max(
		coalesce(nullif(max(
			coalesce(json_extract(`spec`, '$.cuSize'), 0),
			coalesce(json_extract(`spec`, '$.autoscaling.cu.max'), 0),
			coalesce((SELECT max(json_extract(`value`, '$.target')) FROM json_each(`spec`, '$.autoscaling.cu.schedules')), 0)
		), 0), 1) * max(
			coalesce(json_extract(`spec`, '$.replica'), 1),
			coalesce(json_extract(`spec`, '$.autoscaling.replica.max'), 1),
			coalesce((SELECT max(json_extract(`value`, '$.target')) FROM json_each(`spec`, '$.autoscaling.replica.schedules')), 1)
		)
	) AS `cu`
	FROM `sized`
	WHERE json_extract(`spec`, '$.plan') = 'DEDICATED'
	GROUP BY `id`, `team`
)
SELECT `team`, 'clusters', count(*) FROM `counted` GROUP BY `team`
UNION ALL
SELECT `team`, 'cu', sum(`cu`) FROM `largest` GROUP BY `team`;

CREATE TABLE `cluster_versions` (
	`key` text PRIMARY KEY NOT NULL,
	`cluster_id` text NOT NULL,
	`version` integer NOT NULL,
	`valid_from` integer NOT NULL,
	`valid_until` integer NOT NULL,
	`ended_by` text,
	`name` text NOT NULL,
	`display_name` text NOT NULL,
	`provider` text NOT NULL,
	`connection` text NOT NULL,
	`team` text NOT NULL,
	`region` text,
	`spec` text NOT NULL,
	`labels` text NOT NULL,
	`state` text NOT NULL,
	`state_reason` text,
	`provider_state` text,
	`provider_details` text NOT NULL,
	`external_id` text,
	`endpoint` text,
	`credential_state` text NOT NULL,
	`management` text NOT NULL,
	`deletion_protection` integer NOT NULL,
	`expire_time` integer,
	`created_by` text NOT NULL,
	`create_time` integer NOT NULL,
	`ready_time` integer,
	`delete_time` integer,
	`operation_kind` text,
	`operation_status` text,
	`operation_start_time` integer,
	`operation_end_time` integer,
	`operation_attempts` integer NOT NULL,
	`operation_error` text,
	`drift` text,
	`approval` text,
	`plan` text,
	`creator_id` text NOT NULL,
	`creator_name` text NOT NULL,
	`words` text NOT NULL
);
--> statement-breakpoint
CREATE INDEX `cluster_versions_cluster` ON `cluster_versions` (`cluster_id`,`valid_until`,`version`);
--> statement-breakpoint
CREATE INDEX `cluster_versions_create_time` ON `cluster_versions` (`create_time`,`key`);
--> statement-breakpoint
CREATE INDEX `cluster_versions_valid_from` ON `cluster_versions` (`valid_from`,`key`);
--> statement-breakpoint
CREATE INDEX `cluster_versions_valid_until` ON `cluster_versions` (`valid_until`,`key`);
--> statement-breakpoint
CREATE INDEX `cluster_versions_name` ON `cluster_versions` (`name`,`key`);
--> statement-breakpoint
CREATE INDEX `cluster_versions_team` ON `cluster_versions` (`team`,`create_time`,`key`);
--> statement-breakpoint
CREATE INDEX `cluster_versions_team_valid_from` ON `cluster_versions` (`team`,`valid_from`,`key`);

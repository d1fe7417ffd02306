CREATE TABLE `api_keys` (
	`id` text PRIMARY KEY NOT NULL,
	`display_name` text NOT NULL,
	`role` text NOT NULL,
	`team` text NOT NULL,
	`hash` text NOT NULL,
	`created_by` text NOT NULL,
	`create_time` integer NOT NULL,
	`expire_time` integer,
	`revoke_time` integer
);
--> statement-breakpoint
CREATE UNIQUE INDEX `api_keys_hash` ON `api_keys` (`hash`);--> statement-breakpoint
CREATE TABLE `audit_entries` (
	`id` text PRIMARY KEY NOT NULL,
	`time` integer NOT NULL,
	`action` text NOT NULL,
	`outcome` text NOT NULL,
	`actor_id` text NOT NULL,
	`team` text,
	`target_id` text,
	`request_id` text NOT NULL,
	`document` text NOT NULL
);
--> statement-breakpoint
CREATE INDEX `audit_entries_action` ON `audit_entries` (`action`,`id`);--> statement-breakpoint
CREATE INDEX `audit_entries_outcome` ON `audit_entries` (`outcome`,`id`);--> statement-breakpoint
CREATE INDEX `audit_entries_actor` ON `audit_entries` (`actor_id`,`id`);--> statement-breakpoint
CREATE INDEX `audit_entries_team` ON `audit_entries` (`team`,`id`);--> statement-breakpoint
CREATE INDEX `audit_entries_target` ON `audit_entries` (`target_id`,`id`);--> statement-breakpoint
CREATE INDEX `audit_entries_request` ON `audit_entries` (`request_id`,`id`);--> statement-breakpoint
CREATE INDEX `audit_entries_time` ON `audit_entries` (`time`,`id`);--> statement-breakpoint
CREATE TABLE `cluster_labels` (
	`cluster_id` text NOT NULL,
	`key` text NOT NULL,
	`value` text NOT NULL,
	PRIMARY KEY(`cluster_id`, `key`),
	FOREIGN KEY (`cluster_id`) REFERENCES `clusters`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `cluster_labels_value` ON `cluster_labels` (`key`,`value`,`cluster_id`);--> statement-breakpoint
CREATE TABLE `clusters` (
	`id` text PRIMARY KEY NOT NULL,
	`name` text NOT NULL,
	`display_name` text NOT NULL,
	`provider` text NOT NULL,
	`connection_id` text NOT NULL,
	`connection` text NOT NULL,
	`scope` text NOT NULL,
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
	`access` text,
	`credential_state` text NOT NULL,
	`management` text NOT NULL,
	`deletion_protection` integer NOT NULL,
	`expire_time` integer,
	`expiry_check_time` integer,
	`created_by` text NOT NULL,
	`create_time` integer NOT NULL,
	`update_time` integer NOT NULL,
	`ready_time` integer,
	`delete_time` integer,
	`observed_time` integer,
	`observed_via` text,
	`operation_kind` text,
	`operation_status` text,
	`operation_start_time` integer,
	`operation_end_time` integer,
	`operation_attempts` integer NOT NULL,
	`operation_next_attempt_time` integer,
	`operation_error` text,
	`drift` text,
	`absent_syncs` integer NOT NULL,
	`work` text NOT NULL,
	`version` integer NOT NULL,
	`due_time` integer,
	`lease_owner` text,
	`lease_until` integer,
	`document` text NOT NULL,
	FOREIGN KEY (`connection_id`) REFERENCES `connections`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE INDEX `clusters_due` ON `clusters` (`due_time`) WHERE due_time is not null;--> statement-breakpoint
CREATE INDEX `clusters_expiry` ON `clusters` (`expiry_check_time`) WHERE expiry_check_time is not null;--> statement-breakpoint
CREATE UNIQUE INDEX `clusters_living_name` ON `clusters` (`connection_id`,`scope`,`name`) WHERE state <> 'DELETED' and management <> 'UNMANAGED';--> statement-breakpoint
CREATE UNIQUE INDEX `clusters_living_external_id` ON `clusters` (`connection_id`,`external_id`) WHERE state <> 'DELETED' and external_id is not null;--> statement-breakpoint
CREATE INDEX `clusters_connection_id` ON `clusters` (`connection_id`,`id`);--> statement-breakpoint
CREATE INDEX `clusters_connection_external_id` ON `clusters` (`connection_id`,`external_id`);--> statement-breakpoint
CREATE INDEX `clusters_shape` ON `clusters` (`team`,`provider`,`region`,`create_time`);--> statement-breakpoint
CREATE INDEX `clusters_create_time` ON `clusters` (`create_time`,`id`);--> statement-breakpoint
CREATE INDEX `clusters_update_time` ON `clusters` (`update_time`,`id`);--> statement-breakpoint
CREATE INDEX `clusters_name` ON `clusters` (`name`,`id`);--> statement-breakpoint
CREATE INDEX `clusters_team` ON `clusters` (`team`,`create_time`,`id`);--> statement-breakpoint
CREATE INDEX `clusters_provider` ON `clusters` (`provider`,`create_time`,`id`);--> statement-breakpoint
CREATE INDEX `clusters_connection` ON `clusters` (`connection`,`create_time`,`id`);--> statement-breakpoint
CREATE INDEX `clusters_region` ON `clusters` (`region`,`create_time`,`id`);--> statement-breakpoint
CREATE INDEX `clusters_state` ON `clusters` (`state`,`create_time`,`id`);--> statement-breakpoint
CREATE INDEX `clusters_management` ON `clusters` (`management`,`create_time`,`id`);--> statement-breakpoint
CREATE INDEX `clusters_external_id` ON `clusters` (`external_id`,`create_time`,`id`);--> statement-breakpoint
CREATE TABLE `connections` (
	`id` text PRIMARY KEY NOT NULL,
	`name` text NOT NULL,
	`provider` text NOT NULL,
	`teams` text NOT NULL,
	`settings` text NOT NULL,
	`sealed_api_key` text NOT NULL,
	`api_key_fingerprint` text NOT NULL,
	`create_time` integer NOT NULL,
	`update_time` integer NOT NULL,
	`verified_time` integer,
	`verify_requested_time` integer,
	`last_error` text,
	`last_sync` text,
	`sync_requested_time` integer,
	`synced_time` integer,
	`directory` text,
	`directory_time` integer,
	`version` integer NOT NULL,
	`due_time` integer,
	`lease_owner` text,
	`lease_until` integer,
	`delete_time` integer
);
--> statement-breakpoint
CREATE UNIQUE INDEX `connections_name` ON `connections` (`name`) WHERE delete_time is null;--> statement-breakpoint
CREATE INDEX `connections_due` ON `connections` (`due_time`) WHERE due_time is not null;--> statement-breakpoint
CREATE TABLE `credentials` (
	`cluster_id` text PRIMARY KEY NOT NULL,
	`sealed` text NOT NULL,
	`create_time` integer NOT NULL,
	FOREIGN KEY (`cluster_id`) REFERENCES `clusters`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE TABLE `idempotency_keys` (
	`caller_id` text NOT NULL,
	`key` text NOT NULL,
	`fingerprint` text NOT NULL,
	`status` integer NOT NULL,
	`headers` text NOT NULL,
	`body` text NOT NULL,
	`cluster_id` text,
	`create_time` integer NOT NULL,
	PRIMARY KEY(`caller_id`, `key`)
);
--> statement-breakpoint
CREATE INDEX `idempotency_keys_create_time` ON `idempotency_keys` (`create_time`);--> statement-breakpoint
CREATE TABLE `intents` (
	`id` text PRIMARY KEY NOT NULL,
	`cluster_id` text NOT NULL,
	`kind` text NOT NULL,
	`attempt` integer NOT NULL,
	`upstream_name` text NOT NULL,
	`start_time` integer NOT NULL,
	`end_time` integer,
	`outcome` text NOT NULL,
	`provider_request_id` text,
	`error` text,
	FOREIGN KEY (`cluster_id`) REFERENCES `clusters`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE INDEX `intents_cluster` ON `intents` (`cluster_id`,`start_time`);--> statement-breakpoint
CREATE TABLE `meta` (
	`key` text PRIMARY KEY NOT NULL,
	`value` text NOT NULL
);
--> statement-breakpoint
CREATE TABLE `teams` (
	`name` text PRIMARY KEY NOT NULL,
	`duplicate_window_ms` integer,
	`create_time` integer NOT NULL,
	`update_time` integer NOT NULL,
	`version` integer NOT NULL
);

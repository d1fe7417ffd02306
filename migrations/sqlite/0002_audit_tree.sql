CREATE TABLE `audit_queue` (
	`entry_id` text PRIMARY KEY NOT NULL,
	`leaf_hash` blob
);
--> statement-breakpoint
CREATE TABLE `audit_leaves` (
	`leaf_index` integer PRIMARY KEY NOT NULL,
	`entry_id` text NOT NULL,
	`leaf_hash` blob NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `audit_leaves_entry` ON `audit_leaves` (`entry_id`);--> statement-breakpoint
CREATE TABLE `audit_nodes` (
	`level` integer NOT NULL,
	`node_index` integer NOT NULL,
	`hash` blob NOT NULL,
	PRIMARY KEY(`level`, `node_index`)
);
--> statement-breakpoint
CREATE TABLE `audit_checkpoints` (
	`size` integer PRIMARY KEY NOT NULL,
	`time` integer NOT NULL,
	`note` text NOT NULL
);
--> statement-breakpoint
CREATE TABLE `audit_signing_keys` (
	`id` text PRIMARY KEY NOT NULL,
	`verifier_key` text NOT NULL,
	`sealed_private_key` text,
	`create_time` integer NOT NULL,
	`retire_time` integer
);
--> statement-breakpoint
INSERT INTO `audit_queue` (`entry_id`) SELECT `id` FROM `audit_entries`;

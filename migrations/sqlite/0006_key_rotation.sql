CREATE TABLE `master_keys` (
	`kid` text PRIMARY KEY NOT NULL,
	`activate_time` integer NOT NULL,
	`retire_time` integer
);

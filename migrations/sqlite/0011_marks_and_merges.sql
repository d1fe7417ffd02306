ALTER TABLE `clusters` ADD `revision` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
DROP INDEX `clusters_shape`;--> statement-breakpoint
DROP INDEX `clusters_connection_external_id`;--> statement-breakpoint
CREATE INDEX `clusters_connection_external_id` ON `clusters` (`connection_id`,`external_id`) WHERE external_id is not null;--> statement-breakpoint
DROP INDEX `clusters_external_id`;--> statement-breakpoint
CREATE INDEX `clusters_external_id` ON `clusters` (`external_id`,`create_time`,`id`) WHERE external_id is not null;--> statement-breakpoint
-- Left to itself the index merges its segments in bursts, for which a commit waits; it is told to with each commit instead.
INSERT INTO `audit_search` (`audit_search`, `rank`) VALUES ('automerge', 0);

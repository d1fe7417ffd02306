CREATE TABLE `state_counts` (
	`provider` text NOT NULL,
	`state` text NOT NULL,
	`total` integer NOT NULL,
	PRIMARY KEY(`provider`, `state`)
);
--> statement-breakpoint
INSERT INTO `state_counts` SELECT `provider`, `state`, count(*) FROM `clusters` GROUP BY `provider`, `state`;
--> statement-breakpoint
CREATE TRIGGER `state_counts_insert` AFTER INSERT ON `clusters` BEGIN
	INSERT INTO `state_counts` VALUES (new.`provider`, new.`state`, 1) ON CONFLICT DO UPDATE SET `total` = `total` + 1;
END;
--> statement-breakpoint
CREATE TRIGGER `state_counts_update` AFTER UPDATE OF `provider`, `state` ON `clusters`
WHEN old.`provider` <> new.`provider` OR old.`state` <> new.`state` BEGIN
	UPDATE `state_counts` SET `total` = `total` - 1 WHERE `provider` = old.`provider` AND `state` = old.`state`;
	INSERT INTO `state_counts` VALUES (new.`provider`, new.`state`, 1) ON CONFLICT DO UPDATE SET `total` = `total` + 1;
END;
--> statement-breakpoint
CREATE TRIGGER `state_counts_delete` AFTER DELETE ON `clusters` BEGIN
	UPDATE `state_counts` SET `total` = `total` - 1 WHERE `provider` = old.`provider` AND `state` = old.`state`;
END;

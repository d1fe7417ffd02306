ALTER TABLE "clusters" ADD COLUMN "plan" text COLLATE "C";
--> statement-breakpoint
ALTER TABLE "clusters" ADD COLUMN "creator_id" text COLLATE "C" NOT NULL DEFAULT '';
--> statement-breakpoint
ALTER TABLE "clusters" ADD COLUMN "creator_name" text COLLATE "C" NOT NULL DEFAULT '';
--> statement-breakpoint
ALTER TABLE "clusters" ADD COLUMN "words" text COLLATE "C" NOT NULL DEFAULT '';
--> statement-breakpoint
CREATE INDEX "clusters_plan" ON "clusters" ("plan","create_time","id");
--> statement-breakpoint
CREATE INDEX "clusters_creator" ON "clusters" ("creator_id","create_time","id");
--> statement-breakpoint
CREATE INDEX "clusters_expire_time" ON "clusters" ("expire_time","id");
--> statement-breakpoint
CREATE INDEX "clusters_team_name" ON "clusters" ("team","name","id");
--> statement-breakpoint
CREATE INDEX "clusters_team_update_time" ON "clusters" ("team","update_time","id");
--> statement-breakpoint
ALTER TABLE "cluster_labels" ADD COLUMN "create_time" bigint NOT NULL DEFAULT 0;
--> statement-breakpoint
DROP INDEX "cluster_labels_value";
--> statement-breakpoint
CREATE INDEX "cluster_labels_value" ON "cluster_labels" ("key","value","create_time","cluster_id");
--> statement-breakpoint
CREATE TABLE "cluster_words" (
	"word" text COLLATE "C" NOT NULL,
	"cluster_id" text COLLATE "C" NOT NULL,
	PRIMARY KEY("word", "cluster_id")
);
--> statement-breakpoint
CREATE TABLE "cluster_counts" (
	"cube" text COLLATE "C" NOT NULL,
	"label_key" text COLLATE "C" NOT NULL,
	"team" text COLLATE "C" NOT NULL,
	"label_value" text COLLATE "C" NOT NULL,
	"provider" text COLLATE "C" NOT NULL,
	"connection" text COLLATE "C" NOT NULL,
	"region" text COLLATE "C" NOT NULL,
	"plan" text COLLATE "C" NOT NULL,
	"state" text COLLATE "C" NOT NULL,
	"management" text COLLATE "C" NOT NULL,
	"creator" text COLLATE "C" NOT NULL,
	"month" text COLLATE "C" NOT NULL,
	"count" bigint NOT NULL,
	PRIMARY KEY("cube", "label_key", "team", "label_value", "provider", "connection", "region", "plan", "state", "management", "creator", "month")
);

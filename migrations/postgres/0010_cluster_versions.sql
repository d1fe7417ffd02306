CREATE TABLE "cluster_versions" (
	"key" text COLLATE "C" PRIMARY KEY NOT NULL,
	"cluster_id" text COLLATE "C" NOT NULL,
	"version" bigint NOT NULL,
	"valid_from" bigint NOT NULL,
	"valid_until" bigint NOT NULL,
	"ended_by" text COLLATE "C",
	"name" text COLLATE "C" NOT NULL,
	"display_name" text COLLATE "C" NOT NULL,
	"provider" text COLLATE "C" NOT NULL,
	"connection" text COLLATE "C" NOT NULL,
	"team" text COLLATE "C" NOT NULL,
	"region" text COLLATE "C",
	"spec" text COLLATE "C" NOT NULL,
	"labels" text COLLATE "C" NOT NULL,
	"state" text COLLATE "C" NOT NULL,
	"state_reason" text COLLATE "C",
	"provider_state" text COLLATE "C",
	"provider_details" text COLLATE "C" NOT NULL,
	"external_id" text COLLATE "C",
	"endpoint" text COLLATE "C",
	"credential_state" text COLLATE "C" NOT NULL,
	"management" text COLLATE "C" NOT NULL,
	"deletion_protection" boolean NOT NULL,
	"expire_time" bigint,
	"created_by" text COLLATE "C" NOT NULL,
	"create_time" bigint NOT NULL,
	"ready_time" bigint,
	"delete_time" bigint,
	"operation_kind" text COLLATE "C",
	"operation_status" text COLLATE "C",
	"operation_start_time" bigint,
	"operation_end_time" bigint,
	"operation_attempts" bigint NOT NULL,
	"operation_error" text COLLATE "C",
	"drift" text COLLATE "C",
	"approval" text COLLATE "C",
	"plan" text COLLATE "C",
	"creator_id" text COLLATE "C" NOT NULL,
	"creator_name" text COLLATE "C" NOT NULL,
	"words" text COLLATE "C" NOT NULL
);
--> statement-breakpoint
CREATE INDEX "cluster_versions_cluster" ON "cluster_versions" ("cluster_id","valid_until","version");
--> statement-breakpoint
CREATE INDEX "cluster_versions_create_time" ON "cluster_versions" ("create_time","key");
--> statement-breakpoint
CREATE INDEX "cluster_versions_valid_from" ON "cluster_versions" ("valid_from","key");
--> statement-breakpoint
CREATE INDEX "cluster_versions_valid_until" ON "cluster_versions" ("valid_until","key");
--> statement-breakpoint
CREATE INDEX "cluster_versions_name" ON "cluster_versions" ("name","key");
--> statement-breakpoint
CREATE INDEX "cluster_versions_team" ON "cluster_versions" ("team","create_time","key");
--> statement-breakpoint
CREATE INDEX "cluster_versions_team_valid_from" ON "cluster_versions" ("team","valid_from","key");

ALTER TABLE "clusters" ADD "approval" text COLLATE "C";--> statement-breakpoint
ALTER TABLE "clusters" ADD "approval_expire_time" bigint;--> statement-breakpoint
CREATE INDEX "clusters_approval_expiry" ON "clusters" ("approval_expire_time") WHERE approval_expire_time is not null;--> statement-breakpoint
CREATE TABLE "policies" (
	"team" text COLLATE "C" PRIMARY KEY NOT NULL,
	"rules" text COLLATE "C",
	"create_time" bigint NOT NULL,
	"update_time" bigint NOT NULL,
	"version" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "policy_requests" (
	"team" text COLLATE "C" NOT NULL,
	"id" text COLLATE "C" NOT NULL,
	"time" bigint NOT NULL,
	"actor" text COLLATE "C" NOT NULL,
	"cluster_id" text COLLATE "C",
	"decision" text COLLATE "C" NOT NULL,
	"request" text COLLATE "C" NOT NULL,
	PRIMARY KEY("team", "id")
);
--> statement-breakpoint
CREATE TABLE "team_usage" (
	"team" text COLLATE "C" NOT NULL,
	"resource" text COLLATE "C" NOT NULL,
	"amount" bigint NOT NULL,
	PRIMARY KEY("team", "resource")
);

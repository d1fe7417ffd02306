CREATE TABLE "meta" (
	"key" text COLLATE "C" PRIMARY KEY NOT NULL,
	"value" text COLLATE "C" NOT NULL
);
--> statement-breakpoint
CREATE TABLE "connections" (
	"id" text COLLATE "C" PRIMARY KEY NOT NULL,
	"name" text COLLATE "C" NOT NULL,
	"provider" text COLLATE "C" NOT NULL,
	"teams" text COLLATE "C" NOT NULL,
	"settings" text COLLATE "C" NOT NULL,
	"sealed_api_key" text COLLATE "C" NOT NULL,
	"api_key_fingerprint" text COLLATE "C" NOT NULL,
	"create_time" bigint NOT NULL,
	"update_time" bigint NOT NULL,
	"verified_time" bigint,
	"verify_requested_time" bigint,
	"last_error" text COLLATE "C",
	"last_sync" text COLLATE "C",
	"sync_requested_time" bigint,
	"synced_time" bigint,
	"directory" text COLLATE "C",
	"directory_time" bigint,
	"version" bigint NOT NULL,
	"due_time" bigint,
	"lease_owner" text COLLATE "C",
	"lease_until" bigint,
	"delete_time" bigint
);
--> statement-breakpoint
CREATE TABLE "clusters" (
	"id" text COLLATE "C" PRIMARY KEY NOT NULL,
	"name" text COLLATE "C" NOT NULL,
	"display_name" text COLLATE "C" NOT NULL,
	"provider" text COLLATE "C" NOT NULL,
	"connection_id" text COLLATE "C" NOT NULL,
	"connection" text COLLATE "C" NOT NULL,
	"scope" text COLLATE "C" NOT NULL,
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
	"access" text COLLATE "C",
	"credential_state" text COLLATE "C" NOT NULL,
	"management" text COLLATE "C" NOT NULL,
	"deletion_protection" boolean NOT NULL,
	"expire_time" bigint,
	"expiry_check_time" bigint,
	"created_by" text COLLATE "C" NOT NULL,
	"create_time" bigint NOT NULL,
	"update_time" bigint NOT NULL,
	"ready_time" bigint,
	"delete_time" bigint,
	"observed_time" bigint,
	"observed_via" text COLLATE "C",
	"operation_kind" text COLLATE "C",
	"operation_status" text COLLATE "C",
	"operation_start_time" bigint,
	"operation_end_time" bigint,
	"operation_attempts" bigint NOT NULL,
	"operation_next_attempt_time" bigint,
	"operation_error" text COLLATE "C",
	"drift" text COLLATE "C",
	"absent_syncs" bigint NOT NULL,
	"work" text COLLATE "C" NOT NULL,
	"version" bigint NOT NULL,
	"due_time" bigint,
	"lease_owner" text COLLATE "C",
	"lease_until" bigint,
	"document" text COLLATE "C" NOT NULL,
	FOREIGN KEY ("connection_id") REFERENCES "connections"("id") ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE TABLE "api_keys" (
	"id" text COLLATE "C" PRIMARY KEY NOT NULL,
	"display_name" text COLLATE "C" NOT NULL,
	"role" text COLLATE "C" NOT NULL,
	"team" text COLLATE "C" NOT NULL,
	"hash" text COLLATE "C" NOT NULL,
	"created_by" text COLLATE "C" NOT NULL,
	"create_time" bigint NOT NULL,
	"expire_time" bigint,
	"revoke_time" bigint
);
--> statement-breakpoint
CREATE TABLE "audit_entries" (
	"id" text COLLATE "C" PRIMARY KEY NOT NULL,
	"time" bigint NOT NULL,
	"action" text COLLATE "C" NOT NULL,
	"outcome" text COLLATE "C" NOT NULL,
	"actor_id" text COLLATE "C" NOT NULL,
	"team" text COLLATE "C",
	"target_id" text COLLATE "C",
	"request_id" text COLLATE "C" NOT NULL,
	"document" text COLLATE "C" NOT NULL
);
--> statement-breakpoint
CREATE TABLE "cluster_labels" (
	"cluster_id" text COLLATE "C" NOT NULL,
	"key" text COLLATE "C" NOT NULL,
	"value" text COLLATE "C" NOT NULL,
	PRIMARY KEY("cluster_id", "key"),
	FOREIGN KEY ("cluster_id") REFERENCES "clusters"("id") ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE TABLE "credentials" (
	"cluster_id" text COLLATE "C" PRIMARY KEY NOT NULL,
	"sealed" text COLLATE "C" NOT NULL,
	"create_time" bigint NOT NULL,
	FOREIGN KEY ("cluster_id") REFERENCES "clusters"("id") ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE TABLE "idempotency_keys" (
	"caller_id" text COLLATE "C" NOT NULL,
	"key" text COLLATE "C" NOT NULL,
	"fingerprint" text COLLATE "C" NOT NULL,
	"status" bigint NOT NULL,
	"headers" text COLLATE "C" NOT NULL,
	"body" text COLLATE "C" NOT NULL,
	"cluster_id" text COLLATE "C",
	"create_time" bigint NOT NULL,
	PRIMARY KEY("caller_id", "key")
);
--> statement-breakpoint
CREATE TABLE "intents" (
	"id" text COLLATE "C" PRIMARY KEY NOT NULL,
	"cluster_id" text COLLATE "C" NOT NULL,
	"kind" text COLLATE "C" NOT NULL,
	"attempt" bigint NOT NULL,
	"upstream_name" text COLLATE "C" NOT NULL,
	"start_time" bigint NOT NULL,
	"end_time" bigint,
	"outcome" text COLLATE "C" NOT NULL,
	"provider_request_id" text COLLATE "C",
	"error" text COLLATE "C",
	FOREIGN KEY ("cluster_id") REFERENCES "clusters"("id") ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE TABLE "teams" (
	"name" text COLLATE "C" PRIMARY KEY NOT NULL,
	"duplicate_window_ms" bigint,
	"create_time" bigint NOT NULL,
	"update_time" bigint NOT NULL,
	"version" bigint NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX "api_keys_hash" ON "api_keys" ("hash");
--> statement-breakpoint
CREATE INDEX "audit_entries_action" ON "audit_entries" ("action","id");
--> statement-breakpoint
CREATE INDEX "audit_entries_outcome" ON "audit_entries" ("outcome","id");
--> statement-breakpoint
CREATE INDEX "audit_entries_actor" ON "audit_entries" ("actor_id","id");
--> statement-breakpoint
CREATE INDEX "audit_entries_team" ON "audit_entries" ("team","id");
--> statement-breakpoint
CREATE INDEX "audit_entries_target" ON "audit_entries" ("target_id","id");
--> statement-breakpoint
CREATE INDEX "audit_entries_request" ON "audit_entries" ("request_id","id");
--> statement-breakpoint
CREATE INDEX "audit_entries_time" ON "audit_entries" ("time","id");
--> statement-breakpoint
CREATE INDEX "cluster_labels_value" ON "cluster_labels" ("key","value","cluster_id");
--> statement-breakpoint
CREATE INDEX "clusters_due" ON "clusters" ("due_time") WHERE due_time is not null;
--> statement-breakpoint
CREATE INDEX "clusters_expiry" ON "clusters" ("expiry_check_time") WHERE expiry_check_time is not null;
--> statement-breakpoint
CREATE UNIQUE INDEX "clusters_living_name" ON "clusters" ("connection_id","scope","name") WHERE state <> 'DELETED' and management <> 'UNMANAGED';
--> statement-breakpoint
CREATE UNIQUE INDEX "clusters_living_external_id" ON "clusters" ("connection_id","external_id") WHERE state <> 'DELETED' and external_id is not null;
--> statement-breakpoint
CREATE INDEX "clusters_connection_id" ON "clusters" ("connection_id","id");
--> statement-breakpoint
CREATE INDEX "clusters_connection_external_id" ON "clusters" ("connection_id","external_id");
--> statement-breakpoint
CREATE INDEX "clusters_shape" ON "clusters" ("team","provider","region","create_time");
--> statement-breakpoint
CREATE INDEX "clusters_create_time" ON "clusters" ("create_time","id");
--> statement-breakpoint
CREATE INDEX "clusters_update_time" ON "clusters" ("update_time","id");
--> statement-breakpoint
CREATE INDEX "clusters_name" ON "clusters" ("name","id");
--> statement-breakpoint
CREATE INDEX "clusters_team" ON "clusters" ("team","create_time","id");
--> statement-breakpoint
CREATE INDEX "clusters_provider" ON "clusters" ("provider","create_time","id");
--> statement-breakpoint
CREATE INDEX "clusters_connection" ON "clusters" ("connection","create_time","id");
--> statement-breakpoint
CREATE INDEX "clusters_region" ON "clusters" ("region","create_time","id");
--> statement-breakpoint
CREATE INDEX "clusters_state" ON "clusters" ("state","create_time","id");
--> statement-breakpoint
CREATE INDEX "clusters_management" ON "clusters" ("management","create_time","id");
--> statement-breakpoint
CREATE INDEX "clusters_external_id" ON "clusters" ("external_id","create_time","id");
--> statement-breakpoint
CREATE UNIQUE INDEX "connections_name" ON "connections" ("name") WHERE delete_time is null;
--> statement-breakpoint
CREATE INDEX "connections_due" ON "connections" ("due_time") WHERE due_time is not null;
--> statement-breakpoint
CREATE INDEX "idempotency_keys_create_time" ON "idempotency_keys" ("create_time");
--> statement-breakpoint
CREATE INDEX "intents_cluster" ON "intents" ("cluster_id","start_time");

CREATE TABLE "audit_queue" (
	"entry_id" text COLLATE "C" PRIMARY KEY NOT NULL,
	"leaf_hash" bytea
);
--> statement-breakpoint
CREATE TABLE "audit_leaves" (
	"leaf_index" bigint PRIMARY KEY NOT NULL,
	"entry_id" text COLLATE "C" NOT NULL,
	"leaf_hash" bytea NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX "audit_leaves_entry" ON "audit_leaves" ("entry_id");--> statement-breakpoint
CREATE TABLE "audit_nodes" (
	"level" bigint NOT NULL,
	"node_index" bigint NOT NULL,
	"hash" bytea NOT NULL,
	PRIMARY KEY("level", "node_index")
);
--> statement-breakpoint
CREATE TABLE "audit_checkpoints" (
	"size" bigint PRIMARY KEY NOT NULL,
	"time" bigint NOT NULL,
	"note" text COLLATE "C" NOT NULL
);
--> statement-breakpoint
CREATE TABLE "audit_signing_keys" (
	"id" text COLLATE "C" PRIMARY KEY NOT NULL,
	"verifier_key" text COLLATE "C" NOT NULL,
	"sealed_private_key" text COLLATE "C",
	"create_time" bigint NOT NULL,
	"retire_time" bigint
);
--> statement-breakpoint
INSERT INTO "audit_queue" ("entry_id") SELECT "id" FROM "audit_entries";

CREATE TABLE "audit_targets" (
	"target_id" text COLLATE "C" NOT NULL,
	"time" bigint NOT NULL,
	"entry_id" text COLLATE "C" NOT NULL,
	PRIMARY KEY("target_id", "time", "entry_id")
);
--> statement-breakpoint
DROP INDEX "audit_entries_target";--> statement-breakpoint
ALTER TABLE "audit_entries" DROP COLUMN "target_id";--> statement-breakpoint
DROP INDEX "audit_entries_action";--> statement-breakpoint
DROP INDEX "audit_entries_outcome";--> statement-breakpoint
DROP INDEX "audit_entries_actor";--> statement-breakpoint
DROP INDEX "audit_entries_team";--> statement-breakpoint
DROP INDEX "audit_entries_request";--> statement-breakpoint
CREATE INDEX "audit_entries_action" ON "audit_entries" ("action","time","id");--> statement-breakpoint
CREATE INDEX "audit_entries_outcome" ON "audit_entries" ("outcome","time","id");--> statement-breakpoint
CREATE INDEX "audit_entries_actor" ON "audit_entries" ("actor_id","time","id");--> statement-breakpoint
CREATE INDEX "audit_entries_team" ON "audit_entries" ("team","time","id");--> statement-breakpoint
CREATE INDEX "audit_entries_request" ON "audit_entries" ("request_id","time","id");--> statement-breakpoint
CREATE TABLE "audit_search" (
	"rowid" bigserial PRIMARY KEY NOT NULL,
	"entry_id" text COLLATE "C" NOT NULL,
	"words" tsvector NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX "audit_search_entry" ON "audit_search" ("entry_id");--> statement-breakpoint
CREATE INDEX "audit_search_words" ON "audit_search" USING gin ("words");--> statement-breakpoint
ALTER TABLE "intents" ADD COLUMN "call_entry_id" text COLLATE "C";--> statement-breakpoint
ALTER TABLE "intents" ADD COLUMN "settle_entry_id" text COLLATE "C";

CREATE TABLE "state_counts" (
	"provider" text COLLATE "C" NOT NULL,
	"state" text COLLATE "C" NOT NULL,
	"total" bigint NOT NULL,
	PRIMARY KEY("provider", "state")
);
--> statement-breakpoint
INSERT INTO "state_counts" SELECT "provider", "state", count(*) FROM "clusters" GROUP BY "provider", "state";
--> statement-breakpoint
CREATE FUNCTION "count_states"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	IF TG_OP <> 'INSERT' THEN
		UPDATE "state_counts" SET "total" = "total" - 1 WHERE "provider" = old."provider" AND "state" = old."state";
	END IF;
	IF TG_OP <> 'DELETE' THEN
		INSERT INTO "state_counts" AS counts VALUES (new."provider", new."state", 1)
			ON CONFLICT ("provider", "state") DO UPDATE SET "total" = counts."total" + 1;
	END IF;
	RETURN NULL;
END $$;
--> statement-breakpoint
CREATE TRIGGER "state_counts_insert" AFTER INSERT OR DELETE ON "clusters" FOR EACH ROW EXECUTE FUNCTION "count_states"();
--> statement-breakpoint
CREATE TRIGGER "state_counts_update" AFTER UPDATE OF "provider", "state" ON "clusters" FOR EACH ROW
	WHEN (old."provider" <> new."provider" OR old."state" <> new."state") EXECUTE FUNCTION "count_states"();

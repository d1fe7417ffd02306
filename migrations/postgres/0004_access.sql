ALTER TABLE "api_keys" ADD "scopes" text COLLATE "C" DEFAULT '[]' NOT NULL;--> statement-breakpoint
UPDATE "api_keys" SET "scopes" = json_build_array(json_build_object('role', "role", 'team', "team"))::text;--> statement-breakpoint
ALTER TABLE "api_keys" DROP COLUMN "role";--> statement-breakpoint
ALTER TABLE "api_keys" DROP COLUMN "team";--> statement-breakpoint
ALTER TABLE "api_keys" ADD "allow_on_behalf_of" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "api_keys" ADD "break_glass" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "api_keys" ADD "rotate_time" bigint;--> statement-breakpoint
ALTER TABLE "api_keys" ADD "last_used_time" bigint;--> statement-breakpoint
ALTER TABLE "api_keys" ADD "last_used_ip" text COLLATE "C";--> statement-breakpoint
CREATE TABLE "former_api_key_hashes" (
	"hash" text COLLATE "C" PRIMARY KEY NOT NULL,
	"key_id" text COLLATE "C" NOT NULL,
	"expire_time" bigint NOT NULL,
	FOREIGN KEY ("key_id") REFERENCES "api_keys"("id") ON UPDATE no action ON DELETE no action
);

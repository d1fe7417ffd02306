CREATE TABLE "master_keys" (
	"kid" text COLLATE "C" PRIMARY KEY NOT NULL,
	"activate_time" bigint NOT NULL,
	"retire_time" bigint
);

CREATE INDEX "clusters_due_connection" ON "clusters" ("connection_id","due_time") WHERE due_time is not null;--> statement-breakpoint
CREATE INDEX "clusters_leased" ON "clusters" ("lease_until") WHERE lease_until is not null;

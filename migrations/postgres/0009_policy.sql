CREATE INDEX "policy_requests_time" ON "policy_requests" ("time","id");

-- Stored answers of writes that carried an Idempotency-Key. id is taken from a hash of actor,
-- method, path and key; the answer is sealed under a key made from the Idempotency-Key itself,
-- which is never stored: who reads this table learns nothing.
-- table: local
CREATE TABLE http_idempotency (
  id KEY,
  fingerprint BYTEA NOT NULL,
  answer BYTEA NOT NULL,
  created_at BIGINT NOT NULL
);
CREATE INDEX http_idempotency_created ON http_idempotency (created_at);

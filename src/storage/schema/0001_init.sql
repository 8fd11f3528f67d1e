-- What happened, per node gapless; id = node * 2^48 + seq.
-- table: local
CREATE TABLE storage_outbox (
  id KEY,
  type TEXT NOT NULL,
  version BIGINT NOT NULL,
  entity BIGINT NOT NULL,
  entity_version BIGINT NOT NULL,
  at BIGINT NOT NULL,
  actor TEXT NOT NULL,
  trace TEXT NOT NULL,
  payload TEXT NOT NULL
);

-- table: distributed(merchant)
CREATE TABLE storage_timer (
  id KEY,
  kind TEXT NOT NULL,
  due BIGINT NOT NULL,
  ref BIGINT NOT NULL
);
CREATE INDEX storage_timer_due ON storage_timer (due);

-- Which process is which node of a shared database.
-- table: local
CREATE TABLE storage_node (
  id KEY,
  owner TEXT NOT NULL,
  until BIGINT NOT NULL
);

-- table: local
CREATE TABLE storage_lease (
  name TEXT PRIMARY KEY,
  owner TEXT NOT NULL,
  until BIGINT NOT NULL
);

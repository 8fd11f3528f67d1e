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

-- Work outside transactions: what it is, how far it is, who does it. open: 1 until it has ended.
-- table: local
CREATE TABLE storage_job (
  id KEY,
  kind TEXT NOT NULL,
  queue TEXT NOT NULL,
  state BIGINT NOT NULL,
  open BIGINT NOT NULL,
  payload TEXT NOT NULL,
  checkpoint TEXT NOT NULL,
  result TEXT NOT NULL,
  error TEXT NOT NULL,
  done BIGINT NOT NULL,
  total BIGINT NOT NULL,
  attempts BIGINT NOT NULL,
  attempts_max BIGINT NOT NULL,
  run_at BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  cancel BIGINT NOT NULL,
  owner TEXT NOT NULL,
  lease_until BIGINT NOT NULL
);
CREATE INDEX storage_job_due ON storage_job (queue, open, run_at);

-- Files of data_dir/blobs that somebody refers to; a file without a row is garbage.
-- table: local
CREATE TABLE storage_blob (
  sha256 TEXT NOT NULL,
  holder TEXT NOT NULL,
  ref BIGINT NOT NULL,
  type TEXT NOT NULL,
  size BIGINT NOT NULL,
  at BIGINT NOT NULL,
  PRIMARY KEY (sha256, holder, ref)
);

-- Settings whose value is not the declared one.
-- table: local
CREATE TABLE storage_setting (
  name TEXT PRIMARY KEY,
  value TEXT NOT NULL,
  version BIGINT NOT NULL,
  at BIGINT NOT NULL,
  actor TEXT NOT NULL
);

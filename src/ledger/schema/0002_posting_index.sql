-- database: derived
-- Which journals touched an account; written after the commit, rebuilt when it is lost.
-- table: distributed(merchant)
CREATE TABLE ledger_posting_index (
  shard BIGINT NOT NULL,
  account_id BIGINT NOT NULL,
  journal_id BIGINT NOT NULL,
  amount BIGINT NOT NULL,
  PRIMARY KEY (account_id, journal_id, shard)
);

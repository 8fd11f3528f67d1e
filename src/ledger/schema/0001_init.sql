-- An account is found by (kind, owner, currency); min_balance is its floor.
-- table: distributed(merchant)
CREATE TABLE ledger_account (
  id KEY,
  kind BIGINT NOT NULL,
  owner BIGINT NOT NULL,
  currency TEXT NOT NULL,
  balance BIGINT NOT NULL,
  min_balance BIGINT NOT NULL,
  version BIGINT NOT NULL,
  CHECK (balance >= min_balance)
);
CREATE UNIQUE INDEX ledger_account_key ON ledger_account (owner, kind, currency, shard);

-- postings: "account:amount;…", credit positive, so that one business fact is one row.
-- table: distributed(merchant)
CREATE TABLE ledger_journal (
  id KEY,
  at BIGINT NOT NULL,
  kind BIGINT NOT NULL,
  ref BIGINT NOT NULL,
  currency TEXT NOT NULL,
  postings TEXT NOT NULL
);
CREATE INDEX ledger_journal_ref ON ledger_journal (ref, shard);

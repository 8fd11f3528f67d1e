-- database: derived
-- What moved merchant_payable, by the number of the seller's statement under which it stands.
-- table: distributed(merchant)
CREATE TABLE ledger_seller_line (
  shard BIGINT NOT NULL,
  account_id BIGINT NOT NULL,
  number BIGINT NOT NULL,
  journal_id BIGINT NOT NULL,
  amount BIGINT NOT NULL,
  PRIMARY KEY (account_id, number, journal_id, shard)
);

-- Sums of the lines by day (days since 1970 of the journal's id, UTC).
-- table: distributed(merchant)
CREATE TABLE ledger_seller_day (
  shard BIGINT NOT NULL,
  account_id BIGINT NOT NULL,
  day BIGINT NOT NULL,
  number BIGINT NOT NULL,
  amount BIGINT NOT NULL,
  entries BIGINT NOT NULL,
  PRIMARY KEY (account_id, day, number, shard)
);

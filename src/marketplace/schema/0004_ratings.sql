-- What the buyer of a finished order thinks of the merchant; one row an order. Scores are 1 to 5,
-- 0 for none; vote is 1, 0 or -1. counted: the vote is part of the reputation.
-- table: distributed(merchant)
CREATE TABLE marketplace_rating (
  id KEY,
  merchant_id BIGINT NOT NULL,
  order_id BIGINT NOT NULL,
  person_id BIGINT NOT NULL,
  described BIGINT NOT NULL,
  service BIGINT NOT NULL,
  logistics BIGINT NOT NULL,
  vote BIGINT NOT NULL CHECK (vote BETWEEN -1 AND 1),
  counted BIGINT NOT NULL,
  comment TEXT NOT NULL,
  reply TEXT NOT NULL,
  rated_at BIGINT NOT NULL,
  version BIGINT NOT NULL
);
CREATE UNIQUE INDEX marketplace_rating_order ON marketplace_rating (order_id, shard);
CREATE INDEX marketplace_rating_of ON marketplace_rating (merchant_id, rated_at);

-- The annual fee of a merchant and what went back of it; one row a merchant and year. state:
-- 1 charged from the payable account, 2 invoiced. because: why nothing went back.
-- table: distributed(merchant)
CREATE TABLE marketplace_annual_fee (
  id KEY,
  merchant_id BIGINT NOT NULL,
  year BIGINT NOT NULL,
  schedule_id BIGINT NOT NULL,
  category_id BIGINT NOT NULL,
  currency TEXT NOT NULL,
  sales BIGINT NOT NULL,
  fee BIGINT NOT NULL,
  rebate BIGINT NOT NULL,
  state BIGINT NOT NULL,
  because TEXT NOT NULL,
  at BIGINT NOT NULL
);
CREATE UNIQUE INDEX marketplace_annual_fee_of
  ON marketplace_annual_fee (merchant_id, year, shard);

-- Who stands behind a multi-brand flagship, and which offers are whose.
-- table: distributed(merchant)
CREATE TABLE marketplace_vendor (
  id KEY,
  merchant_id BIGINT NOT NULL,
  name TEXT NOT NULL,
  share_bp BIGINT NOT NULL CHECK (share_bp BETWEEN 0 AND 10000),
  version BIGINT NOT NULL
);
CREATE INDEX marketplace_vendor_of ON marketplace_vendor (merchant_id);

-- table: distributed(merchant)
CREATE TABLE marketplace_vendor_offer (
  id KEY,
  vendor_id BIGINT NOT NULL
);

-- What a vendor got of an order: its part of what the merchant was released for its lines.
-- table: distributed(merchant)
CREATE TABLE marketplace_vendor_settlement (
  id KEY,
  vendor_id BIGINT NOT NULL,
  order_id BIGINT NOT NULL,
  currency TEXT NOT NULL,
  sold BIGINT NOT NULL,
  amount BIGINT NOT NULL,
  at BIGINT NOT NULL
);
CREATE UNIQUE INDEX marketplace_vendor_settlement_of
  ON marketplace_vendor_settlement (vendor_id, order_id, shard);

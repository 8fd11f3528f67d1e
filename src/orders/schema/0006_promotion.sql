-- Promotions of merchants (in their shard) and of the platform (merchant 0, shard 0). `uses` is
-- counted in the transaction that places or gives up an order; `code_key` is the code, or "-" and
-- the id of one that needs none, so that a code is unique within its owner.
-- table: distributed(merchant)
CREATE TABLE orders_promotion (
  id KEY,
  merchant_id BIGINT NOT NULL,
  code_key TEXT NOT NULL,
  title TEXT NOT NULL,
  title_zh TEXT NOT NULL,
  state BIGINT NOT NULL,
  starts_at BIGINT NOT NULL,
  ends_at BIGINT NOT NULL,
  most_uses BIGINT NOT NULL,
  most_per_person BIGINT NOT NULL,
  terms TEXT NOT NULL,
  uses BIGINT NOT NULL,
  version BIGINT NOT NULL,
  CHECK (uses >= 0)
);
CREATE UNIQUE INDEX orders_promotion_code ON orders_promotion (merchant_id, code_key, shard);

-- How often a person has used a promotion that has a limit for each; lies with the promotion.
-- table: distributed(merchant)
CREATE TABLE orders_promotion_person (
  id KEY,
  promotion_id BIGINT NOT NULL,
  person_id BIGINT NOT NULL,
  uses BIGINT NOT NULL,
  most BIGINT NOT NULL,
  CHECK (uses >= 0)
);
CREATE UNIQUE INDEX orders_promotion_person_of
  ON orders_promotion_person (promotion_id, person_id, shard);

-- What is special of an order's price, as JSON: promotions, taxes that are not the usual ones.
-- Empty for most orders, so that they do not pay for it.
ALTER TABLE orders_order ADD COLUMN details TEXT NOT NULL DEFAULT '';

-- Codes that the shopper has entered, comma separated.
ALTER TABLE orders_cart ADD COLUMN promotions TEXT NOT NULL DEFAULT '';

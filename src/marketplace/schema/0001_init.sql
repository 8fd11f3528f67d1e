-- Who sells here. The slug's uniqueness is kept by marketplace_slug, since the shards cannot.
-- table: distributed(merchant)
CREATE TABLE marketplace_merchant (
  id KEY,
  slug TEXT NOT NULL,
  name TEXT NOT NULL,
  name_zh TEXT NOT NULL,
  kind BIGINT NOT NULL,
  state BIGINT NOT NULL,
  currency TEXT NOT NULL,
  country TEXT NOT NULL,
  commission_bp BIGINT NOT NULL CHECK (commission_bp BETWEEN 0 AND 10000),
  prices_include_tax BIGINT NOT NULL,
  default_place BIGINT NOT NULL,
  tagline TEXT NOT NULL,
  tagline_zh TEXT NOT NULL,
  about TEXT NOT NULL,
  about_zh TEXT NOT NULL,
  accent TEXT NOT NULL,
  version BIGINT NOT NULL
);

-- Which merchant a slug names; never changes.
-- table: reference
CREATE TABLE marketplace_slug (
  slug TEXT PRIMARY KEY,
  merchant_id BIGINT NOT NULL
);

-- A merchant sells a variant at a price, from a row of stock.
-- table: distributed(merchant)
CREATE TABLE marketplace_offer (
  id KEY,
  merchant_id BIGINT NOT NULL,
  variant_id BIGINT NOT NULL,
  product_id BIGINT NOT NULL,
  sku TEXT NOT NULL,
  price_minor BIGINT NOT NULL CHECK (price_minor >= 0),
  compare_at_minor BIGINT,
  currency TEXT NOT NULL,
  tax_class TEXT NOT NULL,
  stock_id BIGINT NOT NULL,
  state BIGINT NOT NULL,
  version BIGINT NOT NULL
);
CREATE UNIQUE INDEX marketplace_offer_variant
  ON marketplace_offer (variant_id, merchant_id, shard);
CREATE INDEX marketplace_offer_sku ON marketplace_offer (merchant_id, sku);

-- Prices in currencies other than the offer's own.
-- table: distributed(merchant)
CREATE TABLE marketplace_price (
  id KEY,
  offer_id BIGINT NOT NULL,
  currency TEXT NOT NULL,
  price_minor BIGINT NOT NULL CHECK (price_minor >= 0)
);
CREATE UNIQUE INDEX marketplace_price_of ON marketplace_price (offer_id, currency, shard);

-- One basket, one payment. `orders` names its orders, comma separated.
-- table: distributed(shopper)
CREATE TABLE orders_group (
  id KEY,
  person_id BIGINT NOT NULL,
  payment_id BIGINT NOT NULL,
  state BIGINT NOT NULL,
  currency TEXT NOT NULL,
  total BIGINT NOT NULL,
  orders TEXT NOT NULL,
  key_hash BYTEA NOT NULL,
  body_hash BYTEA NOT NULL,
  action TEXT NOT NULL,
  placed_at BIGINT NOT NULL
);

-- Lines are JSON inside the row: one page instead of three. `contact` is sealed.
-- table: distributed(merchant)
CREATE TABLE orders_order (
  id KEY,
  group_id BIGINT NOT NULL,
  merchant_id BIGINT NOT NULL,
  person_id BIGINT NOT NULL,
  state BIGINT NOT NULL,
  currency TEXT NOT NULL,
  items BIGINT NOT NULL,
  shipping BIGINT NOT NULL,
  tax BIGINT NOT NULL,
  tax_included BIGINT NOT NULL,
  total BIGINT NOT NULL,
  commission BIGINT NOT NULL,
  shipping_method TEXT NOT NULL,
  country TEXT NOT NULL,
  lines TEXT NOT NULL,
  key_id BIGINT NOT NULL,
  contact BYTEA NOT NULL,
  placed_at BIGINT NOT NULL,
  version BIGINT NOT NULL,
  CHECK (total >= 0 AND items >= 0 AND shipping >= 0 AND tax >= 0)
);

-- Keys of checkouts where several processes share the database: id is the hash of the key. A
-- single process keeps them in memory and leaves this table empty.
-- table: local
CREATE TABLE orders_claim (
  id KEY,
  group_id BIGINT NOT NULL,
  key_hash BYTEA NOT NULL,
  body_hash BYTEA NOT NULL
);

-- table: distributed(shopper)
CREATE TABLE orders_cart (
  id KEY,
  person_id BIGINT NOT NULL,
  secret_hash BYTEA NOT NULL,
  state BIGINT NOT NULL,
  currency TEXT NOT NULL,
  lines TEXT NOT NULL,
  key_id BIGINT NOT NULL,
  contact BYTEA NOT NULL,
  country TEXT NOT NULL,
  shipping TEXT NOT NULL,
  group_id BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  version BIGINT NOT NULL
);
CREATE INDEX orders_cart_person ON orders_cart (person_id);

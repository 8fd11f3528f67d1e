-- table: distributed(merchant)
CREATE TABLE inventory_place (
  id KEY,
  merchant_id BIGINT NOT NULL,
  kind BIGINT NOT NULL,
  name TEXT NOT NULL,
  active BIGINT NOT NULL,
  version BIGINT NOT NULL
);
CREATE INDEX inventory_place_merchant ON inventory_place (merchant_id, id);

-- deduct_on: 0 order, 1 payment. oversell: 0 deny, 1 continue.
-- table: distributed(merchant)
CREATE TABLE inventory_stock (
  id KEY,
  variant_id BIGINT NOT NULL,
  place_id BIGINT NOT NULL,
  on_hand BIGINT NOT NULL,
  reserved BIGINT NOT NULL,
  deduct_on BIGINT NOT NULL,
  oversell BIGINT NOT NULL,
  version BIGINT NOT NULL,
  CHECK (0 <= reserved AND (oversell = 1 OR reserved <= on_hand))
);
CREATE UNIQUE INDEX inventory_stock_variant ON inventory_stock (variant_id, place_id, shard);
CREATE INDEX inventory_stock_place ON inventory_stock (place_id, id);

-- table: distributed(merchant)
CREATE TABLE inventory_reservation (
  id KEY,
  stock_id BIGINT NOT NULL,
  quantity BIGINT NOT NULL,
  ref BIGINT NOT NULL,
  expires_at BIGINT NOT NULL
);

-- lines: "stock:on_hand_delta:reserved_delta;…", so that a basket writes one row.
-- table: distributed(merchant)
CREATE TABLE inventory_movement (
  id KEY,
  at BIGINT NOT NULL,
  reason BIGINT NOT NULL,
  ref BIGINT NOT NULL,
  actor TEXT NOT NULL,
  lines TEXT NOT NULL
);
CREATE INDEX inventory_movement_ref ON inventory_movement (ref, shard);

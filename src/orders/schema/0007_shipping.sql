-- Where a merchant delivers and for how much; `terms` is the JSON of places and rates.
-- table: distributed(merchant)
CREATE TABLE orders_shipping_zone (
  id KEY,
  merchant_id BIGINT NOT NULL,
  name TEXT NOT NULL,
  terms TEXT NOT NULL,
  version BIGINT NOT NULL
);
CREATE INDEX orders_shipping_zone_of ON orders_shipping_zone (merchant_id, id);

-- Methods that were chosen for single merchants, as JSON; empty: none.
ALTER TABLE orders_cart ADD COLUMN shippings TEXT NOT NULL DEFAULT '';

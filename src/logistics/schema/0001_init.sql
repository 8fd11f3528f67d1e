-- A parcel. Its lines are JSON inside the row.
-- table: distributed(merchant)
CREATE TABLE logistics_shipment (
  id KEY,
  order_id BIGINT NOT NULL,
  merchant_id BIGINT NOT NULL,
  refund_id BIGINT NOT NULL,
  carrier TEXT NOT NULL,
  tracking TEXT NOT NULL,
  state BIGINT NOT NULL,
  lines TEXT NOT NULL,
  sent_at BIGINT NOT NULL,
  delivered_at BIGINT NOT NULL
);
CREATE INDEX logistics_shipment_order ON logistics_shipment (order_id);

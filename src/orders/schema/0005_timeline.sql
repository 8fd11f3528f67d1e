-- database: derived
-- What happened to an order, from its events.
-- table: distributed(merchant)
CREATE TABLE orders_timeline (
  id KEY,
  order_id BIGINT NOT NULL,
  at BIGINT NOT NULL,
  type TEXT NOT NULL,
  actor TEXT NOT NULL,
  what TEXT NOT NULL
);
CREATE INDEX orders_timeline_order ON orders_timeline (order_id, id);

-- Invoices, credit notes, delivery notes: never changed after they are issued.
-- issuer: the merchant. ref: the refund or shipment; 0: the order. buyer: the
-- order's sealed contact, under key_id; data: all else as JSON, nothing personal. pdf: the rendered
-- bytes under the same key, kept when they were first asked for.
-- table: distributed(merchant)
CREATE TABLE orders_document (
  id KEY,
  issuer BIGINT NOT NULL,
  merchant_id BIGINT NOT NULL,
  kind BIGINT NOT NULL,
  year BIGINT NOT NULL,
  number BIGINT NOT NULL,
  order_id BIGINT NOT NULL,
  ref BIGINT NOT NULL,
  currency TEXT NOT NULL,
  tax BIGINT NOT NULL,
  total BIGINT NOT NULL,
  data TEXT NOT NULL,
  key_id BIGINT NOT NULL,
  buyer BYTEA NOT NULL,
  pdf BYTEA NOT NULL,
  issued_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX orders_document_number
  ON orders_document (issuer, kind, year, number, shard);
CREATE UNIQUE INDEX orders_document_of ON orders_document (order_id, kind, ref, shard);

-- Which sequence of orders_number an issuer, kind and year has: its id.
-- table: distributed(merchant)
CREATE TABLE orders_series (
  id KEY,
  issuer BIGINT NOT NULL,
  kind BIGINT NOT NULL,
  year BIGINT NOT NULL
);
CREATE UNIQUE INDEX orders_series_of ON orders_series (issuer, kind, year, shard);

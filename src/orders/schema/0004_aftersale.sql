-- What has become of a paid order's parts; made when something first happens after the payment.
-- table: distributed(merchant)
CREATE TABLE orders_life (
  id KEY,
  merchant_id BIGINT NOT NULL,
  parts TEXT NOT NULL,
  version BIGINT NOT NULL
);

-- A refund, return, exchange or claim. Texts of people are sealed under the order's key.
-- table: distributed(merchant)
CREATE TABLE orders_refund (
  id KEY,
  order_id BIGINT NOT NULL,
  group_id BIGINT NOT NULL,
  merchant_id BIGINT NOT NULL,
  person_id BIGINT NOT NULL,
  kind BIGINT NOT NULL,
  reason BIGINT NOT NULL,
  state BIGINT NOT NULL,
  after_release BIGINT NOT NULL,
  payout BIGINT NOT NULL,
  payout_tries BIGINT NOT NULL,
  lines TEXT NOT NULL,
  shipping BIGINT NOT NULL,
  currency TEXT NOT NULL,
  amount BIGINT NOT NULL,
  variant_id BIGINT NOT NULL,
  carrier TEXT NOT NULL,
  tracking TEXT NOT NULL,
  buyer_text BYTEA NOT NULL,
  merchant_text BYTEA NOT NULL,
  platform_text BYTEA NOT NULL,
  return_to BYTEA NOT NULL,
  opened_at BIGINT NOT NULL,
  due BIGINT NOT NULL,
  version BIGINT NOT NULL,
  CHECK (amount >= 0 AND shipping >= 0)
);
CREATE INDEX orders_refund_order ON orders_refund (order_id);
CREATE INDEX orders_refund_merchant ON orders_refund (merchant_id, id);
CREATE INDEX orders_refund_state ON orders_refund (state, id);

-- Notes of the merchant's staff and the platform about an order, sealed.
-- table: distributed(merchant)
CREATE TABLE orders_note (
  id KEY,
  order_id BIGINT NOT NULL,
  author TEXT NOT NULL,
  sealed BYTEA NOT NULL,
  at BIGINT NOT NULL
);
CREATE INDEX orders_note_order ON orders_note (order_id);

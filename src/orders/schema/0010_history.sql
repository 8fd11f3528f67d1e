-- Orders of an old shop: closed, for reading only. They touch no stock and no money. `number` is
-- the old shop's; lines are JSON; `contact` is sealed under the person's key, or its own.
-- table: distributed(merchant)
CREATE TABLE orders_history (
  id KEY,
  merchant_id BIGINT NOT NULL,
  person_id BIGINT NOT NULL,
  number TEXT NOT NULL,
  state TEXT NOT NULL,
  currency TEXT NOT NULL,
  items BIGINT NOT NULL,
  shipping BIGINT NOT NULL,
  tax BIGINT NOT NULL,
  discount BIGINT NOT NULL,
  total BIGINT NOT NULL,
  lines TEXT NOT NULL,
  key_id BIGINT NOT NULL,
  contact BYTEA NOT NULL,
  placed_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX orders_history_number ON orders_history (number, merchant_id, shard);
CREATE INDEX orders_history_person ON orders_history (person_id, placed_at);

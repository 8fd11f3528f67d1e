-- database: derived
-- Who has which orders; written after commit from order.placed, so that checkout need not.
-- table: distributed(merchant)
CREATE TABLE orders_of_merchant (
  id KEY,
  merchant_id BIGINT NOT NULL
);
CREATE INDEX orders_of_merchant_by ON orders_of_merchant (merchant_id, id);

-- table: distributed(merchant)
CREATE TABLE orders_of_person (
  id KEY,
  person_id BIGINT NOT NULL
);
CREATE INDEX orders_of_person_by ON orders_of_person (person_id, id);

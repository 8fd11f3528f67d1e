-- Certificates by which persons buy without tax; `certificate` is sealed under the person's key.
-- table: distributed(shopper)
CREATE TABLE orders_tax_exemption (
  id KEY,
  person_id BIGINT NOT NULL,
  country TEXT NOT NULL,
  state BIGINT NOT NULL,
  valid_until BIGINT NOT NULL,
  key_id BIGINT NOT NULL,
  certificate BYTEA NOT NULL,
  version BIGINT NOT NULL
);
CREATE INDEX orders_tax_exemption_of ON orders_tax_exemption (person_id, id);
CREATE INDEX orders_tax_exemption_state ON orders_tax_exemption (state, id);

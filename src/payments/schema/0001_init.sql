-- One payment with its first events inside: [[type, result, operation, amount, at, key, note?], …]
-- in the order of arrival. more: how many events lie in payments_event. open_since: the oldest
-- request without an answer.
-- table: distributed(shopper)
CREATE TABLE payments_payment (
  id KEY,
  group_id BIGINT NOT NULL,
  provider TEXT NOT NULL,
  method TEXT NOT NULL,
  amount_minor BIGINT NOT NULL CHECK (amount_minor >= 0),
  currency TEXT NOT NULL,
  state BIGINT NOT NULL,
  provider_ref TEXT NOT NULL,
  version BIGINT NOT NULL,
  more BIGINT NOT NULL,
  open_since BIGINT,
  events TEXT NOT NULL
);
CREATE INDEX payments_payment_open ON payments_payment (open_since)
  WHERE open_since IS NOT NULL;

-- Events of a payment beyond those inside its row.
-- table: distributed(shopper)
CREATE TABLE payments_event (
  id KEY,
  payment_id BIGINT NOT NULL,
  type BIGINT NOT NULL,
  result BIGINT NOT NULL,
  operation BIGINT NOT NULL,
  amount_minor BIGINT NOT NULL,
  at BIGINT NOT NULL,
  key TEXT NOT NULL,
  note TEXT NOT NULL
);
CREATE INDEX payments_event_of ON payments_event (payment_id);

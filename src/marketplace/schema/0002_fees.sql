-- What the platform takes, from a day on. A published schedule that is in force never changes, so
-- that an order can name the one by which it was charged. state: 1 draft, 2 published. rates is
-- JSON of a FeeTable.
-- table: reference
CREATE TABLE marketplace_fee_schedule (
  id KEY,
  state BIGINT NOT NULL,
  currency TEXT NOT NULL,
  valid_from BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  rates TEXT NOT NULL,
  version BIGINT NOT NULL
);
CREATE UNIQUE INDEX marketplace_fee_schedule_day
  ON marketplace_fee_schedule (currency, valid_from) WHERE state = 2;

-- 1: commission_bp is an agreement with this merchant, no schedule counts for it.
ALTER TABLE marketplace_merchant ADD COLUMN agreed BIGINT NOT NULL DEFAULT 1;

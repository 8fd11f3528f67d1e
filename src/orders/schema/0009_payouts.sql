-- How a merchant is paid; id is the merchant's. `bank` is sealed under `key_id`.
-- table: distributed(merchant)
CREATE TABLE orders_payout_plan (
  id KEY,
  schedule BIGINT NOT NULL,
  on_day BIGINT NOT NULL,
  minimum BIGINT NOT NULL,
  reserve_bp BIGINT NOT NULL,
  reserve_days BIGINT NOT NULL,
  held BIGINT NOT NULL,
  hold_reason TEXT NOT NULL,
  hold_until BIGINT NOT NULL,
  last_day BIGINT NOT NULL,
  key_id BIGINT NOT NULL,
  bank BYTEA NOT NULL,
  bank_shown TEXT NOT NULL,
  vat_id TEXT NOT NULL,
  version BIGINT NOT NULL
);

-- table: distributed(merchant)
CREATE TABLE orders_payout (
  id KEY,
  merchant_id BIGINT NOT NULL,
  currency TEXT NOT NULL,
  amount BIGINT NOT NULL,
  state BIGINT NOT NULL,
  rail TEXT NOT NULL,
  bank_shown TEXT NOT NULL,
  key_id BIGINT NOT NULL,
  bank BYTEA NOT NULL,
  attempts BIGINT NOT NULL,
  next_at BIGINT NOT NULL,
  rail_ref TEXT NOT NULL,
  code TEXT NOT NULL,
  file_id BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  ended_at BIGINT NOT NULL,
  version BIGINT NOT NULL,
  CHECK (amount > 0)
);
CREATE INDEX orders_payout_merchant ON orders_payout (merchant_id, id);
CREATE INDEX orders_payout_state ON orders_payout (state, id);
CREATE INDEX orders_payout_by_file ON orders_payout (file_id, id);

-- What the operator carries to the bank.
-- table: reference
CREATE TABLE orders_payout_file (
  id KEY,
  currency TEXT NOT NULL,
  payouts BIGINT NOT NULL,
  total BIGINT NOT NULL,
  created_at BIGINT NOT NULL
);

-- Kept back out of releases until `until`.
-- table: distributed(merchant)
CREATE TABLE orders_reserve (
  id KEY,
  merchant_id BIGINT NOT NULL,
  currency TEXT NOT NULL,
  amount BIGINT NOT NULL,
  until BIGINT NOT NULL,
  given_back BIGINT NOT NULL
);

-- The one row that says for which day the daily work of money was started last.
-- table: reference
CREATE TABLE orders_money_clock (
  id KEY,
  day BIGINT NOT NULL
);

-- At which rate the platform's share of an order is taxed: fixed with its first release.
-- table: distributed(merchant)
CREATE TABLE orders_commission_tax (
  id KEY,
  merchant_id BIGINT NOT NULL,
  basis_points BIGINT NOT NULL,
  reverse_charge BIGINT NOT NULL
);

-- What the platform charges a merchant for a month; numbers without gaps, of the platform.
-- table: distributed(merchant)
CREATE TABLE orders_commission_invoice (
  id KEY,
  number BIGINT NOT NULL,
  merchant_id BIGINT NOT NULL,
  period TEXT NOT NULL,
  currency TEXT NOT NULL,
  commission BIGINT NOT NULL,
  payment_fee BIGINT NOT NULL,
  annual_fees BIGINT NOT NULL,
  tax BIGINT NOT NULL,
  reverse_charge BIGINT NOT NULL,
  issued_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX orders_commission_invoice_once
  ON orders_commission_invoice (merchant_id, period, currency, shard);

-- The next number of each sequence without gaps; id 1: commission invoices.
-- table: reference
CREATE TABLE orders_number (
  id KEY,
  next BIGINT NOT NULL
);

-- One for each order of a disputed payment.
-- table: distributed(merchant)
CREATE TABLE orders_chargeback (
  id KEY,
  order_id BIGINT NOT NULL,
  group_id BIGINT NOT NULL,
  payment_id BIGINT NOT NULL,
  merchant_id BIGINT NOT NULL,
  provider_ref TEXT NOT NULL,
  currency TEXT NOT NULL,
  amount BIGINT NOT NULL,
  fee BIGINT NOT NULL,
  reason TEXT NOT NULL,
  state BIGINT NOT NULL,
  due BIGINT NOT NULL,
  opened_at BIGINT NOT NULL,
  closed_at BIGINT NOT NULL,
  evidence BIGINT NOT NULL,
  version BIGINT NOT NULL
);
CREATE INDEX orders_chargeback_payment ON orders_chargeback (payment_id);
CREATE INDEX orders_chargeback_merchant ON orders_chargeback (merchant_id, id);

-- Sealed under the order's key.
-- table: distributed(merchant)
CREATE TABLE orders_chargeback_evidence (
  id KEY,
  chargeback_id BIGINT NOT NULL,
  kind TEXT NOT NULL,
  key_id BIGINT NOT NULL,
  sealed BYTEA NOT NULL,
  actor TEXT NOT NULL,
  at BIGINT NOT NULL
);
CREATE INDEX orders_chargeback_evidence_of ON orders_chargeback_evidence (chargeback_id, id);

-- A provider's settlement report and what became of its lines.
-- table: reference
CREATE TABLE orders_report (
  id KEY,
  provider TEXT NOT NULL,
  file_hash TEXT NOT NULL,
  matched BIGINT NOT NULL,
  missing BIGINT NOT NULL,
  different BIGINT NOT NULL,
  unknown BIGINT NOT NULL,
  from_at BIGINT NOT NULL,
  to_at BIGINT NOT NULL,
  created_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX orders_report_file ON orders_report (file_hash);

-- table: reference
CREATE TABLE orders_report_line (
  id KEY,
  report_id BIGINT NOT NULL,
  number BIGINT NOT NULL,
  kind BIGINT NOT NULL,
  outcome BIGINT NOT NULL,
  ref TEXT NOT NULL,
  payment_id BIGINT NOT NULL,
  payout_id BIGINT NOT NULL,
  currency TEXT NOT NULL,
  gross BIGINT NOT NULL,
  fee BIGINT NOT NULL,
  expected BIGINT NOT NULL,
  at BIGINT NOT NULL
);
CREATE INDEX orders_report_line_of ON orders_report_line (report_id, id);
CREATE INDEX orders_report_line_payment ON orders_report_line (payment_id, kind);

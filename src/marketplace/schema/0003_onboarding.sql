-- How far a merchant has come before it may sell. One row a merchant, with the merchant's id; who
-- has none was opened by an operator and passes no gates. step: 1 applied, 2 documents,
-- 3 deposit_due, 4 active. opened_at 0: it has not sold yet.
-- table: distributed(merchant)
CREATE TABLE marketplace_onboarding (
  id KEY,
  step BIGINT NOT NULL,
  mark BIGINT NOT NULL,
  applicant BIGINT NOT NULL,
  deposit_due BIGINT NOT NULL CHECK (deposit_due >= 0),
  opened_at BIGINT NOT NULL,
  countdown_ends BIGINT NOT NULL,
  restricted_because TEXT NOT NULL,
  version BIGINT NOT NULL
);

-- A paper, its bytes sealed under a key of its own. state: 1 asked, 2 in review, 3 accepted,
-- 4 refused, 5 expired, 6 replaced.
-- table: distributed(merchant)
CREATE TABLE marketplace_document (
  id KEY,
  merchant_id BIGINT NOT NULL,
  kind BIGINT NOT NULL,
  state BIGINT NOT NULL,
  media_type TEXT NOT NULL,
  size BIGINT NOT NULL,
  key_id BIGINT NOT NULL,
  sealed BYTEA NOT NULL,
  expires_at BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  reviewed_at BIGINT NOT NULL,
  reason TEXT NOT NULL,
  version BIGINT NOT NULL
);
CREATE INDEX marketplace_document_of ON marketplace_document (merchant_id);

-- Who the trader behind the shop is; one row a merchant, with the merchant's id.
-- table: distributed(merchant)
CREATE TABLE marketplace_trader (
  id KEY,
  key_id BIGINT NOT NULL,
  sealed BYTEA NOT NULL,
  natural_person BIGINT NOT NULL,
  certified_at BIGINT NOT NULL
);

-- Why money went into a deposit or out of it, beside the ledger's journal. amount is signed.
-- table: distributed(merchant)
CREATE TABLE marketplace_deposit_entry (
  id KEY,
  merchant_id BIGINT NOT NULL,
  currency TEXT NOT NULL,
  amount BIGINT NOT NULL,
  note TEXT NOT NULL,
  at BIGINT NOT NULL
);
CREATE INDEX marketplace_deposit_entry_of ON marketplace_deposit_entry (merchant_id);

-- Closed for a while: no sale between the two moments, and what is said about it.
ALTER TABLE marketplace_merchant ADD COLUMN closed_from BIGINT NOT NULL DEFAULT 0;
ALTER TABLE marketplace_merchant ADD COLUMN closed_until BIGINT NOT NULL DEFAULT 0;
ALTER TABLE marketplace_merchant ADD COLUMN closed_message TEXT NOT NULL DEFAULT '';

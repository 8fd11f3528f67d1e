-- A seat in a team that waits for whoever has the address. The address itself is not kept: only
-- its keyed hash. used_by 0: open.
-- table: distributed(merchant)
CREATE TABLE shoppers_invitation (
  id KEY,
  merchant_id BIGINT NOT NULL,
  place_id BIGINT NOT NULL,
  role TEXT NOT NULL,
  email_hash TEXT NOT NULL,
  token_hash TEXT NOT NULL,
  invited_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  used_by BIGINT NOT NULL
);
CREATE INDEX shoppers_invitation_of ON shoppers_invitation (merchant_id);

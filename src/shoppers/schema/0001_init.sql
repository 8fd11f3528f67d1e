-- People, what they may do and what they agreed to. Names, addresses and mail are only in the
-- BYTEA columns, sealed under the person's key.

-- table: distributed(shopper)
CREATE TABLE shoppers_person (
  id KEY,
  key_id BIGINT NOT NULL,
  email_hash TEXT NOT NULL,
  password TEXT NOT NULL,
  state BIGINT NOT NULL,
  staff BIGINT NOT NULL,
  profile BYTEA,
  created_at BIGINT NOT NULL,
  version BIGINT NOT NULL
);

-- One person per address: the hash is keyed, so that the table says nothing without the pepper.
-- table: reference
CREATE TABLE shoppers_email (
  hash TEXT NOT NULL PRIMARY KEY,
  person_id BIGINT NOT NULL
);

-- table: distributed(shopper)
CREATE TABLE shoppers_address (
  id KEY,
  person_id BIGINT NOT NULL,
  sealed BYTEA NOT NULL,
  created_at BIGINT NOT NULL
);
CREATE INDEX shoppers_address_person ON shoppers_address (person_id);

-- table: distributed(shopper)
CREATE TABLE shoppers_session (
  id KEY,
  person_id BIGINT NOT NULL,
  token_hash TEXT NOT NULL,
  staff BIGINT NOT NULL,
  device BYTEA,
  created_at BIGINT NOT NULL,
  seen_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL
);
CREATE INDEX shoppers_session_person ON shoppers_session (person_id);

-- table: distributed(shopper)
CREATE TABLE shoppers_token (
  id KEY,
  person_id BIGINT NOT NULL,
  token_hash TEXT NOT NULL,
  prefix TEXT NOT NULL,
  scopes TEXT NOT NULL,
  label BYTEA,
  created_at BIGINT NOT NULL,
  expires_at BIGINT
);
CREATE INDEX shoppers_token_person ON shoppers_token (person_id);

-- merchant_id 0: the operator's.
-- table: reference
CREATE TABLE shoppers_role (
  id KEY,
  merchant_id BIGINT NOT NULL,
  name TEXT NOT NULL,
  permissions TEXT NOT NULL,
  created_at BIGINT NOT NULL
);
CREATE INDEX shoppers_role_merchant ON shoppers_role (merchant_id);

-- role: the name of a ready role, or empty with role_id of a custom one.
-- table: distributed(shopper)
CREATE TABLE shoppers_grant (
  id KEY,
  person_id BIGINT NOT NULL,
  role TEXT NOT NULL,
  role_id BIGINT NOT NULL,
  merchant_id BIGINT NOT NULL,
  place_id BIGINT NOT NULL,
  granted_at BIGINT NOT NULL,
  granted_by TEXT NOT NULL
);
CREATE INDEX shoppers_grant_person ON shoppers_grant (person_id);
CREATE INDEX shoppers_grant_merchant ON shoppers_grant (merchant_id);

-- The id is the person's. confirmed_at 0: begun, not asked for yet.
-- table: distributed(shopper)
CREATE TABLE shoppers_totp (
  id KEY,
  secret BYTEA NOT NULL,
  confirmed_at BIGINT NOT NULL,
  last_step BIGINT NOT NULL
);

-- table: distributed(shopper)
CREATE TABLE shoppers_passkey (
  id KEY,
  person_id BIGINT NOT NULL,
  credential TEXT NOT NULL,
  public_key BYTEA NOT NULL,
  algorithm BIGINT NOT NULL,
  sign_count BIGINT NOT NULL,
  backup_state BIGINT NOT NULL,
  label BYTEA,
  created_at BIGINT NOT NULL
);
CREATE INDEX shoppers_passkey_person ON shoppers_passkey (person_id);

-- Which person a credential belongs to.
-- table: reference
CREATE TABLE shoppers_credential (
  credential TEXT NOT NULL PRIMARY KEY,
  passkey_id BIGINT NOT NULL
);

-- Single-use challenges; person_id 0: for signing in.
-- table: reference
CREATE TABLE shoppers_challenge (
  hash TEXT NOT NULL PRIMARY KEY,
  person_id BIGINT NOT NULL,
  expires_at BIGINT NOT NULL
);
CREATE INDEX shoppers_challenge_expiry ON shoppers_challenge (expires_at);

-- Append-only: the newest row of (person, purpose, channel) counts; without a row: no.
-- table: distributed(shopper)
CREATE TABLE shoppers_consent (
  id KEY,
  person_id BIGINT NOT NULL,
  purpose TEXT NOT NULL,
  channel TEXT NOT NULL,
  granted BIGINT NOT NULL,
  text_version TEXT NOT NULL,
  proof BYTEA,
  at BIGINT NOT NULL
);
CREATE INDEX shoppers_consent_person ON shoppers_consent (person_id, purpose, channel);

-- Keys of erased people that the keys database has still to destroy (after a crash: at start).
-- table: distributed(shopper)
CREATE TABLE shoppers_doomed_key (
  id KEY
);

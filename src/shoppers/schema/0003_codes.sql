-- A code that was sent to a person's address. The code itself is made of the id and the pepper and
-- is stored nowhere. purpose: 1 a new password, 2 signing in.
-- table: distributed(shopper)
CREATE TABLE shoppers_code (
  id KEY,
  person_id BIGINT NOT NULL,
  purpose BIGINT NOT NULL,
  tries BIGINT NOT NULL,
  expires_at BIGINT NOT NULL
);
CREATE INDEX shoppers_code_of ON shoppers_code (person_id);

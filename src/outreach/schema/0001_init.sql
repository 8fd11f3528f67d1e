-- One mail to one person. ref: what it is about. key_id and sealed (JSON: to, subject, text, html)
-- are set when it has been written. open: 1 until it has ended. lease_until is of the machine's
-- clock, the other times are the store's.
-- table: distributed(shopper)
CREATE TABLE outreach_mail (
  id KEY,
  kind BIGINT NOT NULL,
  state BIGINT NOT NULL,
  open BIGINT NOT NULL,
  ref BIGINT NOT NULL,
  detail TEXT NOT NULL,
  key_id BIGINT NOT NULL,
  sealed BYTEA NOT NULL,
  next_at BIGINT NOT NULL,
  lease_until BIGINT NOT NULL,
  attempts BIGINT NOT NULL,
  answer TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  ended_at BIGINT NOT NULL
);
CREATE INDEX outreach_mail_due ON outreach_mail (open, next_at);
CREATE INDEX outreach_mail_ref ON outreach_mail (ref, kind);

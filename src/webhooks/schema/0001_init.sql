-- Where events are sent. merchant_id 0: the operator's own, which may get those of everybody.
-- table: distributed(merchant)
CREATE TABLE webhooks_endpoint (
  id KEY,
  merchant_id BIGINT NOT NULL,
  url TEXT NOT NULL,
  types TEXT NOT NULL,
  description TEXT NOT NULL,
  state BIGINT NOT NULL,
  key_id BIGINT NOT NULL,
  secret BYTEA NOT NULL,
  old_secret BYTEA NOT NULL,
  old_until BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  version BIGINT NOT NULL
);
CREATE INDEX webhooks_endpoint_of ON webhooks_endpoint (merchant_id);

-- One event for one endpoint. open: 1 until it has ended. behind: 1 while an earlier event of the
-- same entity is open. lease_until is of the machine's clock, the other times are the store's.
-- table: distributed(merchant)
CREATE TABLE webhooks_delivery (
  id KEY,
  endpoint_id BIGINT NOT NULL,
  node BIGINT NOT NULL,
  seq BIGINT NOT NULL,
  type TEXT NOT NULL,
  entity BIGINT NOT NULL,
  state BIGINT NOT NULL,
  open BIGINT NOT NULL,
  behind BIGINT NOT NULL,
  next_at BIGINT NOT NULL,
  lease_until BIGINT NOT NULL,
  attempts BIGINT NOT NULL,
  status BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  ended_at BIGINT NOT NULL
);
CREATE INDEX webhooks_delivery_due ON webhooks_delivery (endpoint_id, open, behind, next_at);
CREATE INDEX webhooks_delivery_entity ON webhooks_delivery (endpoint_id, open, entity);

-- What came of one POST. status 0: no answer, then error says why.
-- table: distributed(merchant)
CREATE TABLE webhooks_attempt (
  id KEY,
  delivery_id BIGINT NOT NULL,
  at BIGINT NOT NULL,
  status BIGINT NOT NULL,
  latency_us BIGINT NOT NULL,
  error TEXT NOT NULL,
  answer TEXT NOT NULL
);
CREATE INDEX webhooks_attempt_of ON webhooks_attempt (delivery_id);

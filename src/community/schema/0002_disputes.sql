-- A refund on which buyer and merchant do not agree: what both say, until the platform decides.
-- The id is of the order's shard; all words are sealed under the order's key.
-- table: distributed(merchant)
CREATE TABLE community_dispute (
  id KEY,
  refund_id BIGINT NOT NULL,
  order_id BIGINT NOT NULL,
  merchant_id BIGINT NOT NULL,
  person_id BIGINT NOT NULL,
  key_id BIGINT NOT NULL,
  state BIGINT NOT NULL,
  merchant_spoke BIGINT NOT NULL,
  due BIGINT NOT NULL,
  version BIGINT NOT NULL
);
CREATE UNIQUE INDEX community_dispute_refund ON community_dispute (refund_id, shard);
CREATE INDEX community_dispute_state ON community_dispute (state, id);
CREATE INDEX community_dispute_merchant ON community_dispute (merchant_id, id);

-- table: distributed(merchant)
CREATE TABLE community_statement (
  id KEY,
  dispute_id BIGINT NOT NULL,
  side BIGINT NOT NULL,
  author_id BIGINT NOT NULL,
  text BYTEA NOT NULL
);
CREATE INDEX community_statement_of ON community_statement (dispute_id, id);

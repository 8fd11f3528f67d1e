-- What a buyer and a merchant talk about: one product, one order, or nothing in particular.
-- What is said lies sealed under the buyer's key.
-- table: distributed(merchant)
CREATE TABLE community_conversation (
  id KEY,
  merchant_id BIGINT NOT NULL,
  person_id BIGINT NOT NULL,
  key_id BIGINT NOT NULL,
  product_id BIGINT NOT NULL,
  order_id BIGINT NOT NULL,
  blocked_by BIGINT NOT NULL,
  messages BIGINT NOT NULL,
  last_message BIGINT NOT NULL,
  read_by_buyer BIGINT NOT NULL,
  read_by_merchant BIGINT NOT NULL,
  version BIGINT NOT NULL
);
CREATE UNIQUE INDEX community_conversation_about
  ON community_conversation (person_id, merchant_id, product_id, order_id, shard);
CREATE INDEX community_conversation_merchant
  ON community_conversation (merchant_id, last_message);

-- table: distributed(merchant)
CREATE TABLE community_message (
  id KEY,
  conversation_id BIGINT NOT NULL,
  sender BIGINT NOT NULL,
  author_id BIGINT NOT NULL,
  text BYTEA NOT NULL,
  pictures TEXT NOT NULL
);
CREATE INDEX community_message_of ON community_message (conversation_id, id);

-- Pictures of messages are sealed as the words are, so they lie here and not among the blobs.
-- table: distributed(merchant)
CREATE TABLE community_picture (
  id KEY,
  conversation_id BIGINT NOT NULL,
  author_id BIGINT NOT NULL,
  type BIGINT NOT NULL,
  bytes BYTEA NOT NULL
);
CREATE INDEX community_picture_of ON community_picture (conversation_id, id);

-- table: distributed(merchant)
CREATE TABLE community_quick_answer (
  id KEY,
  merchant_id BIGINT NOT NULL,
  title TEXT NOT NULL,
  text TEXT NOT NULL
);
CREATE INDEX community_quick_answer_of ON community_quick_answer (merchant_id, id);

-- One of each person for each product, and only of who has bought it.
-- table: distributed(merchant)
CREATE TABLE community_review (
  id KEY,
  product_id BIGINT NOT NULL,
  merchant_id BIGINT NOT NULL,
  person_id BIGINT NOT NULL,
  key_id BIGINT NOT NULL,
  order_id BIGINT NOT NULL,
  stars BIGINT NOT NULL CHECK (stars BETWEEN 1 AND 5),
  content BYTEA NOT NULL,
  locale TEXT NOT NULL,
  state BIGINT NOT NULL,
  reply TEXT NOT NULL,
  replied_at BIGINT NOT NULL,
  written_at BIGINT NOT NULL,
  version BIGINT NOT NULL
);
CREATE UNIQUE INDEX community_review_once ON community_review (product_id, person_id, shard);
CREATE INDEX community_review_merchant ON community_review (merchant_id, id);

-- Published reviews of a product by stars; the id is the product's.
-- table: distributed(merchant)
CREATE TABLE community_score (
  id KEY,
  one BIGINT NOT NULL,
  two BIGINT NOT NULL,
  three BIGINT NOT NULL,
  four BIGINT NOT NULL,
  five BIGINT NOT NULL,
  CHECK (one >= 0 AND two >= 0 AND three >= 0 AND four >= 0 AND five >= 0)
);

-- table: distributed(merchant)
CREATE TABLE community_question (
  id KEY,
  product_id BIGINT NOT NULL,
  merchant_id BIGINT NOT NULL,
  person_id BIGINT NOT NULL,
  key_id BIGINT NOT NULL,
  text BYTEA NOT NULL,
  state BIGINT NOT NULL,
  answers BIGINT NOT NULL
);
CREATE INDEX community_question_of ON community_question (product_id, id);
CREATE INDEX community_question_merchant ON community_question (merchant_id, id);

-- A merchant's answer is in `said`, an owner's sealed in `text` under key_id.
-- table: distributed(merchant)
CREATE TABLE community_answer (
  id KEY,
  question_id BIGINT NOT NULL,
  person_id BIGINT NOT NULL,
  key_id BIGINT NOT NULL,
  text BYTEA NOT NULL,
  said TEXT NOT NULL,
  state BIGINT NOT NULL
);
CREATE INDEX community_answer_of ON community_answer (question_id, id);

-- Somebody finds that something should not stand there; operators decide. `about` is what kind
-- of thing `subject_id` is.
-- table: distributed(merchant)
CREATE TABLE community_report (
  id KEY,
  about BIGINT NOT NULL,
  subject_id BIGINT NOT NULL,
  person_id BIGINT NOT NULL,
  reason BIGINT NOT NULL,
  state BIGINT NOT NULL
);
CREATE UNIQUE INDEX community_report_once ON community_report (subject_id, person_id, shard);
CREATE INDEX community_report_state ON community_report (state, id);

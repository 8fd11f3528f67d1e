-- What became of a picture that an import named by its address: state 1 fetched (sha256 is a blob),
-- 2 given up (why says the reason). A row comes when the worker has asked.
-- table: distributed(merchant)
CREATE TABLE catalog_image (
  id KEY,
  owner BIGINT NOT NULL,
  address TEXT NOT NULL,
  state BIGINT NOT NULL,
  sha256 TEXT NOT NULL,
  media_type TEXT NOT NULL,
  why TEXT NOT NULL,
  updated_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX catalog_image_address ON catalog_image (address, owner, shard);

-- database: keys
-- The keys that open personal data. Backups keep only the newest copy of this database, so a
-- destroyed key makes everything sealed under it unreadable everywhere.

-- table: distributed(shopper)
CREATE TABLE shoppers_key (
  id KEY,
  secret BYTEA NOT NULL,
  made_at BIGINT NOT NULL
);

-- Key of the hashes by which people are found; one row.
-- table: reference
CREATE TABLE shoppers_pepper (
  id KEY,
  secret BYTEA NOT NULL
);

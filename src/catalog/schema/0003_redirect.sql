-- Addresses of old shops, and the product that stands there now. One path, one product.
-- table: reference
CREATE TABLE catalog_redirect (
  id KEY,
  owner BIGINT NOT NULL,
  path TEXT NOT NULL,
  product_id BIGINT NOT NULL
);
CREATE UNIQUE INDEX catalog_redirect_path ON catalog_redirect (path);
CREATE INDEX catalog_redirect_owner ON catalog_redirect (owner, id);

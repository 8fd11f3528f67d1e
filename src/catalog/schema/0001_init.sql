-- Brands and categories are shared by all merchants; a category is its path "Men > Shirts".
-- table: reference
CREATE TABLE catalog_brand (
  id KEY,
  name TEXT NOT NULL
);
CREATE UNIQUE INDEX catalog_brand_name ON catalog_brand (name);

-- table: reference
CREATE TABLE catalog_category (
  id KEY,
  parent_id BIGINT NOT NULL,
  path TEXT NOT NULL,
  path_zh TEXT NOT NULL
);
CREATE UNIQUE INDEX catalog_category_path ON catalog_category (path);

-- A product with everything that is shown of it; no price, no stock. Lists and maps are JSON,
-- an empty one is the empty text. status: 0 draft, 1 active, 2 archived.
-- table: distributed(merchant)
CREATE TABLE catalog_product (
  id KEY,
  owner BIGINT NOT NULL,
  handle TEXT NOT NULL,
  status BIGINT NOT NULL,
  version BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  brand_id BIGINT NOT NULL,
  category_id BIGINT NOT NULL,
  title TEXT NOT NULL,
  description TEXT NOT NULL,
  tags TEXT NOT NULL,
  options TEXT NOT NULL,
  media TEXT NOT NULL,
  attributes TEXT NOT NULL,
  translations TEXT NOT NULL
);
CREATE UNIQUE INDEX catalog_product_handle ON catalog_product (handle, owner, shard);
CREATE INDEX catalog_product_owner ON catalog_product (owner, id);
CREATE INDEX catalog_product_status ON catalog_product (status, id);
CREATE INDEX catalog_product_category ON catalog_product (category_id, status, id);
CREATE INDEX catalog_product_brand ON catalog_product (brand_id, status, id);

-- What is sold and counted. gtin is the barcode as a number when it is a valid GTIN, else NULL;
-- image is an address or "#n", the n-th of the product's media.
-- table: distributed(merchant)
CREATE TABLE catalog_variant (
  id KEY,
  product_id BIGINT NOT NULL,
  owner BIGINT NOT NULL,
  position BIGINT NOT NULL,
  version BIGINT NOT NULL,
  weight_grams BIGINT NOT NULL,
  gtin BIGINT,
  value1 TEXT NOT NULL,
  value2 TEXT NOT NULL,
  value3 TEXT NOT NULL,
  sku TEXT NOT NULL,
  barcode TEXT NOT NULL,
  tax_class TEXT NOT NULL,
  image TEXT NOT NULL,
  unit_measure TEXT NOT NULL,
  attributes TEXT NOT NULL
);
CREATE INDEX catalog_variant_product ON catalog_variant (product_id);
CREATE INDEX catalog_variant_sku ON catalog_variant (sku, owner) WHERE sku <> '';
CREATE INDEX catalog_variant_gtin ON catalog_variant (gtin) WHERE gtin IS NOT NULL;

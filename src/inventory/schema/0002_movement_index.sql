-- database: derived
-- Which movements touched a stock row; written after the commit, rebuilt when it is lost.
-- table: distributed(merchant)
CREATE TABLE inventory_movement_index (
  shard BIGINT NOT NULL,
  stock_id BIGINT NOT NULL,
  movement_id BIGINT NOT NULL,
  on_hand BIGINT NOT NULL,
  reserved BIGINT NOT NULL,
  PRIMARY KEY (stock_id, movement_id, shard)
);

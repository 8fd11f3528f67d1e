-- What a market adds to an order: who pays for discounts, and which fees were in force.
ALTER TABLE orders_order ADD COLUMN discount BIGINT NOT NULL DEFAULT 0;
ALTER TABLE orders_order ADD COLUMN platform_discount BIGINT NOT NULL DEFAULT 0;
ALTER TABLE orders_order ADD COLUMN payment_fee BIGINT NOT NULL DEFAULT 0;
ALTER TABLE orders_order ADD COLUMN fee_version BIGINT NOT NULL DEFAULT 0;

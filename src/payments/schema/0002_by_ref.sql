-- A dispute names its payment as the provider does. Only where a provider does so: checkout with
-- others pays nothing for it.
CREATE INDEX payments_payment_stripe_ref ON payments_payment (provider_ref)
  WHERE provider = 'stripe';

-- One event may report several refunds, as a canceled order at Shopify does: only the first of them was stored. The key is made
-- again with the refund's name. Both statements need the same lock, so booking waits while the index is built, which takes about
-- a second for a million refunds. Builds that run meanwhile insert `on conflict do nothing`, whatever the key is.
alter table refunds drop constraint refunds_pkey;
alter table refunds add constraint refunds_pkey primary key (organization_id, event_id, external_id);

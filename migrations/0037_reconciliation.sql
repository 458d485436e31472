-- Comparisons of payouts with Stripe's transfers: what wasn't ours, and why one couldn't be made.

alter table payout_reconciliations
    -- Transfers of the same Stripe account that no payout made.
    add column foreign_transfers integer not null default 0;
alter table payout_connections
    -- How often in a row a comparison couldn't be finished, and why not.
    add column reconcile_failures integer not null default 0,
    add column reconcile_error text;
create index payout_differences_newest on payout_differences (organization_id, id desc);
create index payout_reconciliations_newest on payout_reconciliations (organization_id, id desc);

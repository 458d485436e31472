-- The currency that a brand thinks in, for display only: nothing in the book is ever converted. And who gave a bonus.

alter table organizations add column home_currency text check (home_currency ~ '^[A-Z]{3}$');

-- What one unit of `currency` was worth in the home currency. A correction is a further row: of a day's rates the one
-- that was written last counts.
create table exchange_rates (
    organization_id uuid not null references organizations,
    id uuid not null,
    day date not null,
    currency text not null check (currency ~ '^[A-Z]{3}$'),
    home_currency text not null check (home_currency ~ '^[A-Z]{3}$'),
    -- A decimal number, exactly as it was told.
    rate text not null check (rate ~ '^[0-9]{1,9}(\.[0-9]{1,12})?$' and rate::numeric > 0),
    -- Where it is from, such as 'ECB'.
    source text check (length(source) between 1 and 100),
    created_at timestamptz not null,
    primary key (organization_id, id),
    check (currency <> home_currency)
);
create index exchange_rates_latest on exchange_rates (organization_id, home_currency, currency, day desc, id desc);
create index exchange_rates_newest on exchange_rates (organization_id, id desc);
call rekomi_tenant_table('exchange_rates', true);

-- A bonus or an adjustment is a decision too, about the commission that it makes; so is a refund that a person tells. The
-- event or the commission is what counts: these rows say who and why.
alter table decisions
    drop constraint decisions_kind_check,
    add constraint decisions_kind_check
        check (kind in ('Reattribute', 'Approve', 'Deny', 'Release', 'Refund', 'Bonus', 'Adjustment'));

-- Lists of payouts and decisions of one affiliate or conversion; refunds and disputes that name no sale we know.
create index payouts_affiliate on payouts (organization_id, affiliate_id, id desc);
create index refunds_newest on refunds (organization_id, occurred_at desc);
create index disputes_newest on disputes (organization_id, occurred_at desc);

-- What became of a sale: other names of it, refunds, disputes, people's decisions; commissions that no conversion earns;
-- payments to affiliates.

alter table conversions
    -- The program that the teller named.
    add column told_program_id uuid,
    -- What the buyer paid in all, tax included: a gateway's refunds are parts of it.
    add column paid bigint,
    -- `ledger::fact::Details`: country, items, metadata. Null where nothing was told.
    add column details jsonb,
    -- When the buyer became bound, and the how manieth sale (or lead) of the buyer in the program this is.
    add column bound_at timestamptz,
    add column sequence integer not null default 0,
    -- 'SelfReferral', 'DuplicateCustomer', 'Velocity', 'ClickToSale': money is held until a person decides.
    add column flags text[] not null default '{}',
    -- 'Approved' or 'Denied' by a person.
    add column review text check (review in ('Approved', 'Denied')),
    -- 'Open', 'Won' or 'Lost'.
    add column dispute text check (dispute in ('Open', 'Won', 'Lost')),
    -- What can't be set against the sale and needs a look: 'RefundCurrency', 'RefundExceedsSale'.
    add column troubles text[] not null default '{}';
alter table conversions no force row level security;
update conversions set paid = amount;
alter table conversions force row level security;
alter table conversions
    alter column paid set not null,
    add check (paid >= 0);
create index conversions_alone on conversions (organization_id, event_id) where customer_id is null;
create index conversions_review on conversions (organization_id, occurred_at desc) where flags <> '{}' and review is null;
create index conversions_troubles on conversions (organization_id, occurred_at desc) where troubles <> '{}';

-- Other names of a sale: its charge, its payment. An alias of an alias counts.
create table sale_aliases (
    organization_id uuid not null references organizations,
    alias text not null,
    name text not null,
    -- The event that told it first.
    event_id uuid not null,
    primary key (organization_id, alias, name)
);
create index sale_aliases_name on sale_aliases (organization_id, name);
call rekomi_tenant_table('sale_aliases', true);

-- Several events may tell of one refund (made, then failed): what counts is worked out from all of them.
alter table refunds
    drop constraint refunds_organization_id_external_id_key,
    -- 'Commissionable' (ex tax) or 'Paid' (everything the buyer paid).
    add column basis text not null default 'Commissionable' check (basis in ('Commissionable', 'Paid')),
    add column effect text not null default 'Made' check (effect in ('Made', 'Undone', 'Restored', 'Total'));
alter table refunds alter column basis drop default, alter column effect drop default;

create table disputes (
    organization_id uuid not null references organizations,
    event_id uuid not null,
    external_id text not null,
    -- The sale's external id or an alias of it.
    dispute_of text not null,
    amount bigint not null check (amount >= 0),
    currency text not null check (currency ~ '^[A-Z]{3}$'),
    state text not null check (state in ('Open', 'Won', 'Lost')),
    occurred_at timestamptz not null,
    primary key (organization_id, event_id)
);
create index disputes_of on disputes (organization_id, dispute_of);
call rekomi_tenant_table('disputes', true);

-- What people decided: an event of its own, never an edit.
create table decisions (
    organization_id uuid not null references organizations,
    id uuid not null,
    -- 'Reattribute' (credit, or nobody where affiliate_id is null), 'Approve' or 'Deny' (a conversion under review, or one
    -- commission), 'Release' (a commission before its hold ends).
    kind text not null check (kind in ('Reattribute', 'Approve', 'Deny', 'Release')),
    conversion_id uuid,
    commission_id uuid,
    program_id uuid,
    affiliate_id uuid,
    -- 'Conversion' or 'Customer': how far a re-attribution reaches.
    reach text check (reach in ('Conversion', 'Customer')),
    -- 'api_key:…' or 'user:…'.
    actor text not null,
    reason text not null check (length(reason) between 1 and 1000),
    decided_at timestamptz not null,
    primary key (organization_id, id),
    foreign key (organization_id, conversion_id) references conversions,
    foreign key (organization_id, commission_id) references commissions,
    foreign key (organization_id, affiliate_id) references affiliates,
    check (num_nonnulls(conversion_id, commission_id) = 1)
);
create index decisions_conversion on decisions (organization_id, conversion_id) where conversion_id is not null;
create index decisions_commission on decisions (organization_id, commission_id) where commission_id is not null;
create index decisions_newest on decisions (organization_id, id desc);
call rekomi_tenant_table('decisions', true);

alter table commissions
    -- 'Conversion', 'Click' (a day's clicks), 'Bonus' or 'Adjustment' (either sign).
    add column kind text not null default 'Conversion' check (kind in ('Conversion', 'Click', 'Bonus', 'Adjustment')),
    -- Of a day's clicks, a bonus or an adjustment: which day, UTC.
    add column day date,
    -- How much of it was paid out. More than `amount` after a refund: the next payout takes it back.
    add column paid bigint not null default 0,
    -- 'Review' or 'Dispute': it doesn't mature meanwhile.
    add column held text check (held in ('Review', 'Dispute')),
    add column approved_at timestamptz,
    alter column conversion_id drop not null,
    alter column plan_version_id drop not null,
    drop constraint commissions_amount_check,
    drop constraint commissions_check,
    add check (kind = 'Adjustment' or (amount >= 0 and earned >= amount)),
    add check ((kind = 'Conversion') = (conversion_id is not null)),
    add check ((kind = 'Conversion') = (day is null));
alter table commissions alter column kind drop default;
create unique index commissions_clicks on commissions (organization_id, program_id, affiliate_id, component, day)
    where kind = 'Click';
drop index commissions_due;
create index commissions_due on commissions (organization_id, hold_until) where status = 'Pending' and held is null;

alter table transfers
    add column decision_id uuid,
    add column payout_id uuid,
    -- The brand's word for it, where a person caused it.
    add column note text;
create index transfers_debit on transfers (organization_id, debit_account_id, id desc);
create index transfers_credit on transfers (organization_id, credit_account_id, id desc);

-- A gateway's name of the code, such as Stripe's promotion code `promo_…`.
alter table coupons add column external_id text check (length(external_id) between 1 and 100);
create unique index coupons_external on coupons (organization_id, lower(external_id));

-- Payments to affiliates. The only rail so far is 'Manual': paid outside and written down here.
create table payouts (
    organization_id uuid not null references organizations,
    id uuid not null,
    affiliate_id uuid not null,
    currency text not null check (currency ~ '^[A-Z]{3}$'),
    amount bigint not null check (amount > 0),
    rail text not null check (rail in ('Manual')),
    status text not null check (status in ('Sent')),
    -- The brand's own name of the payment, such as a bank reference.
    reference text check (length(reference) <= 200),
    actor text not null,
    created_at timestamptz not null,
    primary key (organization_id, id),
    foreign key (organization_id, affiliate_id) references affiliates
);
create index payouts_newest on payouts (organization_id, id desc);
call rekomi_tenant_table('payouts');

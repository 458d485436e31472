-- What affiliates earn: for a conversion, for a day's clicks, or as a bonus or adjustment that a person made.
create table commissions (
    organization_id uuid not null,
    id uuid not null,
    -- 'Conversion', 'Click' (a day's clicks), 'Bonus' or 'Adjustment' (positive or negative).
    kind text not null check (kind in ('Conversion', 'Click', 'Bonus', 'Adjustment')),
    conversion_id uuid,
    -- The UTC day of a day's clicks, a bonus or an adjustment.
    day date,
    affiliate_id uuid not null,
    program_id uuid not null,
    plan_version_id uuid,
    -- The index of the component in the plan version that earned it.
    component integer not null,
    -- The component's own id. It identifies the commission together with the conversion and the affiliate, since the
    -- component may have another index in another version of the plan.
    component_id text,
    -- What the commission is worth now, in minor units: the earned amount less refunds.
    amount bigint not null,
    earned bigint not null,
    -- How much of it was paid out. It exceeds `amount` after a refund: the next payout deducts the difference.
    paid bigint not null default 0,
    -- How much of it is in a payout that is neither sent nor abandoned yet.
    reserved bigint not null default 0,
    currency text not null check (currency ~ '^[A-Z]{3}$'),
    status text not null check (status in ('Pending', 'Approved', 'Paid', 'Refunded', 'Denied')),
    hold_until timestamptz not null,
    -- Why it doesn't mature: 'Review', 'Dispute', or 'FirstSale', where the sale that brought the customer waits for
    -- review.
    held text check (held in ('Review', 'Dispute', 'FirstSale')),
    approved_at timestamptz,
    -- When it was earned: the conversion's time, which the row follows, or else midnight of the day. An affiliate's
    -- list is sorted by it, which a join to conversions could not read in order.
    happened_at timestamptz not null,
    -- The calculation of `earned` in words.
    reason text not null,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    primary key (organization_id, id),
    foreign key (organization_id, conversion_id) references conversions,
    foreign key (organization_id, affiliate_id) references affiliates,
    check (kind = 'Adjustment' or (amount >= 0 and earned >= amount)),
    check ((kind = 'Conversion') = (conversion_id is not null)),
    check ((kind = 'Conversion') = (day is null))
);
create index commissions_newest on commissions (organization_id, id desc);
create index commissions_affiliate on commissions (organization_id, affiliate_id, id desc);
create unique index commissions_clicks on commissions (organization_id, program_id, affiliate_id, component, day)
    where kind = 'Click';
create index commissions_due on commissions (organization_id, hold_until) where status = 'Pending' and held is null;
-- Finds the few payable commissions among years of paid ones, for runs, payouts and invitations.
create index commissions_payable on commissions (organization_id, currency, affiliate_id)
    where amount <> paid + reserved and status <> 'Pending';
create index commissions_by_status on commissions (organization_id, status, id desc);
-- Finds the manual commissions of an affiliate who has many sales.
create index commissions_manual on commissions (organization_id, affiliate_id, created_at desc) where kind <> 'Conversion';
-- The status in the index finds an affiliate's few commissions of one status among many.
create index commissions_happened on commissions (organization_id, affiliate_id, happened_at, id, status);
-- Finds what became payable after a payout's cut-off.
create index commissions_fresh on commissions (organization_id, currency, approved_at)
    where amount > paid + reserved and status <> 'Pending' and approved_at is not null;
-- Finds what has been waiting longest to be paid.
create index commissions_overdue on commissions (organization_id, hold_until)
    where status = 'Approved' and amount > paid + reserved;
-- Commissions for clicks that wait for review are few: the queue reads this index.
create index commissions_held_clicks on commissions (organization_id, id) where kind = 'Click' and held = 'Review';
-- A conversion, an affiliate and a component earn once.
create unique index commissions_component on commissions (organization_id, conversion_id, affiliate_id, component_id);
call rekomi_tenant_table('commissions');

-- When an organization's people were last reminded of commissions to pay.
create table commission_reminders (
    organization_id uuid primary key references organizations,
    reminded_at timestamptz not null
);
call rekomi_tenant_table('commission_reminders');

-- People's decisions. A decision is an event of its own, never an edit: a reported refund, a bonus and an adjustment
-- have one too, which says who made it and why.
create table decisions (
    organization_id uuid not null references organizations,
    id uuid not null,
    -- 'Reattribute' (to an affiliate, or to no one where affiliate_id is null), 'Approve' or 'Deny' (a conversion under
    -- review, or one commission), 'Release' (a commission before its hold ends), 'Refund', 'Bonus', 'Adjustment',
    -- 'Join' or 'Split' (two customers).
    kind text not null
        check (kind in ('Reattribute', 'Approve', 'Deny', 'Release', 'Refund', 'Bonus', 'Adjustment', 'Join', 'Split')),
    conversion_id uuid,
    commission_id uuid,
    -- The join that 'Join' and 'Split' decide about.
    join_id uuid,
    program_id uuid,
    affiliate_id uuid,
    -- How far a reattribution reaches: 'Conversion' or 'Customer'.
    reach text check (reach in ('Conversion', 'Customer')),
    -- Whether the decision was about a claim: it doesn't carry over to the verified report that replaces the claim.
    about_claim boolean not null default false,
    -- 'api_key:…' or 'user:…'.
    actor text not null,
    reason text not null check (length(reason) between 1 and 1000),
    decided_at timestamptz not null,
    primary key (organization_id, id),
    foreign key (organization_id, conversion_id) references conversions,
    foreign key (organization_id, commission_id) references commissions,
    foreign key (organization_id, affiliate_id) references affiliates,
    constraint decisions_join foreign key (organization_id, join_id) references customer_joins,
    constraint decisions_check check (num_nonnulls(conversion_id, commission_id, join_id) = 1)
);
create index decisions_conversion on decisions (organization_id, conversion_id) where conversion_id is not null;
create index decisions_commission on decisions (organization_id, commission_id) where commission_id is not null;
create index decisions_newest on decisions (organization_id, id desc);
create index decisions_of_joins on decisions (organization_id, join_id) where join_id is not null;
call rekomi_tenant_table('decisions', true);

-- The double-entry book. A transfer names one debit account, one credit account and one positive amount, so it balances
-- by construction. An account's `balance` is the sum of its credits less the sum of its debits.
create table accounts (
    organization_id uuid not null references organizations,
    id uuid not null,
    -- 'commission_expense' is the brand's account; the others belong to an affiliate.
    kind text not null check (kind in ('commission_expense', 'affiliate_pending', 'affiliate_approved',
        'affiliate_reserved', 'affiliate_paid', 'affiliate_withheld')),
    affiliate_id uuid,
    currency text not null check (currency ~ '^[A-Z]{3}$'),
    balance bigint not null default 0,
    primary key (organization_id, id),
    unique nulls not distinct (organization_id, kind, affiliate_id, currency),
    -- Transfers refer to the account together with its currency.
    unique (organization_id, id, currency),
    foreign key (organization_id, affiliate_id) references affiliates,
    check ((kind = 'commission_expense') = (affiliate_id is null))
) with (fillfactor = 50);
call rekomi_tenant_table('accounts');

-- Money that moved between two accounts.
create table transfers (
    organization_id uuid not null,
    id uuid not null,
    debit_account_id uuid not null,
    credit_account_id uuid not null,
    amount bigint not null check (amount > 0),
    currency text not null,
    -- 'commission_earned', 'commission_reversed', 'commission_approved', 'commission_unapproved', 'commission_paid',
    -- 'payout_reserved', 'payout_voided', 'payout_returned' or 'tax_withheld'.
    kind text not null,
    -- Null where a payout as a whole is concerned: tax is withheld from the payout, not from a commission.
    commission_id uuid,
    -- The event that caused it; null for scheduled work.
    event_id uuid,
    created_at timestamptz not null,
    decision_id uuid,
    payout_id uuid,
    -- The brand's note, where a person caused it.
    note text,
    primary key (organization_id, id),
    check (debit_account_id <> credit_account_id),
    -- Both accounts have the transfer's own currency and belong to its tenant.
    foreign key (organization_id, debit_account_id, currency) references accounts (organization_id, id, currency),
    foreign key (organization_id, credit_account_id, currency) references accounts (organization_id, id, currency),
    check (commission_id is not null or payout_id is not null)
);
create index transfers_commission on transfers (organization_id, commission_id);
create index transfers_newest on transfers (organization_id, id desc);
create index transfers_payout on transfers (organization_id, payout_id) where payout_id is not null;
-- A statement shows an account's transfers from a given time on, and the opening balance: the current balance less the
-- later transfers. These indexes hold both in order, with the amounts.
create index transfers_debit on transfers (organization_id, debit_account_id, created_at, id) include (amount);
create index transfers_credit on transfers (organization_id, credit_account_id, created_at, id) include (amount);
call rekomi_tenant_table('transfers', true);

-- The double-entry book. A transfer names one debit and one credit account and one positive amount, so it balances by
-- construction. `balance` of an account is the sum of its credits less the sum of its debits.
create table accounts (
    organization_id uuid not null references organizations,
    id uuid not null,
    -- 'commission_expense' is the brand's; the affiliate's are 'affiliate_pending', 'affiliate_approved', 'affiliate_paid'.
    kind text not null check (kind in ('commission_expense', 'affiliate_pending', 'affiliate_approved', 'affiliate_paid')),
    affiliate_id uuid,
    currency text not null check (currency ~ '^[A-Z]{3}$'),
    balance bigint not null default 0,
    primary key (organization_id, id),
    unique nulls not distinct (organization_id, kind, affiliate_id, currency),
    -- What a transfer refers to: account and currency together.
    unique (organization_id, id, currency),
    foreign key (organization_id, affiliate_id) references affiliates,
    check ((kind = 'commission_expense') = (affiliate_id is null))
) with (fillfactor = 50);
call rekomi_tenant_table('accounts');

create table transfers (
    organization_id uuid not null,
    id uuid not null,
    debit_account_id uuid not null,
    credit_account_id uuid not null,
    amount bigint not null check (amount > 0),
    currency text not null,
    -- 'commission_earned', 'commission_reversed', 'commission_approved', 'commission_unapproved'.
    kind text not null,
    commission_id uuid not null,
    -- The event that caused it; null for scheduled work.
    event_id uuid,
    created_at timestamptz not null,
    primary key (organization_id, id),
    check (debit_account_id <> credit_account_id),
    -- Both sides in the transfer's own currency, and of the transfer's own tenant.
    foreign key (organization_id, debit_account_id, currency) references accounts (organization_id, id, currency),
    foreign key (organization_id, credit_account_id, currency) references accounts (organization_id, id, currency)
);
create index transfers_commission on transfers (organization_id, commission_id);
create index transfers_newest on transfers (organization_id, id desc);
call rekomi_tenant_table('transfers', true);

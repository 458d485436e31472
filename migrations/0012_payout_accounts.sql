-- The brand's own Stripe account, from whose balance affiliates are paid.
create table payout_connections (
    organization_id uuid not null references organizations,
    id uuid not null,
    -- We set 'paused' where Stripe refuses the key; a 'disconnected' connection keeps its history and no secret.
    status text not null default 'active' check (status in ('active', 'paused', 'disconnected')),
    paused_code text,
    paused_reason text,
    paused_at timestamptz,
    -- `acct_…`, with the name, country and currency that Stripe reports.
    stripe_account text not null,
    account_name text not null default '',
    country text not null check (country ~ '^[A-Z]{2}$'),
    currency text not null check (currency ~ '^[A-Z]{3}$'),
    livemode boolean not null,
    -- Sealed: table payout_connections, column sealed_api_key, row = the typed id. Null once disconnected.
    sealed_api_key text,
    -- The key's last four characters.
    key_hint text not null default '',
    -- [{"permission", "granted"}], as the test calls found them.
    permissions jsonb not null default '[]' check (jsonb_typeof(permissions) = 'array'),
    -- The signing secrets of the webhook endpoints, as a JSON list. Sealed as above.
    sealed_webhook_secrets text,
    -- `we_…` of the endpoints that we created, so that we can remove them again.
    webhook_endpoints text[] not null default '{}',
    last_webhook_at timestamptz,
    -- {"available": {"USD": 1}, "pending": {…}} in minor units, and when Stripe reported it.
    balance jsonb,
    balance_at timestamptz,
    -- Until when nothing is sent, because Stripe asked for it or is failing; and the number of failures in a row.
    wait_until timestamptz,
    failures integer not null default 0,
    last_success_at timestamptz,
    last_error text,
    last_error_at timestamptz,
    -- The worker that sends, and until when it may, by the database's clock.
    lease uuid,
    lease_until timestamptz,
    worked_at timestamptz,
    -- When payouts and transfers are compared next.
    reconcile_at timestamptz,
    -- The number of comparisons in a row that couldn't be completed, and why.
    reconcile_failures integer not null default 0,
    reconcile_error text,
    created_at timestamptz not null,
    primary key (organization_id, id)
);
create unique index payout_connections_one on payout_connections (organization_id) where status <> 'disconnected';
call rekomi_tenant_table('payout_connections');

-- How and when an organization pays. The row is created with the first setting.
create table payout_settings (
    organization_id uuid not null references organizations,
    schedule text not null default 'Manual' check (schedule in ('Manual', 'Weekly', 'Monthly')),
    -- 1 is Monday; and the day of the month, or the last day of a shorter month.
    weekday smallint check (weekday between 1 and 7),
    month_day smallint check (month_day between 1 and 31),
    next_run_at timestamptz,
    -- {"USD": 1000}: smaller amounts aren't paid, in minor units.
    minimums jsonb not null default '{"USD": 1000, "EUR": 1000, "GBP": 1000}' check (jsonb_typeof(minimums) = 'object'),
    -- Whether a second person must approve a run.
    second_approver boolean not null default false,
    -- What happens to an affiliate without a valid tax form: they are paid with a warning, not paid, or paid less 24 %
    -- withholding.
    tax_gate text not null default 'Warn' check (tax_gate in ('Warn', 'Hold', 'Withhold')),
    -- {"2027": 210000}: the 1099-NEC threshold of a year in US cents, where it differs from the one we know.
    tax_thresholds jsonb not null default '{}' check (jsonb_typeof(tax_thresholds) = 'object'),
    updated_at timestamptz not null,
    -- {"USD": "2026-12"}: the period of a scheduled run that waits for the open run in its currency, and starts once
    -- that is decided.
    postponed jsonb not null default '{}' check (jsonb_typeof(postponed) = 'object'),
    primary key (organization_id),
    check ((schedule = 'Weekly') = (weekday is not null)),
    check ((schedule = 'Monthly') = (month_day is not null))
);
call rekomi_tenant_table('payout_settings');

-- An affiliate's account on the brand's Stripe platform.
create table payout_accounts (
    organization_id uuid not null,
    id uuid not null,
    affiliate_id uuid not null,
    connection_id uuid not null,
    country text not null check (country ~ '^[A-Z]{2}$'),
    entity text not null check (entity in ('individual', 'company')),
    agreement text not null check (agreement in ('full', 'recipient')),
    -- The address in the request that creates the account: a repeated request must send the same one. Null once the
    -- account is created.
    creating_email text,
    -- When Stripe was first asked to create it, by the wall clock: Stripe forgets idempotency keys after a day.
    called_at timestamptz,
    -- `acct_…`; null until Stripe returned it.
    stripe_account text,
    -- Stripe's name of the bank account or card behind it, and what may be shown of it, such as `…6789`.
    bank text,
    bank_hint text,
    -- 'Creating' while Stripe may or may not have created it; 'Onboarding' until the affiliate has entered everything;
    -- 'Checking' while Stripe verifies it; 'Restricted' where more is needed; 'Closed' for good.
    status text not null default 'Creating'
        check (status in ('Creating', 'Onboarding', 'Checking', 'Ready', 'Restricted', 'Closed')),
    transfers text not null default 'inactive' check (transfers in ('inactive', 'pending', 'active')),
    payouts_enabled boolean not null default false,
    details_submitted boolean not null default false,
    disabled_reason text,
    -- The part of Stripe's `requirements` that people are shown.
    requirements jsonb not null default '{}' check (jsonb_typeof(requirements) = 'object'),
    -- When the affiliate was last emailed that Stripe needs something from them.
    notified_at timestamptz,
    -- When the account could first receive money.
    ready_at timestamptz,
    checked_at timestamptz,
    -- When its status is checked next.
    next_check_at timestamptz,
    created_at timestamptz not null,
    primary key (organization_id, id),
    foreign key (organization_id, affiliate_id) references affiliates,
    foreign key (organization_id, connection_id) references payout_connections
);
create unique index payout_accounts_one on payout_accounts (organization_id, affiliate_id) where status <> 'Closed';
create unique index payout_accounts_stripe on payout_accounts (organization_id, stripe_account);
create index payout_accounts_due on payout_accounts (organization_id, next_check_at) where next_check_at is not null;
call rekomi_tenant_table('payout_accounts');
create trigger only_of_the_known before insert on payout_accounts
    for each row execute function rekomi_only_of_the_known('refuse');

-- An affiliate's payout method other than Stripe.
create table payout_methods (
    organization_id uuid not null,
    affiliate_id uuid not null,
    rail text not null check (rail in ('PayPal', 'Wise', 'Manual')),
    -- The address or account as JSON. Sealed: table payout_methods, column sealed_details, row = the affiliate's typed
    -- id.
    sealed_details text not null,
    -- What may be shown of it, such as `l…@example.com`.
    hint text not null default '',
    updated_at timestamptz not null,
    primary key (organization_id, affiliate_id),
    foreign key (organization_id, affiliate_id) references affiliates
);
call rekomi_tenant_table('payout_methods');
create trigger only_of_the_known before insert on payout_methods
    for each row execute function rekomi_only_of_the_known('refuse');

-- When an affiliate last changed where their money goes. The first destination isn't a change.
create table payout_destinations (
    organization_id uuid not null,
    affiliate_id uuid not null,
    changed_at timestamptz not null,
    primary key (organization_id, affiliate_id),
    foreign key (organization_id, affiliate_id) references affiliates
);
call rekomi_tenant_table('payout_destinations');

-- Affiliates who aren't paid until a person releases them.
create table payout_holds (
    organization_id uuid not null,
    affiliate_id uuid not null,
    reason text not null check (length(reason) between 1 and 1000),
    actor text not null,
    held_at timestamptz not null,
    -- When the hold ends automatically; null where only a person ends it.
    ends_at timestamptz,
    primary key (organization_id, affiliate_id),
    foreign key (organization_id, affiliate_id) references affiliates
);
call rekomi_tenant_table('payout_holds');

-- When an affiliate was last asked for a payout method, because something was payable and they had none.
create table payout_invitations (
    organization_id uuid not null,
    affiliate_id uuid not null,
    invited_at timestamptz not null,
    times integer not null default 1,
    primary key (organization_id, affiliate_id),
    foreign key (organization_id, affiliate_id) references affiliates
);
call rekomi_tenant_table('payout_invitations');

-- Payouts: the brand's own Stripe account as Connect platform, affiliates' accounts with it, runs, and each payment on its
-- way: reserved, sent, settled or voided.

-- What is on its way out, and what was withheld as tax, have accounts of their own.
alter table accounts
    drop constraint accounts_kind_check,
    add constraint accounts_kind_check check (kind in ('commission_expense', 'affiliate_pending', 'affiliate_approved',
        'affiliate_reserved', 'affiliate_paid', 'affiliate_withheld'));
-- Tax is withheld from a payout as a whole, not from a commission.
alter table transfers
    alter column commission_id drop not null,
    add check (commission_id is not null or payout_id is not null);
create index transfers_payout on transfers (organization_id, payout_id) where payout_id is not null;

alter table commissions
    -- How much of it is in a payout that is neither sent nor given up yet.
    add column reserved bigint not null default 0;

-- The brand's Stripe account from whose balance affiliates are paid.
create table payout_connections (
    organization_id uuid not null references organizations,
    id uuid not null,
    -- 'paused' by us, where Stripe refuses the key; 'disconnected' ones keep their history and no secret.
    status text not null default 'active' check (status in ('active', 'paused', 'disconnected')),
    paused_code text,
    paused_reason text,
    paused_at timestamptz,
    -- `acct_…`, its name, country and currency, as Stripe says them.
    stripe_account text not null,
    account_name text not null default '',
    country text not null check (country ~ '^[A-Z]{2}$'),
    currency text not null check (currency ~ '^[A-Z]{3}$'),
    livemode boolean not null,
    -- Sealed: table payout_connections, column sealed_api_key, row = the typed id. Null once disconnected.
    sealed_api_key text,
    -- The last four characters.
    key_hint text not null default '',
    -- [{"permission", "granted"}], as the test calls found them.
    permissions jsonb not null default '[]' check (jsonb_typeof(permissions) = 'array'),
    -- The signing secrets of its webhook endpoints, as a JSON list. Sealed as above.
    sealed_webhook_secrets text,
    -- `we_…` of those that we made, to remove them again.
    webhook_endpoints text[] not null default '{}',
    heard_at timestamptz,
    -- {"available": {"USD": 1}, "pending": {…}} in minor units, and when it was so.
    balance jsonb,
    balance_at timestamptz,
    -- Until when nothing is sent, because Stripe said so or has trouble; and how often in a row it had.
    wait_until timestamptz,
    failures integer not null default 0,
    last_success_at timestamptz,
    last_error text,
    last_error_at timestamptz,
    -- Which worker sends, and until when that holds: by the database's clock.
    lease uuid,
    lease_until timestamptz,
    worked_at timestamptz,
    -- When payouts and transfers are compared next.
    reconcile_at timestamptz,
    created_at timestamptz not null,
    primary key (organization_id, id)
);
create unique index payout_connections_one on payout_connections (organization_id) where status <> 'disconnected';
call rekomi_tenant_table('payout_connections');

-- How and when an organization pays. A row is made when something is set.
create table payout_settings (
    organization_id uuid not null references organizations,
    schedule text not null default 'Manual' check (schedule in ('Manual', 'Weekly', 'Monthly')),
    -- 1 is Monday; and the day of the month, or its last where it has fewer.
    weekday smallint check (weekday between 1 and 7),
    month_day smallint check (month_day between 1 and 31),
    next_run_at timestamptz,
    -- {"USD": 1000}: less than that isn't paid, in minor units.
    minimums jsonb not null default '{"USD": 1000, "EUR": 1000, "GBP": 1000}' check (jsonb_typeof(minimums) = 'object'),
    -- Whether another person than who proposed a run must approve it.
    second_approver boolean not null default false,
    -- What happens to somebody without a valid tax form: paid with a warning, not paid, or paid less 24 %.
    tax_gate text not null default 'Warn' check (tax_gate in ('Warn', 'Hold', 'Withhold')),
    -- {"2027": 210000}: what 1099-NEC's threshold is in a year, in US cents, where it isn't what we know.
    tax_thresholds jsonb not null default '{}' check (jsonb_typeof(tax_thresholds) = 'object'),
    updated_at timestamptz not null,
    primary key (organization_id),
    check ((schedule = 'Weekly') = (weekday is not null)),
    check ((schedule = 'Monthly') = (month_day is not null))
);
call rekomi_tenant_table('payout_settings');

-- An affiliate's account with the brand's Stripe platform.
create table payout_accounts (
    organization_id uuid not null,
    id uuid not null,
    affiliate_id uuid not null,
    connection_id uuid not null,
    country text not null check (country ~ '^[A-Z]{2}$'),
    entity text not null check (entity in ('individual', 'company')),
    agreement text not null check (agreement in ('full', 'recipient')),
    -- `acct_…`; null until Stripe said it.
    stripe_account text,
    -- 'Creating' while Stripe may or may not have made it; 'Onboarding' until the affiliate told all; 'Checking' while
    -- Stripe looks at it; 'Restricted' where more is needed; 'Closed' for good.
    status text not null default 'Creating'
        check (status in ('Creating', 'Onboarding', 'Checking', 'Ready', 'Restricted', 'Closed')),
    transfers text not null default 'inactive' check (transfers in ('inactive', 'pending', 'active')),
    payouts_enabled boolean not null default false,
    details_submitted boolean not null default false,
    disabled_reason text,
    -- As Stripe's `requirements`, what of it people are shown.
    requirements jsonb not null default '{}' check (jsonb_typeof(requirements) = 'object'),
    -- When it became able to receive for the first time.
    ready_at timestamptz,
    checked_at timestamptz,
    -- When its status is asked for next.
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

-- How an affiliate wants to be paid where that isn't Stripe.
create table payout_methods (
    organization_id uuid not null,
    affiliate_id uuid not null,
    rail text not null check (rail in ('PayPal', 'Wise', 'Manual')),
    -- The address or account as JSON. Sealed: table payout_methods, column sealed_details, row = the affiliate's typed id.
    sealed_details text not null,
    -- What may be shown of it, such as `l…@example.com`.
    hint text not null default '',
    updated_at timestamptz not null,
    primary key (organization_id, affiliate_id),
    foreign key (organization_id, affiliate_id) references affiliates
);
call rekomi_tenant_table('payout_methods');

-- Whoever isn't paid until a person says so.
create table payout_holds (
    organization_id uuid not null,
    affiliate_id uuid not null,
    reason text not null check (length(reason) between 1 and 1000),
    actor text not null,
    held_at timestamptz not null,
    primary key (organization_id, affiliate_id),
    foreign key (organization_id, affiliate_id) references affiliates
);
call rekomi_tenant_table('payout_holds');

create table payout_runs (
    organization_id uuid not null references organizations,
    id uuid not null,
    currency text not null check (currency ~ '^[A-Z]{3}$'),
    state text not null default 'Proposed' check (state in ('Proposed', 'Running', 'Done', 'Cancelled')),
    -- Of a scheduled run: which one, such as `2026-12` or `2026-W49`.
    period text,
    -- Only what was payable by then is in it.
    cutoff timestamptz not null,
    -- `user:…`, `api_key:…` or `schedule`; and the person behind it, where there is one.
    proposed_by text not null,
    proposer uuid,
    approved_by text,
    approved_at timestamptz,
    cancelled_by text,
    done_at timestamptz,
    created_at timestamptz not null,
    primary key (organization_id, id)
);
create unique index payout_runs_proposed on payout_runs (organization_id, currency) where state = 'Proposed';
create unique index payout_runs_period on payout_runs (organization_id, currency, period)
    where period is not null and state <> 'Cancelled';
create index payout_runs_running on payout_runs (organization_id, id) where state = 'Running';
call rekomi_tenant_table('payout_runs');

-- Who isn't in a run although something is owed to them, and why.
create table payout_exclusions (
    organization_id uuid not null,
    run_id uuid not null,
    affiliate_id uuid not null,
    -- What is payable to them: less than 0 where more was paid than is owed.
    amount bigint not null,
    reason text not null,
    primary key (organization_id, run_id, affiliate_id),
    foreign key (organization_id, run_id) references payout_runs on delete cascade,
    foreign key (organization_id, affiliate_id) references affiliates
);
call rekomi_tenant_table('payout_exclusions');

-- `amount` is what leaves the affiliate's balance; they receive it less `withheld`.
alter table payouts
    drop constraint payouts_rail_check,
    drop constraint payouts_status_check,
    add constraint payouts_rail_check check (rail in ('Stripe', 'PayPal', 'Wise', 'Manual')),
    add constraint payouts_status_check
        check (status in ('Scheduled', 'Reserved', 'Sending', 'Unknown', 'Sent', 'Failed', 'Reversed')),
    add column run_id uuid,
    -- What was approved: no more than that is reserved.
    add column scheduled bigint check (scheduled > 0),
    add column withheld bigint not null default 0,
    -- Why some tax is withheld; null where none is.
    add column withheld_reason text,
    add column connection_id uuid,
    -- `acct_…` of the affiliate, as it was when the money was reserved.
    add column destination text,
    -- Why it stands where it does, and what can be done: a stable code, and a sentence.
    add column reason_code text,
    add column reason text,
    -- When something is to be done about it; null where nothing is, or a person has to.
    add column next_at timestamptz,
    add column tries integer not null default 0,
    -- Counts idempotency keys: a new one only after a definite refusal.
    add column generation integer not null default 1,
    add column key_used_at timestamptz,
    -- Since when nobody knows whether a call arrived: it is looked up before anything is sent.
    add column unclear_since timestamptz,
    -- `tr_…`, or the other rail's own name of the payment.
    add column transfer text,
    add column exported_at timestamptz,
    add column sent_at timestamptz,
    add column ended_at timestamptz,
    -- Of a reversed transfer: how much of `amount` and of `withheld` is owed again.
    add column returned bigint not null default 0,
    add column withheld_returned bigint not null default 0,
    -- Whether the affiliate's bank took it on: 'Paid' or 'Failed', and why not.
    add column bank_status text check (bank_status in ('Paid', 'Failed')),
    add column bank_reason text,
    add column updated_at timestamptz,
    add foreign key (organization_id, run_id) references payout_runs,
    add foreign key (organization_id, connection_id) references payout_connections,
    add check (withheld between 0 and amount),
    add check (returned between 0 and amount and withheld_returned between 0 and withheld);
alter table payouts no force row level security;
update payouts set sent_at = created_at, ended_at = created_at, updated_at = created_at;
alter table payouts force row level security;
alter table payouts alter column updated_at set not null;
-- One payment to an affiliate at a time in a currency: whatever runs do at once, the second one finds the first.
create unique index payouts_open on payouts (organization_id, affiliate_id, currency)
    where status in ('Scheduled', 'Reserved', 'Sending', 'Unknown');
create index payouts_due on payouts (organization_id, next_at) where next_at is not null;
create index payouts_run on payouts (organization_id, run_id, id) where run_id is not null;
create index payouts_of_affiliate on payouts (organization_id, affiliate_id, id desc);
create index payouts_sent on payouts (organization_id, sent_at) where sent_at is not null;
create unique index payouts_transfer on payouts (organization_id, transfer) where transfer is not null and rail = 'Stripe';

-- Which commissions a payout pays, and what it takes back of others (less than 0).
create table payout_items (
    organization_id uuid not null,
    payout_id uuid not null,
    commission_id uuid not null,
    amount bigint not null check (amount <> 0),
    -- Of a reversed transfer.
    returned bigint not null default 0,
    primary key (organization_id, payout_id, commission_id),
    foreign key (organization_id, payout_id) references payouts,
    foreign key (organization_id, commission_id) references commissions
);
create index payout_items_commission on payout_items (organization_id, commission_id);
alter table transfers no force row level security;
alter table accounts no force row level security;
insert into payout_items (organization_id, payout_id, commission_id, amount)
select t.organization_id, t.payout_id, t.commission_id,
       sum(case when a.id = t.credit_account_id then t.amount else -t.amount end)
from transfers t
join accounts a on a.organization_id = t.organization_id and a.kind = 'affiliate_paid'
     and a.id in (t.credit_account_id, t.debit_account_id)
where t.kind = 'commission_paid' and t.payout_id is not null
group by 1, 2, 3 having sum(case when a.id = t.credit_account_id then t.amount else -t.amount end) <> 0;
alter table accounts force row level security;
alter table transfers force row level security;
call rekomi_tenant_table('payout_items');

-- Each call about a payout, written down before it is made.
create table payout_attempts (
    organization_id uuid not null,
    id uuid not null,
    payout_id uuid not null,
    step text not null check (step in ('LookUp', 'Send')),
    -- Of a Send.
    idempotency_key text,
    started_at timestamptz not null,
    ended_at timestamptz,
    -- The HTTP status; null where no answer came.
    status integer,
    -- What it came to: 'sent', 'found', 'not_found', 'unclear', or the refusal's code.
    outcome text,
    message text,
    -- Stripe's name of the request, which its support asks for.
    request_id text,
    primary key (organization_id, id),
    foreign key (organization_id, payout_id) references payouts
);
create index payout_attempts_payout on payout_attempts (organization_id, payout_id, id);
call rekomi_tenant_table('payout_attempts');

-- Stripe's events: each says that something is to be looked at again, and no more.
create table payout_hints (
    organization_id uuid not null,
    connection_id uuid not null,
    -- `evt_…`: told twice, it is one.
    event text not null,
    kind text not null,
    -- The connected account, transfer or bank payout that it is about.
    account text,
    object text,
    received_at timestamptz not null,
    next_at timestamptz,
    tries integer not null default 0,
    primary key (organization_id, connection_id, event),
    foreign key (organization_id, connection_id) references payout_connections
);
create index payout_hints_due on payout_hints (organization_id, next_at) where next_at is not null;
call rekomi_tenant_table('payout_hints');

-- Each comparison of our payouts with Stripe's transfers.
create table payout_reconciliations (
    organization_id uuid not null,
    id uuid not null,
    connection_id uuid not null,
    -- Payouts and transfers since then were compared.
    since timestamptz not null,
    payouts integer not null,
    transfers integer not null,
    differences integer not null,
    started_at timestamptz not null,
    ended_at timestamptz not null,
    primary key (organization_id, id),
    foreign key (organization_id, connection_id) references payout_connections
);
call rekomi_tenant_table('payout_reconciliations');

create table payout_differences (
    organization_id uuid not null,
    id uuid not null,
    connection_id uuid not null,
    kind text not null,
    payout_id uuid,
    -- `tr_…`.
    transfer text,
    -- In a sentence.
    detail text not null,
    first_seen_at timestamptz not null,
    last_seen_at timestamptz not null,
    -- When a later comparison didn't find it any more.
    resolved_at timestamptz,
    primary key (organization_id, id),
    foreign key (organization_id, connection_id) references payout_connections,
    foreign key (organization_id, payout_id) references payouts
);
create unique index payout_differences_open on payout_differences
    (organization_id, connection_id, kind, coalesce(payout_id::text, ''), coalesce(transfer, '')) where resolved_at is null;
call rekomi_tenant_table('payout_differences');

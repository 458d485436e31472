-- Runs of payouts in one currency.
create table payout_runs (
    organization_id uuid not null references organizations,
    id uuid not null,
    currency text not null check (currency ~ '^[A-Z]{3}$'),
    state text not null default 'Proposed' check (state in ('Proposed', 'Running', 'Done', 'Cancelled')),
    -- The period of a scheduled run, such as `2026-12` or `2026-W49`.
    period text,
    -- The run includes only what was payable by then.
    cutoff timestamptz not null,
    -- `user:…`, `api_key:…` or `schedule`; and the person behind it, where there is one.
    proposed_by text not null,
    proposer uuid,
    -- Whether a second person must approve the run, fixed when it is proposed.
    needs_second boolean not null default false,
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

-- Affiliates who are owed something and aren't in a run, and why.
create table payout_exclusions (
    organization_id uuid not null,
    run_id uuid not null,
    affiliate_id uuid not null,
    -- What is payable to them; negative where more was paid than is owed.
    amount bigint not null,
    reason text not null,
    primary key (organization_id, run_id, affiliate_id),
    foreign key (organization_id, run_id) references payout_runs on delete cascade,
    foreign key (organization_id, affiliate_id) references affiliates
);
call rekomi_tenant_table('payout_exclusions');

-- Payments to affiliates: each is reserved, sent, and settled or voided. `amount` is what leaves the affiliate's
-- balance; the affiliate receives it less `withheld`.
create table payouts (
    organization_id uuid not null references organizations,
    id uuid not null,
    affiliate_id uuid not null,
    run_id uuid,
    connection_id uuid,
    currency text not null check (currency ~ '^[A-Z]{3}$'),
    amount bigint not null check (amount > 0),
    -- The approved amount: no more than that is reserved.
    scheduled bigint check (scheduled > 0),
    withheld bigint not null default 0,
    -- Why tax is withheld; null where none is.
    withheld_reason text,
    -- For a reversed transfer: how much of `amount` and of `withheld` is owed again.
    returned bigint not null default 0,
    withheld_returned bigint not null default 0,
    rail text not null check (rail in ('Stripe', 'PayPal', 'Wise', 'Manual')),
    status text not null check (status in ('Scheduled', 'Reserved', 'Sending', 'Unknown', 'Sent', 'Failed', 'Reversed')),
    -- The brand's own reference for the payment, such as a bank reference.
    reference text check (length(reference) <= 200),
    actor text not null,
    -- The affiliate's `acct_…` at the time when the money was reserved.
    destination text,
    -- SHA-256 of where the money goes, as it was when the run was proposed; null where no run proposed it.
    destination_digest bytea check (length(destination_digest) = 32),
    -- Why the payout has its status, and what can be done: a stable code, and a sentence.
    reason_code text,
    reason text,
    -- When the next step is due; null where there is none, or where a person has to act.
    next_at timestamptz,
    tries integer not null default 0,
    -- Numbers the idempotency keys: a new one is used only after a definite refusal.
    generation integer not null default 1,
    key_used_at timestamptz,
    -- Since when it is unknown whether a call arrived: the payment is looked up before anything is sent.
    unclear_since timestamptz,
    -- `tr_…`, or the other rail's own name for the payment.
    transfer text,
    exported_at timestamptz,
    sent_at timestamptz,
    ended_at timestamptz,
    -- Whether the affiliate's bank accepted it: 'Paid' or 'Failed', and why not.
    bank_status text check (bank_status in ('Paid', 'Failed')),
    bank_reason text,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    primary key (organization_id, id),
    foreign key (organization_id, affiliate_id) references affiliates,
    foreign key (organization_id, run_id) references payout_runs,
    foreign key (organization_id, connection_id) references payout_connections,
    check (withheld between 0 and amount),
    check (returned between 0 and amount and withheld_returned between 0 and withheld)
);
create index payouts_newest on payouts (organization_id, id desc);
-- Lists the payouts of one affiliate.
create index payouts_affiliate on payouts (organization_id, affiliate_id, id desc);
-- An affiliate has one open payment per currency: of runs at the same time, the second finds the payment of the first.
create unique index payouts_open on payouts (organization_id, affiliate_id, currency)
    where status in ('Scheduled', 'Reserved', 'Sending', 'Unknown');
create index payouts_due on payouts (organization_id, next_at) where next_at is not null;
create unique index payouts_transfer on payouts (organization_id, transfer) where transfer is not null and rail = 'Stripe';
-- Finds whether another payout failed within the hour.
create index payouts_failed on payouts (organization_id, ended_at) where status = 'Failed';
-- The overview always loads the payouts that failed or were returned recently, which are few of all payouts.
create index payouts_needing_attention on payouts (organization_id, updated_at)
    where status in ('Failed', 'Reversed') or bank_status = 'Failed';
-- Summing up a tax year and listing runs read only these two indexes.
create index payouts_sent on payouts (organization_id, sent_at)
    include (affiliate_id, currency, status, amount, returned, withheld, withheld_returned) where sent_at is not null;
create index payouts_run on payouts (organization_id, run_id, id)
    include (rail, status, amount, withheld, withheld_reason, exported_at) where run_id is not null;
call rekomi_tenant_table('payouts');

-- Which commissions a payout pays, and what it deducts for others (negative amounts).
create table payout_items (
    organization_id uuid not null,
    payout_id uuid not null,
    commission_id uuid not null,
    amount bigint not null check (amount <> 0),
    -- For a reversed transfer: how much of it was returned.
    returned bigint not null default 0,
    primary key (organization_id, payout_id, commission_id),
    foreign key (organization_id, payout_id) references payouts,
    foreign key (organization_id, commission_id) references commissions
);
create index payout_items_commission on payout_items (organization_id, commission_id);
call rekomi_tenant_table('payout_items');

-- Each call about a payout, recorded before it is made.
create table payout_attempts (
    organization_id uuid not null,
    id uuid not null,
    payout_id uuid not null,
    step text not null check (step in ('LookUp', 'Send')),
    -- Set for a Send.
    idempotency_key text,
    started_at timestamptz not null,
    ended_at timestamptz,
    -- The HTTP status; null where no answer came.
    status integer,
    -- The result: 'sent', 'found', 'not_found', 'unclear', or the code of the refusal.
    outcome text,
    message text,
    -- Stripe's id of the request, which its support asks for.
    request_id text,
    primary key (organization_id, id),
    foreign key (organization_id, payout_id) references payouts
);
create index payout_attempts_payout on payout_attempts (organization_id, payout_id, id);
call rekomi_tenant_table('payout_attempts');

-- Returned money of payouts, one row per return. A year's documents count a return in the year in which it was
-- returned, not in the year of the payment.
create table payout_returns (
    organization_id uuid not null,
    id uuid not null,
    payout_id uuid not null,
    -- What this return adds to the payout's `returned` and `withheld_returned`.
    amount bigint not null check (amount > 0),
    withheld bigint not null default 0 check (withheld between 0 and amount),
    -- When the money was returned, and when that was recorded.
    returned_at timestamptz not null,
    created_at timestamptz not null,
    primary key (organization_id, id),
    foreign key (organization_id, payout_id) references payouts
);
create index payout_returns_payout on payout_returns (organization_id, payout_id);
create index payout_returns_when on payout_returns (organization_id, returned_at) include (payout_id, amount, withheld);
call rekomi_tenant_table('payout_returns');

-- Result files that were imported into a run: importing the same file again changes nothing.
create table payout_result_files (
    organization_id uuid not null,
    run_id uuid not null,
    -- SHA-256 of the uploaded file.
    digest bytea not null check (length(digest) = 32),
    -- Who imported it: `user:…` or `api_key:…`.
    actor text not null,
    imported_at timestamptz not null,
    -- How many of its rows had each result.
    sent integer not null,
    failed integer not null,
    unchanged integer not null,
    pending integer not null,
    ignored integer not null,
    refused integer not null,
    primary key (organization_id, run_id, digest),
    foreign key (organization_id, run_id) references payout_runs on delete cascade
);
call rekomi_tenant_table('payout_result_files');

-- Stripe's events: each only says that something must be checked again.
create table stripe_notifications (
    organization_id uuid not null,
    connection_id uuid not null,
    -- `evt_…`: an event that is delivered twice is stored once.
    event text not null,
    kind text not null,
    -- The connected account, and the transfer or bank payout that the event is about.
    account text,
    object text,
    received_at timestamptz not null,
    next_at timestamptz,
    tries integer not null default 0,
    primary key (organization_id, connection_id, event),
    foreign key (organization_id, connection_id) references payout_connections
);
create index stripe_notifications_due on stripe_notifications (organization_id, next_at) where next_at is not null;
call rekomi_tenant_table('stripe_notifications');

-- Each comparison of our payouts with Stripe's transfers.
create table payout_reconciliations (
    organization_id uuid not null,
    id uuid not null,
    connection_id uuid not null,
    -- Payouts and transfers from then on were compared.
    since timestamptz not null,
    payouts integer not null,
    transfers integer not null,
    -- Transfers of the same Stripe account that don't belong to any payout.
    foreign_transfers integer not null default 0,
    differences integer not null,
    started_at timestamptz not null,
    ended_at timestamptz not null,
    primary key (organization_id, id),
    foreign key (organization_id, connection_id) references payout_connections
);
create index payout_reconciliations_newest on payout_reconciliations (organization_id, id desc);
call rekomi_tenant_table('payout_reconciliations');

-- Differences between our payouts and Stripe's transfers.
create table payout_differences (
    organization_id uuid not null,
    id uuid not null,
    connection_id uuid not null,
    kind text not null,
    payout_id uuid,
    -- `tr_…`.
    transfer text,
    -- The difference in a sentence.
    detail text not null,
    first_seen_at timestamptz not null,
    last_seen_at timestamptz not null,
    -- When a later comparison no longer found it.
    resolved_at timestamptz,
    primary key (organization_id, id),
    foreign key (organization_id, connection_id) references payout_connections,
    foreign key (organization_id, payout_id) references payouts
);
create unique index payout_differences_open on payout_differences
    (organization_id, connection_id, kind, coalesce(payout_id::text, ''), coalesce(transfer, '')) where resolved_at is null;
create index payout_differences_newest on payout_differences (organization_id, id desc);
call rekomi_tenant_table('payout_differences');

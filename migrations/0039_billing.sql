-- Billing of plans with the operator's own Stripe account (REKOMI_BILLING_STRIPE_KEY). What Stripe was last read to say
-- about an organization's subscription; the plan that features depend on stays in `organizations`.
create table billing_accounts (
    organization_id uuid primary key references organizations,
    -- The idempotency key with which the customer is created; replaced once Stripe has deleted the customer.
    customer_key uuid not null,
    -- `cus_…`. Null until Stripe confirmed the customer.
    customer text check (length(customer) between 1 and 255),
    -- `sub_…`, its status in Stripe's words, and its price. Null before the first subscription.
    subscription text check (length(subscription) between 1 and 255),
    status text check (length(status) between 1 and 100),
    price text check (length(price) between 1 and 255),
    -- Whether the price isn't one of the settings: then the plan stays as it was.
    unknown_price boolean not null default false,
    trial_ends_at timestamptz,
    -- When the next invoice is due.
    period_ends_at timestamptz,
    -- When the subscription ends, if it was cancelled.
    cancel_at timestamptz,
    -- When a subscription with a trial was first seen: an organization has one trial.
    trial_used_at timestamptz,
    -- The last checkout: what was requested and its idempotency key, and, once Stripe confirmed it, its ID and URL.
    checkout_key uuid,
    checkout_request text check (length(checkout_request) <= 10000),
    checkout_at timestamptz,
    checkout_session text check (length(checkout_session) between 1 and 255),
    checkout_url text check (length(checkout_url) <= 5000),
    -- Increased with each change of what Stripe said: a change that was read before another was stored isn't stored.
    revision bigint not null default 0,
    -- When the subscription is next read again. Null: nothing is expected to change.
    check_at timestamptz,
    created_at timestamptz not null
);
create index billing_accounts_check on billing_accounts (check_at) where check_at is not null;
call rekomi_tenant_table('billing_accounts');

-- Stripe's events that were handled: each is handled once.
create table billing_events (
    organization_id uuid not null references organizations,
    -- `evt_…`.
    event text not null check (length(event) between 1 and 255),
    kind text not null check (length(kind) between 1 and 255),
    -- The object that it was about, such as `sub_…` or `in_…`.
    object text check (length(object) between 1 and 255),
    handled_at timestamptz not null,
    primary key (organization_id, event)
);
call rekomi_tenant_table('billing_events');

-- Notices that were sent, so that each is sent once: a kind, and what it was about, such as `receipt in_…`.
create table billing_notices (
    organization_id uuid not null references organizations,
    notice text not null check (length(notice) between 1 and 600),
    sent_at timestamptz not null,
    primary key (organization_id, notice)
);
call rekomi_tenant_table('billing_notices');

-- Buyers and what they bought.

create table customers (
    organization_id uuid not null references organizations,
    id uuid not null,
    -- How the brand or its gateway names the buyer; an e-mail address (lower case) where nothing else is known.
    external_id text not null,
    email text,
    created_at timestamptz not null,
    primary key (organization_id, id),
    unique (organization_id, external_id)
);
call rekomi_tenant_table('customers');

-- What was told about a buyer: evidence of a click, slug or coupon, with the time it speaks for. A conversion brings
-- its own; a gateway's checkout session brings evidence for all of the customer's conversions. Only evidence that names
-- an approved affiliate is kept.
create table touches (
    organization_id uuid not null,
    -- The event that told it.
    event_id uuid not null,
    -- Null where the buyer is unknown: then it speaks for its own event's conversion only.
    customer_id uuid,
    -- When the conversion or checkout happened that told it.
    told_at timestamptz not null,
    -- 'click' (a token that verified), 'slug' or 'coupon'.
    kind text not null check (kind in ('click', 'slug', 'coupon')),
    -- When it counts from: the click, or its telling where the clocks disagree; for a slug or coupon, when it was told.
    touched_at timestamptz not null,
    click_id uuid,
    link_id uuid,
    program_id uuid not null,
    affiliate_id uuid not null,
    -- For a coupon: whether it beats a click.
    overrides_click boolean not null default false,
    primary key (organization_id, event_id, kind),
    foreign key (organization_id, customer_id) references customers,
    foreign key (organization_id, affiliate_id) references affiliates
);
create index touches_customer on touches (organization_id, customer_id);
call rekomi_tenant_table('touches', true);

create table conversions (
    organization_id uuid not null,
    id uuid not null,
    -- The event that told it; one event tells at most one conversion.
    event_id uuid not null,
    -- The dedup key as the brand knows it: externalEventId, or the gateway's invoice or payment.
    external_id text not null,
    -- 'S2s', 'Pixel', 'Stripe', 'Paddle' or 'Braintree'.
    source text not null,
    verified boolean not null,
    kind text not null check (kind in ('Sale', 'Recurring', 'Lead')),
    -- The gateway itself calls it a renewal; otherwise a second conversion of the same subscription is one.
    told_recurring boolean not null default false,
    status text not null check (status in ('Pending', 'Approved', 'Paid', 'Refunded', 'Denied', 'Unattributed')),
    customer_id uuid,
    subscription_id text,
    product_id text,
    -- Commissionable amount in minor units, ex tax, and how much of it was refunded.
    amount bigint not null check (amount >= 0),
    refunded bigint not null default 0 check (refunded between 0 and amount),
    currency text not null check (currency ~ '^[A-Z]{3}$'),
    occurred_at timestamptz not null,
    -- The credit, null while nobody has it.
    program_id uuid,
    affiliate_id uuid,
    link_id uuid,
    click_id uuid,
    plan_version_id uuid,
    -- Which rule gave the credit: 'bound', 'coupon', 'click' or 'slug'.
    credited_by text,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    primary key (organization_id, id),
    unique (organization_id, external_id),
    foreign key (organization_id, customer_id) references customers,
    foreign key (organization_id, affiliate_id) references affiliates,
    check ((affiliate_id is null) = (status = 'Unattributed'))
);
create index conversions_newest on conversions (organization_id, occurred_at desc, id desc);
create index conversions_customer on conversions (organization_id, customer_id);
create index conversions_affiliate on conversions (organization_id, affiliate_id, occurred_at desc);
call rekomi_tenant_table('conversions');

-- Refunds as told, also those whose sale has not arrived yet (`conversion_id` is found by `refund_of`).
create table refunds (
    organization_id uuid not null,
    event_id uuid not null,
    external_id text not null,
    -- The sale's external id.
    refund_of text not null,
    amount bigint not null check (amount >= 0),
    currency text not null check (currency ~ '^[A-Z]{3}$'),
    occurred_at timestamptz not null,
    primary key (organization_id, event_id),
    unique (organization_id, external_id)
);
create index refunds_of on refunds (organization_id, refund_of);
call rekomi_tenant_table('refunds', true);

create table commissions (
    organization_id uuid not null,
    id uuid not null,
    conversion_id uuid not null,
    affiliate_id uuid not null,
    program_id uuid not null,
    plan_version_id uuid not null,
    -- Index of the component in the plan version that earned it.
    component integer not null,
    -- What it is worth now: the earned amount less what refunds took. In minor units.
    amount bigint not null check (amount >= 0),
    earned bigint not null check (earned >= amount),
    currency text not null check (currency ~ '^[A-Z]{3}$'),
    status text not null check (status in ('Pending', 'Approved', 'Paid', 'Refunded', 'Denied')),
    hold_until timestamptz not null,
    -- The arithmetic in words: how `earned` came about.
    reason text not null,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    primary key (organization_id, id),
    -- The same conversion, affiliate and component earn once.
    unique (organization_id, conversion_id, affiliate_id, component),
    foreign key (organization_id, conversion_id) references conversions,
    foreign key (organization_id, affiliate_id) references affiliates
);
create index commissions_newest on commissions (organization_id, id desc);
create index commissions_affiliate on commissions (organization_id, affiliate_id, id desc);
create index commissions_due on commissions (organization_id, hold_until) where status = 'Pending';
call rekomi_tenant_table('commissions');

-- Days are UTC; amounts of one currency. Attributed conversions only.
create table conversion_days (
    organization_id uuid not null,
    day date not null,
    program_id uuid not null,
    affiliate_id uuid not null,
    currency text not null,
    conversions bigint not null default 0,
    revenue bigint not null default 0,
    commission bigint not null default 0,
    primary key (organization_id, day, program_id, affiliate_id, currency)
) with (fillfactor = 70);
call rekomi_tenant_table('conversion_days');

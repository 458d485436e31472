-- Sales, renewals and leads as they were reported, with their credit.
create table conversions (
    organization_id uuid not null,
    id uuid not null,
    -- The event that reported it; one event reports at most one conversion.
    event_id uuid not null,
    -- The deduplication key as the brand knows it: externalEventId, or the gateway's invoice or payment.
    external_id text not null,
    -- 'S2s', 'Pixel', 'Import', 'Stripe', 'Paddle' or 'Braintree'.
    source text not null,
    -- False for a claim, which only a page reported. A claim belongs to no customer, and the program's policy decides
    -- how it is treated.
    verified boolean not null,
    kind text not null check (kind in ('Sale', 'Recurring', 'Lead')),
    -- Whether the gateway itself calls it a renewal; otherwise a second conversion of the same subscription is one.
    reported_recurring boolean not null default false,
    status text not null check (status in ('Pending', 'Approved', 'Paid', 'Refunded', 'Denied', 'Unattributed')),
    customer_id uuid,
    subscription_id text,
    product_id text,
    -- The program named in the report.
    reported_program_id uuid,
    -- The commissionable amount in minor units, excluding tax, and how much of it was refunded.
    amount bigint not null check (amount >= 0),
    refunded bigint not null default 0 check (refunded between 0 and amount),
    -- The total that the buyer paid, including tax: a gateway's refunds are parts of it.
    paid bigint not null,
    -- Whether `paid` was reported, by the gateway or as `paidCents`; otherwise it is only the commissionable amount.
    paid_known boolean not null default true,
    currency text not null check (currency ~ '^[A-Z]{3}$'),
    occurred_at timestamptz not null,
    -- `rules::fact::Details`: country, items, metadata. Null where nothing was reported.
    details jsonb,
    -- The key of the address that a page reported for its buyer. It raises flags on the claim itself and identifies no
    -- customer.
    claimed_email_key text,
    -- The credit; null while no one has it.
    program_id uuid,
    affiliate_id uuid,
    link_id uuid,
    click_id uuid,
    plan_version_id uuid,
    -- The rule that gave the credit: 'manual', 'bound', 'coupon', 'click', 'slug' or 'lead'.
    credited_by text,
    -- When the buyer became bound, and the number of this sale (or lead) among the buyer's in the program.
    bound_at timestamptz,
    sequence integer not null default 0,
    -- 'SelfReferral', 'DuplicateCustomer', 'Velocity', 'ClickToSale': the money is held until a person decides.
    flags text[] not null default '{}',
    -- A person's decision: 'Approved' or 'Denied'.
    review text check (review in ('Approved', 'Denied')),
    -- 'Open', 'Won' or 'Lost'.
    dispute text check (dispute in ('Open', 'Won', 'Lost')),
    -- Problems that need attention because they can't be applied to the sale: 'RefundCurrency', 'RefundExceedsSale'.
    issues text[] not null default '{}',
    created_at timestamptz not null,
    updated_at timestamptz not null,
    primary key (organization_id, id),
    foreign key (organization_id, customer_id) references customers,
    foreign key (organization_id, affiliate_id) references affiliates,
    check ((affiliate_id is null) = (status = 'Unattributed')),
    check (paid >= 0)
);
create index conversions_newest on conversions (organization_id, occurred_at desc, id desc);
create index conversions_customer on conversions (organization_id, customer_id);
create index conversions_alone on conversions (organization_id, event_id) where customer_id is null;
create index conversions_review on conversions (organization_id, occurred_at desc) where flags <> '{}' and review is null;
create index conversions_issues on conversions (organization_id, occurred_at desc) where issues <> '{}';
create index conversions_leads on conversions (organization_id, occurred_at desc, id desc) where kind = 'Lead';
-- In bytewise order for the search, as for customers.
create unique index conversions_organization_id_external_id_key
    on conversions (organization_id, external_id text_pattern_ops);
-- Finds the few denied or refunded sales among millions of others.
create index conversions_by_status on conversions (organization_id, status, occurred_at desc, id desc);
-- Counts the leads of an affiliate, which the daily figures don't hold.
create index conversions_leads_of on conversions (organization_id, affiliate_id) where kind = 'Lead';
-- Finds whether the script or a brand's own server ever reported a conversion.
create index conversions_reported on conversions (organization_id, source) where source in ('S2s', 'Pixel');
-- Counts an affiliate's sales per link from the index alone.
create index conversions_affiliate on conversions (organization_id, affiliate_id, occurred_at desc)
    include (link_id, kind, review);
create index conversions_claimed on conversions (organization_id, program_id, occurred_at) where not verified;
call rekomi_tenant_table('conversions');

-- Further reports of a known conversion: from a backend after the page, from a gateway after the backend.
create table repeated_reports (
    organization_id uuid not null references organizations,
    event_id uuid not null,
    external_id text not null,
    customer_id uuid,
    primary key (organization_id, event_id),
    foreign key (organization_id, customer_id) references customers
);
create index repeated_reports_sale on repeated_reports (organization_id, external_id);
call rekomi_tenant_table('repeated_reports', true);

-- Other names of a sale, such as its charge or its payment. An alias of an alias counts too.
create table sale_aliases (
    organization_id uuid not null references organizations,
    alias text not null,
    name text not null,
    -- The event that first reported it.
    event_id uuid not null,
    primary key (organization_id, alias, name)
);
create index sale_aliases_name on sale_aliases (organization_id, name);
call rekomi_tenant_table('sale_aliases', true);

-- Refunds as they were reported, including those whose sale hasn't arrived yet: `refund_of` finds the conversion.
-- Several events may be about one refund (made, then failed), and the result is computed from all of them.
create table refunds (
    organization_id uuid not null,
    event_id uuid not null,
    external_id text not null,
    -- The sale's external id.
    refund_of text not null,
    amount bigint not null check (amount >= 0),
    currency text not null check (currency ~ '^[A-Z]{3}$'),
    occurred_at timestamptz not null,
    -- 'Commissionable' (excluding tax) or 'Paid' (everything the buyer paid).
    basis text not null check (basis in ('Commissionable', 'Paid')),
    effect text not null check (effect in ('Made', 'Undone', 'Restored', 'Total')),
    primary key (organization_id, event_id)
);
create index refunds_of on refunds (organization_id, refund_of);
create index refunds_newest on refunds (organization_id, occurred_at desc);
call rekomi_tenant_table('refunds', true);

-- Disputes as gateways report them.
create table disputes (
    organization_id uuid not null references organizations,
    event_id uuid not null,
    external_id text not null,
    -- The sale's external id or an alias of it.
    dispute_of text not null,
    amount bigint not null check (amount >= 0),
    -- The total of the disputed payment, where the gateway reports it.
    total bigint check (total >= 0),
    currency text not null check (currency ~ '^[A-Z]{3}$'),
    state text not null check (state in ('Open', 'Won', 'Lost')),
    occurred_at timestamptz not null,
    primary key (organization_id, event_id)
);
create index disputes_of on disputes (organization_id, dispute_of);
create index disputes_newest on disputes (organization_id, occurred_at desc);
call rekomi_tenant_table('disputes', true);

-- Daily figures of credited conversions, in UTC days and per currency.
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
-- Reads one affiliate's sales of a month.
create index conversion_days_affiliate on conversion_days (organization_id, affiliate_id, day);
call rekomi_tenant_table('conversion_days');

-- Hourly figures of credited conversions, so that a program's days can follow the brand's time zone. A renewal is a
-- conversion too; a lead isn't. Denied conversions aren't counted.
create table conversion_hours (
    organization_id uuid not null,
    hour timestamptz not null,
    program_id uuid not null,
    currency text not null,
    conversions bigint not null default 0,
    renewals bigint not null default 0,
    leads bigint not null default 0,
    revenue bigint not null default 0,
    commission bigint not null default 0,
    primary key (organization_id, hour, program_id, currency)
) with (fillfactor = 70);
call rekomi_tenant_table('conversion_hours');

-- Missing-sale claims of affiliates, and what the brand decided.
create table missing_sale_claims (
    organization_id uuid not null,
    id uuid not null,
    affiliate_id uuid not null,
    status text not null default 'Open' check (status in ('Open', 'Credited', 'Rejected')),
    ordered_on date not null,
    -- What was bought, in the affiliate's words.
    bought text not null check (length(bought) between 1 and 200),
    order_id text check (length(order_id) between 1 and 200),
    -- In the form in which addresses are compared; deleted once the claim is decided.
    buyer_email text check (length(buyer_email) <= 254),
    note text check (length(note) between 1 and 2000),
    submitted_at timestamptz not null,
    decided_at timestamptz,
    -- `user:usr_…`.
    decided_by text,
    -- The brand's answer to the affiliate.
    answer text check (length(answer) between 1 and 1000),
    -- The sale that was credited.
    conversion_id uuid,
    primary key (organization_id, id),
    foreign key (organization_id, affiliate_id) references affiliates,
    foreign key (organization_id, conversion_id) references conversions,
    check ((status = 'Open') = (decided_at is null)),
    check ((status = 'Credited') = (conversion_id is not null)),
    check (status = 'Open' or buyer_email is null)
);
create index missing_sale_claims_newest on missing_sale_claims (organization_id, id desc);
create index missing_sale_claims_affiliate on missing_sale_claims (organization_id, affiliate_id, id desc);
create index missing_sale_claims_open on missing_sale_claims (organization_id, id) where status = 'Open';
call rekomi_tenant_table('missing_sale_claims');
create trigger only_of_the_known before insert on missing_sale_claims
    for each row execute function rekomi_only_of_the_known('refuse');

-- Alerts that people dismissed on the overview. An alert appears again when its problem happens again.
create table dismissed_alerts (
    organization_id uuid not null references organizations,
    kind text not null check (kind in ('Sale', 'Orphan', 'Crm', 'Payouts', 'Bank')),
    -- The id of the conversion, event or connection; for payouts the organization's own id.
    id uuid not null,
    dismissed_at timestamptz not null,
    primary key (organization_id, kind, id)
);
call rekomi_tenant_table('dismissed_alerts');

-- Connections to payment gateways: how each was created, whether it works, and what must still be removed at the
-- gateway.
create table gateway_connections (
    organization_id uuid not null references organizations,
    id uuid not null,
    gateway text not null check (gateway in ('stripe', 'paddle', 'braintree')),
    -- The account's conversions belong to this program.
    program_id uuid not null,
    -- Sealed webhook secret: table gateway_connections, column sealed_secret, row = the connection's id. Null while the
    -- gateway is being asked, and after the brand removed the connection.
    sealed_secret text,
    -- Sealed API key: table gateway_connections, column sealed_api_key, row = the connection's id.
    sealed_api_key text,
    -- `connecting` is written before the gateway is called; `broken` still accepts webhooks; `disabled` accepts none.
    status text not null default 'active' check (status in ('connecting', 'active', 'broken', 'disabled')),
    -- live, test, sandbox or production, in the gateway's own word; null where it is unknown.
    environment text,
    -- The gateway's own name for the account, such as acct_… or a merchant id.
    account text,
    -- What people may see of each credential: {"apiKey": "rk_live_…a1b2"}.
    hints jsonb not null default '{}',
    -- The webhook endpoint that we created at the gateway; null where the brand set it up manually.
    endpoint_id text,
    -- When the gateway last answered a test of the credentials.
    checked_at timestamptz,
    last_event_at timestamptz,
    last_event_type text,
    last_error text,
    last_error_at timestamptz,
    -- The Idempotency-Key of the request that creates the connection: a second request with it neither waits nor
    -- creates another one.
    request_key text,
    -- When the brand removed the connection. The row stays, since accepted events still name it.
    removed_at timestamptz,
    -- When to remove an endpoint that shouldn't exist at the gateway, left by an interrupted request or a removed
    -- connection, by the database's clock. Attempts are counted before they run.
    cleanup_due_at timestamptz,
    cleanup_attempts integer not null default 0,
    created_at timestamptz not null,
    primary key (organization_id, id),
    foreign key (organization_id, program_id) references programs,
    constraint gateway_connections_secret
        check (sealed_secret is not null or status = 'connecting' or removed_at is not null)
);
create unique index gateway_connections_request on gateway_connections (organization_id, request_key)
    where request_key is not null;
create index gateway_connections_cleanup on gateway_connections (cleanup_due_at) where cleanup_due_at is not null;
call rekomi_tenant_table('gateway_connections');

-- Every accepted event except clicks, exactly as received, so that the book can be recomputed from them.
create table events (
    organization_id uuid not null references organizations,
    -- The deduplication key, derived from the brand's or the gateway's id of the event.
    id uuid not null,
    kind text not null check (kind in ('conversion', 'gateway')),
    -- SHA-256 of the content: different content under the same id is a conflict.
    digest bytea not null check (length(digest) = 32),
    received_at timestamptz not null,
    booked_at timestamptz not null,
    request_id text not null,
    -- The event's JSON, byte for byte. It isn't jsonb, which refuses \u0000 and reorders keys.
    body text not null,
    primary key (organization_id, id)
);
create index events_newest on events (organization_id, booked_at desc, id);
call rekomi_tenant_table('events', true);

-- Events that could not be applied, and second versions of known events. A person decides about each.
create table quarantine (
    organization_id uuid not null references organizations,
    id uuid not null,
    -- The event's id, where it could be read.
    event_id uuid,
    -- 'conflict', or the stable code of the rejection.
    reason text not null,
    detail text not null,
    body text not null,
    -- SHA-256 of body: the same bad event is kept once, however often it is delivered.
    digest bytea not null check (length(digest) = 32),
    state text not null default 'open' check (state in ('open', 'replayed', 'dismissed')),
    created_at timestamptz not null,
    primary key (organization_id, id),
    unique (organization_id, digest)
);
create index quarantine_open on quarantine (organization_id, created_at desc) where state = 'open';
create index quarantine_event on quarantine (organization_id, event_id) where state = 'open';
call rekomi_tenant_table('quarantine');

-- Buyers, and people who left their email address.
create table customers (
    organization_id uuid not null references organizations,
    id uuid not null,
    -- The buyer's id at the brand or its gateway; an email address (lower case) where nothing else is known.
    external_id text not null,
    email text,
    -- The smallest id of the customers who are one buyer.
    buyer_id uuid not null,
    -- The smallest id of the customers who share an email address, directly or through others. They are recomputed
    -- together.
    group_id uuid not null,
    -- Whether any join names the customer: histories without joins are recomputed without reading `customer_joins`.
    in_joins boolean not null default false,
    created_at timestamptz not null,
    erased_at timestamptz,
    primary key (organization_id, id)
);
create index customers_group on customers (organization_id, group_id);
-- The list of customers reads this index.
create index customers_newest on customers (organization_id, id desc);
-- The search looks for the beginnings of ids. Bytewise order finds them, and row level security allows an index for it,
-- which it doesn't for `like`. Equality uses the same index.
create unique index customers_organization_id_external_id_key on customers (organization_id, external_id text_pattern_ops);
call rekomi_tenant_table('customers');

-- Every reported address of a customer, in the form in which addresses are compared: lower case, without a +tag.
create table customer_emails (
    organization_id uuid not null,
    email_key text not null,
    customer_id uuid not null,
    -- When the address was first received; null where it isn't known.
    received_at timestamptz,
    primary key (organization_id, email_key, customer_id),
    foreign key (organization_id, customer_id) references customers
);
create index customer_emails_customer on customer_emails (organization_id, customer_id);
-- In bytewise order for the search, as for customers.
create index customer_emails_prefix on customer_emails (organization_id, email_key text_pattern_ops);
call rekomi_tenant_table('customer_emails', true);
grant update (received_at) on customer_emails to rekomi_app;
-- An earlier report may arrive later and moves `received_at` back. The rest of a row never changes, so this trigger
-- replaces the one that `rekomi_tenant_table` created.
create or replace trigger append_only before delete or update of organization_id, email_key, customer_id on customer_emails
    for each row execute function rekomi_refuse_change();

-- Evidence about who referred a buyer: a click, a slug, a coupon or an import, with the time that it counts from. A
-- conversion brings its own evidence; a gateway's checkout session brings evidence for all of the customer's
-- conversions.
create table touches (
    organization_id uuid not null,
    -- The event that reported it.
    event_id uuid not null,
    -- Null where the buyer is unknown: the evidence then counts only for the conversion of its own event.
    customer_id uuid,
    -- When the conversion or checkout that reported it happened.
    reported_at timestamptz not null,
    -- 'click' (a verified token), 'slug', 'coupon', or 'import', which binds a customer as a credited sale would.
    kind text not null check (kind in ('click', 'slug', 'coupon', 'import')),
    -- Evidence that only a page reported ranks after a backend's or a gateway's, since anyone can make a page report
    -- something.
    verified boolean not null,
    -- When it counts from: the click, or its report where the clocks disagree; for a slug or coupon, the report.
    touched_at timestamptz not null,
    click_id uuid,
    link_id uuid,
    program_id uuid not null,
    affiliate_id uuid not null,
    -- For a coupon: whether it takes precedence over a click.
    overrides_click boolean not null default false,
    -- The purchase that the evidence is about where its event reports no conversion: a subscription, or a sale by its
    -- external id. A checkout of a subscription and the subscription's invoices are one purchase.
    purchase text,
    primary key (organization_id, event_id, kind),
    foreign key (organization_id, customer_id) references customers,
    foreign key (organization_id, affiliate_id) references affiliates
);
create index touches_customer on touches (organization_id, customer_id);
-- Simulating a plan reads all imports of a program.
create index touches_import on touches (organization_id, program_id) where kind = 'import';
call rekomi_tenant_table('touches', true);

-- Who was reported as the buyer of a sale, where several customers were. `sale_event_id` is the event that first
-- reported the sale.
create table sale_buyers (
    organization_id uuid not null references organizations,
    sale_event_id uuid not null,
    customer_id uuid not null,
    -- When the edge received the customer's first report, and the event that carried it.
    received_at timestamptz not null,
    event_id uuid not null,
    primary key (organization_id, sale_event_id, customer_id),
    foreign key (organization_id, customer_id) references customers
);
create index sale_buyers_customer on sale_buyers (organization_id, customer_id);
call rekomi_tenant_table('sale_buyers');

-- Which customers are one buyer. Two customers who were reported as the buyer of one sale are joined if that moves no
-- credit; otherwise the join waits for a person's decision. A person may also split them again.
create table customer_joins (
    organization_id uuid not null references organizations,
    id uuid not null,
    -- The two customers, in the order of their ids.
    one_id uuid not null,
    other_id uuid not null,
    -- When the second of the two was first reported for the other's sale.
    found_at timestamptz not null,
    -- Joined before joins were recorded one by one: the rules don't decide about it, only a person does.
    legacy boolean not null default false,
    -- What the rules decided, and why the join waits; null before they were applied.
    verdict text check (verdict in ('Joined', 'Waiting')),
    cause text check (cause in ('Credit', 'Amount', 'Addresses', 'Split')),
    -- What counts: the rules' verdict, or a person's decision.
    state text not null default 'Waiting' check (state in ('Joined', 'Waiting', 'Split')),
    primary key (organization_id, id),
    unique (organization_id, one_id, other_id),
    foreign key (organization_id, one_id) references customers,
    foreign key (organization_id, other_id) references customers,
    check (one_id < other_id)
);
create index customer_joins_other on customer_joins (organization_id, other_id);
create index customer_joins_newest on customer_joins (organization_id, id desc);
create index customer_joins_waiting on customer_joins (organization_id, id desc) where state = 'Waiting';
call rekomi_tenant_table('customer_joins');

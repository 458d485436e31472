-- A brand's programs.
create table programs (
    organization_id uuid not null references organizations,
    id uuid not null,
    slug text not null check (slug ~ '^[a-z0-9][a-z0-9-]{1,62}$'),
    name text not null check (length(name) between 1 and 200),
    -- Where a link of the program leads unless the link has its own destination. A new link starts with it.
    destination text check (length(destination) <= 2048),
    -- `pk_` and 26 characters. Browsers show it, so it isn't a secret.
    public_key text not null,
    -- The exact origins whose pages may send clicks and pixel conversions.
    allowed_origins text[] not null default '{}',
    -- What happens to a visitor who sends `Sec-GPC: 1`: a normal click, a click without a cookie and without data about
    -- the visitor, or a redirect that leaves no trace.
    gpc_mode text not null default 'no_cookie'
        check (gpc_mode in ('ignore', 'no_cookie', 'no_tracking')),
    created_at timestamptz not null,
    archived_at timestamptz,
    primary key (organization_id, id),
    unique (organization_id, slug),
    unique (organization_id, public_key)
);
create index programs_newest on programs (organization_id, id desc);
call rekomi_tenant_table('programs');

-- A program's rules for credit and review. Each version is in force from its date on.
create table program_policies (
    organization_id uuid not null,
    program_id uuid not null,
    effective_at timestamptz not null,
    -- 'LastTouch' or 'FirstTouch', as the public API spells them.
    attribution_model text not null check (attribution_model in ('LastTouch', 'FirstTouch')),
    window_days integer not null check (window_days between 1 and 365),
    -- What a customer keeps from the first credited sale on: the affiliate and the plan version, the affiliate, or
    -- nothing.
    customer_binding text not null check (customer_binding in ('AffiliateAndPlan', 'Affiliate', 'None')),
    -- The checks that send a conversion to review and hold its money; false or null switches a check off.
    flag_self_referral boolean not null,
    flag_duplicate_customer boolean not null,
    velocity_per_hour integer check (velocity_per_hour between 1 and 1000000),
    min_click_to_sale_seconds integer check (min_click_to_sale_seconds between 1 and 86400),
    created_at timestamptz not null,
    -- How a claim, which only a page reported, is treated: 'Off', 'Review' or 'Trusted'. The limits are for programs
    -- that trust their pages.
    claims text not null default 'Review' check (claims in ('Off', 'Review', 'Trusted')),
    -- In minor units of the sale's own currency.
    claims_max_amount bigint not null default 50000 check (claims_max_amount between 0 and 10000000000),
    claims_per_day integer not null default 100 check (claims_per_day between 0 and 100000),
    claims_per_affiliate_day integer not null default 10 check (claims_per_affiliate_day between 0 and 100000),
    primary key (organization_id, program_id, effective_at),
    foreign key (organization_id, program_id) references programs
);
call rekomi_tenant_table('program_policies', true);

-- How a program pays for clicks. An earlier row applies to earlier days; a program without rows has the defaults of a
-- new one.
create table click_rules (
    organization_id uuid not null,
    program_id uuid not null,
    -- The row applies from the UTC day of this time on.
    effective_at timestamptz not null,
    -- The maximum number of visitors of one affiliate that are paid for in a day.
    visitors_per_affiliate integer not null check (visitors_per_affiliate between 1 and 1000000),
    -- The maximum that the visitors of one day may earn for all affiliates together, in this currency; null means no
    -- limit.
    daily_budget bigint check (daily_budget between 1 and 1000000000000),
    currency text check (currency ~ '^[A-Z]{3}$'),
    -- A day with more visitors than this many times the usual number waits for review; null switches the check off.
    review_growth integer check (review_growth between 2 and 1000),
    created_at timestamptz not null,
    primary key (organization_id, program_id, effective_at),
    foreign key (organization_id, program_id) references programs,
    check ((daily_budget is null) = (currency is null))
);
call rekomi_tenant_table('click_rules', true);

-- A program's public page: what it offers, and the application form.
create table program_pages (
    organization_id uuid not null references organizations,
    program_id uuid not null,
    -- The last part of the page's address, /p/{handle}.
    handle text not null check (handle ~ '^[a-z0-9][a-z0-9-]{1,62}$'),
    headline text not null default '' check (length(headline) <= 120),
    introduction text not null default '' check (length(introduction) <= 4000),
    -- Null uses the organization's color, or else ours.
    color text check (color ~ '^#[0-9a-f]{6}$'),
    -- The questions in their order; only `program_page::field` reads and writes them.
    fields jsonb not null check (jsonb_typeof(fields) = 'array'),
    auto_approve boolean not null default false,
    published_at timestamptz,
    created_at timestamptz not null,
    primary key (organization_id, program_id),
    foreign key (organization_id, program_id) references programs
);
-- Handles are unique across tenants on purpose, since a visitor names a page and not a tenant. Choosing a handle that
-- is taken fails without revealing whose it is.
create unique index program_pages_handle on program_pages (handle);
call rekomi_tenant_table('program_pages');
-- Visitors may read a published page before its tenant is known.
create policy visitor on program_pages for select
    using (handle = (select nullif(current_setting('rekomi.handle', true), '')) and published_at is not null);

-- The logo is public and small, so it is kept here and not in the storage for private files.
create table program_logos (
    organization_id uuid not null,
    program_id uuid not null,
    content_type text not null check (content_type in ('image/png', 'image/jpeg', 'image/webp')),
    bytes bytea not null check (length(bytes) between 1 and 262144),
    width integer not null check (width between 1 and 4096),
    height integer not null check (height between 1 and 4096),
    updated_at timestamptz not null,
    primary key (organization_id, program_id),
    foreign key (organization_id, program_id) references program_pages
);
call rekomi_tenant_table('program_logos');

-- The terms that affiliates accept. A change is a new version, so that each acceptance names the version it was for.
create table program_terms (
    organization_id uuid not null,
    program_id uuid not null,
    version integer not null check (version > 0),
    -- An empty text means that the program requires no acceptance from this version on.
    body text not null check (length(body) <= 50000),
    since timestamptz not null,
    primary key (organization_id, program_id, version),
    foreign key (organization_id, program_id) references programs
);
call rekomi_tenant_table('program_terms', true);

-- The result of the latest check of whether a brand's page has its program's script.
create table install_checks (
    organization_id uuid not null,
    program_id uuid not null,
    url text not null,
    verdict text not null check (verdict in ('Installed', 'Problems', 'Missing', 'Unreachable')),
    findings jsonb not null,
    checked_at timestamptz not null,
    primary key (organization_id, program_id),
    foreign key (organization_id, program_id) references programs
);
call rekomi_tenant_table('install_checks');

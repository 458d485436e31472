-- What the overview's filters read: figures by country, source and device, and by affiliate and program.

-- Clicks by device, too. Rows of before are already within the new limits.
alter table click_facets drop constraint click_facets_facet_check;
alter table click_facets add constraint click_facets_facet
    check (facet in ('all', 'country', 'source', 'program', 'device')) not valid;
-- Reads one country of a year without reading all others.
create index click_facets_value on click_facets (organization_id, facet, value, hour);

-- Human clicks of a program by UTC day, and by country, source and device. As in `click_days`, a day is added up once it
-- is over, and late clicks join it; `click_days_until` says how far both go.
create table click_day_facets (
    organization_id uuid not null,
    program_id uuid not null,
    facet text not null check (facet in ('country', 'source', 'device')),
    -- Empty if it is unknown.
    value text not null,
    day date not null,
    clicks bigint not null default 0 check (clicks >= 0),
    primary key (organization_id, program_id, facet, value, day)
);
create index click_day_facets_day on click_day_facets (organization_id, day);
call rekomi_tenant_table('click_day_facets');

-- Where credited clicks came from. The row is copied from the click when a sale is credited to it, so that it stays when
-- the click itself is deleted. A sale may arrive before its click: the row is then empty until the click is there.
create table click_origins (
    organization_id uuid not null,
    click_id uuid not null,
    clicked_at timestamptz not null,
    country text not null default '',
    source text not null default '',
    device text not null default '',
    -- While the click hasn't arrived: the time of the earliest sale that is credited to it.
    awaited_since timestamptz,
    primary key (organization_id, click_id)
);
create index click_origins_awaited on click_origins (organization_id, clicked_at) where awaited_since is not null;
call rekomi_tenant_table('click_origins');

-- Hourly figures of credited conversions by country, source and device of the credited click. What no click brought counts
-- under the empty value, so that the values of a facet add up to `conversion_hours`.
create table conversion_facets (
    organization_id uuid not null,
    facet text not null check (facet in ('country', 'source', 'device')),
    hour timestamptz not null,
    value text not null,
    program_id uuid not null,
    currency text not null,
    conversions bigint not null default 0,
    renewals bigint not null default 0,
    leads bigint not null default 0,
    revenue bigint not null default 0,
    commission bigint not null default 0,
    primary key (organization_id, facet, hour, value, program_id, currency)
) with (fillfactor = 70);
create index conversion_facets_value on conversion_facets (organization_id, facet, value, hour);
call rekomi_tenant_table('conversion_facets');

alter table conversion_days add column renewals bigint not null default 0;
alter table conversion_days add column leads bigint not null default 0;

-- How far the figures above were counted for what happened before this migration. Everything is gone through twice, a day
-- apart, because a process of the previous version may have been running the first time.
create table facet_fills (
    organization_id uuid primary key,
    -- The first day that isn't counted yet; null between two passes.
    day date,
    passes integer not null default 0,
    changed_at timestamptz not null
);
call rekomi_tenant_table('facet_fills');

-- Customers by the month of their first credited sale, and what they brought in each month of their life; counted every
-- night for brands with many customers, and when someone looks for all others. A customer belongs to the program and the
-- affiliate of the first sale, even if others are credited with later ones. `first_month` and the months of life (`age`) are
-- those of the organization's time zone. Customers are counted in rows without a currency.
create table cohort_months (
    organization_id uuid not null,
    program_id uuid not null,
    affiliate_id uuid not null,
    first_month date not null,
    age integer not null check (age >= 0),
    currency text not null,
    customers bigint not null default 0,
    revenue bigint not null default 0,
    commission bigint not null default 0,
    primary key (organization_id, affiliate_id, program_id, first_month, age, currency)
);
call rekomi_tenant_table('cohort_months');

create table cohort_counts (
    organization_id uuid primary key,
    counted_at timestamptz not null
);
call rekomi_tenant_table('cohort_counts');

-- Views of a list or of the overview that a person saved: their filters as a URL's query, without the organization.
create table saved_views (
    organization_id uuid not null,
    id uuid not null,
    user_id uuid not null,
    list text not null check (list in ('overview', 'affiliates', 'conversions', 'commissions', 'customers')),
    name text not null check (length(name) between 1 and 60),
    query text not null check (length(query) between 1 and 1000),
    -- Whether everyone in the organization sees it.
    shared boolean not null default false,
    created_at timestamptz not null,
    primary key (organization_id, id),
    unique (organization_id, user_id, list, name),
    foreign key (organization_id, user_id) references memberships on delete cascade
);
call rekomi_tenant_table('saved_views');

-- The Monday of each organization's last weekly summary, by its own calendar.
create table weekly_summaries (
    organization_id uuid primary key references organizations,
    monday date not null
);
call rekomi_tenant_table('weekly_summaries');

-- People may turn the weekly summary off.
alter table notification_settings drop constraint notification_settings_kind_check;
alter table notification_settings add constraint notification_settings_kind check (kind in
    ('affiliate_applied', 'team_joined', 'api_key_created', 'commissions_due', 'weekly_summary'));

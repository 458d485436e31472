-- What the overview shows of an organization as a whole, kept in the transaction that changes it. By UTC hour, so that the
-- days of any time zone can be made of it; without affiliates, so that a year of it is read in milliseconds.

-- Clicks by people: all of them (one value, the empty one), by country, and by the host that referred. What isn't known
-- counts under the empty value.
create table click_facets (
    organization_id uuid not null,
    facet text not null check (facet in ('all', 'country', 'source')),
    hour timestamptz not null,
    value text not null,
    clicks bigint not null default 0 check (clicks >= 0),
    primary key (organization_id, facet, hour, value)
) with (fillfactor = 70);
call rekomi_tenant_table('click_facets');

-- Of attributed conversions only, as in `conversion_days`. A renewal is a conversion too; a lead is none.
create table conversion_hours (
    organization_id uuid not null,
    hour timestamptz not null,
    currency text not null,
    conversions bigint not null default 0,
    renewals bigint not null default 0,
    leads bigint not null default 0,
    revenue bigint not null default 0,
    commission bigint not null default 0,
    primary key (organization_id, hour, currency)
) with (fillfactor = 70);
call rekomi_tenant_table('conversion_hours');

-- Whether an affiliate was active, and the clicks of a few.
create index click_hours_affiliate on click_hours (organization_id, affiliate_id, hour);

alter table clicks no force row level security;
alter table click_facets no force row level security;
insert into click_facets (organization_id, facet, hour, value, clicks)
select c.organization_id, f.facet, date_trunc('hour', c.clicked_at, 'UTC'), f.value, count(*)
from clicks c
cross join lateral (values ('all', ''), ('country', coalesce(c.country, '')), ('source', coalesce(c.referrer_host, ''))) f (facet, value)
where c.class = 'human'
group by 1, 2, 3, 4;
alter table click_facets force row level security;
alter table clicks force row level security;

alter table conversions no force row level security;
alter table commissions no force row level security;
alter table conversion_hours no force row level security;
insert into conversion_hours (organization_id, hour, currency, conversions, renewals, leads, revenue, commission)
select organization_id, hour, currency, sum(conversions), sum(renewals), sum(leads), sum(revenue), sum(commission)
from (
    select organization_id, date_trunc('hour', occurred_at, 'UTC') as hour, currency, (kind <> 'Lead')::int as conversions,
           (kind = 'Recurring')::int as renewals, (kind = 'Lead')::int as leads,
           case kind when 'Lead' then 0 else amount - refunded end as revenue, 0 as commission
    from conversions where affiliate_id is not null
    union all
    select c.organization_id, coalesce(c.day::timestamp at time zone 'UTC', date_trunc('hour', v.occurred_at, 'UTC')), c.currency,
           0, 0, 0, 0, c.amount
    from commissions c
    left join conversions v on (v.organization_id, v.id) = (c.organization_id, c.conversion_id)) told
group by 1, 2, 3
having sum(conversions) <> 0 or sum(leads) <> 0 or sum(revenue) <> 0 or sum(commission) <> 0;
alter table conversion_hours force row level security;
alter table commissions force row level security;
alter table conversions force row level security;

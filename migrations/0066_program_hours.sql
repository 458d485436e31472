-- What conversions brought by the hour is kept for each program, so that a program's days are those of the brand's own clocks too.
alter table conversion_hours no force row level security;
delete from conversion_hours;
alter table conversion_hours drop constraint conversion_hours_pkey;
alter table conversion_hours add column program_id uuid not null;
alter table conversion_hours add primary key (organization_id, hour, program_id, currency);

alter table conversions no force row level security;
alter table commissions no force row level security;
insert into conversion_hours (organization_id, hour, program_id, currency, conversions, renewals, leads, revenue, commission)
select organization_id, hour, program_id, currency, sum(conversions), sum(renewals), sum(leads), sum(revenue), sum(commission)
from (
    select organization_id, date_trunc('hour', occurred_at, 'UTC') as hour, program_id, currency,
           (kind <> 'Lead')::int as conversions, (kind = 'Recurring')::int as renewals, (kind = 'Lead')::int as leads,
           case kind when 'Lead' then 0 else amount - refunded end as revenue, 0 as commission
    from conversions where affiliate_id is not null and review is distinct from 'Denied'
    union all
    select c.organization_id, coalesce(c.day::timestamp at time zone 'UTC', date_trunc('hour', v.occurred_at, 'UTC')),
           c.program_id, c.currency, 0, 0, 0, 0, c.amount
    from commissions c
    left join conversions v on (v.organization_id, v.id) = (c.organization_id, c.conversion_id)) told
group by 1, 2, 3, 4
having sum(conversions) <> 0 or sum(leads) <> 0 or sum(revenue) <> 0 or sum(commission) <> 0;
alter table commissions force row level security;
alter table conversions force row level security;
alter table conversion_hours force row level security;

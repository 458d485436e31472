-- A conversion that a person denied brought nobody anything: it leaves the figures by day and by hour, as new ones do. Its
-- commissions, worth nothing, were never in them.
alter table conversions no force row level security;
alter table conversion_days no force row level security;
alter table conversion_hours no force row level security;
update conversion_days d set conversions = d.conversions - denied.conversions, revenue = d.revenue - denied.revenue
from (select organization_id, (occurred_at at time zone 'UTC')::date as day, program_id, affiliate_id, currency,
             count(*) as conversions, sum(amount - refunded) as revenue
      from conversions where affiliate_id is not null and kind <> 'Lead' and review = 'Denied' group by 1, 2, 3, 4, 5) denied
where (d.organization_id, d.day, d.program_id, d.affiliate_id, d.currency)
      = (denied.organization_id, denied.day, denied.program_id, denied.affiliate_id, denied.currency);
update conversion_hours h set conversions = h.conversions - denied.conversions, renewals = h.renewals - denied.renewals,
                              leads = h.leads - denied.leads, revenue = h.revenue - denied.revenue
from (select organization_id, date_trunc('hour', occurred_at, 'UTC') as hour, currency,
             count(*) filter (where kind <> 'Lead') as conversions, count(*) filter (where kind = 'Recurring') as renewals,
             count(*) filter (where kind = 'Lead') as leads,
             coalesce(sum(amount - refunded) filter (where kind <> 'Lead'), 0) as revenue
      from conversions where affiliate_id is not null and review = 'Denied' group by 1, 2, 3) denied
where (h.organization_id, h.hour, h.currency) = (denied.organization_id, denied.hour, denied.currency);
alter table conversion_hours force row level security;
alter table conversion_days force row level security;
alter table conversions force row level security;

-- How many leads somebody sent, which no figures by day say.
create index conversions_leads_of on conversions (organization_id, affiliate_id) where kind = 'Lead';

-- Whether the script, or a brand's own server, was ever heard of.
create index conversions_told on conversions (organization_id, source) where source in ('S2s', 'Pixel');
create index clicks_by_script on clicks (organization_id) where source = 'script';

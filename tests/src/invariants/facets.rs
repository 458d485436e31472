//! The figures of conversions by country, source and device, recounted in SQL.

/// Every credited conversion, and what it earned, where the click that it is credited to came from.
pub(super) const CONVERSION_FACETS: &str = "
    with counted as (
        select organization_id, date_trunc('hour', occurred_at, 'UTC') as hour, program_id, currency, click_id,
               (kind <> 'Lead')::int as conversions, (kind = 'Recurring')::int as renewals, (kind = 'Lead')::int as leads,
               case when kind = 'Lead' then 0 else amount - refunded end as revenue, 0::bigint as commission
        from conversions where affiliate_id is not null and review is distinct from 'Denied'
        union all
        select c.organization_id, coalesce(c.day::timestamp at time zone 'UTC', date_trunc('hour', v.occurred_at, 'UTC')),
               c.program_id, c.currency, v.click_id, 0, 0, 0, 0, c.amount
        from commissions c
        left join conversions v on (v.organization_id, v.id) = (c.organization_id, c.conversion_id)),
    differing as (
        select c.organization_id, facet, hour,
               coalesce(case facet when 'country' then o.country when 'source' then o.source else o.device end, '') as value,
               program_id, currency, conversions, renewals, leads, revenue, commission
        from counted c
        left join click_origins o on (o.organization_id, o.click_id) = (c.organization_id, c.click_id)
        cross join unnest(array['country', 'device', 'source']) facet
        union all
        select organization_id, facet, hour, value, program_id, currency, -conversions, -renewals, -leads, -revenue,
               -commission
        from conversion_facets)
    select organization_id, facet, hour, value, program_id, currency, sum(conversions), sum(renewals), sum(leads),
           sum(revenue), sum(commission)
    from differing group by 1, 2, 3, 4, 5, 6
    having sum(conversions) <> 0 or sum(renewals) <> 0 or sum(leads) <> 0 or sum(revenue) <> 0 or sum(commission) <> 0";

//! SQL of figures by country, source and device that are counted later than the clicks and sales themselves: the days of
//! [`super::days_store`], and what happened before there were such figures.
//!
//! Each statement counts again and adds the difference to what is stored, all in one snapshot. So it may run at any time
//! and any number of times, one after the other, and whatever a concurrent transaction adds stays. Clicks that were
//! deleted because they are old count as unknown: they are only in the totals.

use std::collections::BTreeMap;

use shared::timestamp::Timestamp;
use time::Date;
use uuid::Uuid;

use super::days_store;
use kit::db::{TenantTx, TenantsTx, lock_store};

/// Tenant, program, facet, value, day since 1970.
pub type Key = (Uuid, Uuid, &'static str, String, i64);

/// Adds clicks of past days to those that are already added up, after [`days_store::add_late`].
pub async fn add_late(tx: &mut TenantsTx, late: &BTreeMap<Key, i64>) -> Result<(), sqlx::Error> {
    if late.is_empty() {
        return Ok(());
    }
    sqlx::query!(
        "insert into click_day_facets (organization_id, program_id, facet, value, day, clicks)
         select n.* from unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::date[], $6::bigint[])
                         n (organization_id, program_id, facet, value, day, clicks)
         join click_days_until u on u.organization_id = n.organization_id and n.day < u.day
         order by 1, 2, 3, 4, 5
         on conflict (organization_id, program_id, facet, value, day) do update set
             clicks = click_day_facets.clicks + excluded.clicks",
        &late.keys().map(|key| key.0).collect::<Vec<_>>(),
        &late.keys().map(|key| key.1).collect::<Vec<_>>(),
        &late.keys().map(|key| key.2.to_owned()).collect::<Vec<_>>(),
        &late.keys().map(|key| key.3.clone()).collect::<Vec<_>>(),
        &late.keys().map(|key| days_store::date(key.4)).collect::<Vec<_>>(),
        &late.values().copied().collect::<Vec<_>>(),
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// The first day that isn't added up, or else that of the first click; `None` without clicks.
pub(super) async fn added_until(tx: &mut TenantTx) -> Result<Option<Date>, sqlx::Error> {
    let organization = tx.organization();
    sqlx::query_scalar!(
        "select coalesce((select day from click_days_until where organization_id = $1),
                         (select (min(hour) at time zone 'UTC')::date from click_hours where organization_id = $1)) as day",
        organization.uuid(),
    )
    .fetch_one(tx.conn())
    .await
}

/// The smallest id of a click from then on: ids begin with their time, so their index finds what is newer.
pub fn first_id(at: Timestamp) -> Uuid {
    Uuid::from_u128(u128::from(at.millis().unsigned_abs()) << 80)
}

fn midnight(day: Date) -> Timestamp {
    Timestamp::from_date_time(day.midnight().assume_utc())
}

/// Counts the clicks of the days from `from` until `until`, which are in `click_days`. The caller holds
/// [`days_store::lock`].
pub(super) async fn add_up(tx: &mut TenantTx, from: Date, until: Date) -> Result<(), sqlx::Error> {
    let organization = tx.organization();
    sqlx::query!(
        "insert into click_day_facets (organization_id, program_id, facet, value, day, clicks)
         select $1, program_id, facet, value, day, sum(clicks)
         from (select program_id, facet, day, 1::bigint as clicks,
                      case when facet = 'country' then coalesce(country, '') when facet = 'source' then coalesce(referrer_host, '')
                           else device end as value
               from (select program_id, country, referrer_host, device, (clicked_at at time zone 'UTC')::date as day from clicks
                     where organization_id = $1 and class = 'human' and id >= $4 and id < $5
                       and clicked_at >= $2::date::timestamp at time zone 'UTC'
                       and clicked_at < $3::date::timestamp at time zone 'UTC') c
               cross join unnest(array['country', 'device', 'source']) facet
               union all
               select program_id, facet, day, -clicks, value from click_day_facets
               where organization_id = $1 and day >= $2 and day < $3) counted
         group by program_id, facet, value, day having sum(clicks) > 0
         order by program_id, facet, value, day
         on conflict (organization_id, program_id, facet, value, day) do update set
             clicks = click_day_facets.clicks + excluded.clicks",
        organization.uuid(),
        from,
        until,
        first_id(midnight(from)),
        first_id(midnight(until)),
    )
    .execute(tx.conn())
    .await?;
    sqlx::query!(
        "insert into click_day_facets (organization_id, program_id, facet, value, day, clicks)
         select $1, program_id, facet, '', day, sum(clicks)
         from (select program_id, facet, day, clicks from click_days
               cross join unnest(array['country', 'device', 'source']) facet
               where organization_id = $1 and day >= $2 and day < $3
               union all
               select program_id, facet, day, -clicks from click_day_facets
               where organization_id = $1 and day >= $2 and day < $3) counted
         group by program_id, facet, day having sum(clicks) > 0
         order by program_id, facet, day
         on conflict (organization_id, program_id, facet, value, day) do update set
             clicks = click_day_facets.clicks + excluded.clicks",
        organization.uuid(),
        from,
        until,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// Lets no other process count the same meanwhile, or both would add the difference.
pub(super) async fn lock(tx: &mut TenantTx) -> Result<(), sqlx::Error> {
    lock_store::lock(tx, "facets").await
}

/// Roughly how much there is to count in these hours: clicks by people, and conversions.
pub(super) async fn happened(tx: &mut TenantTx, from: Timestamp, to: Timestamp) -> Result<i64, sqlx::Error> {
    let organization = tx.organization();
    sqlx::query_scalar!(
        r#"select (coalesce((select sum(clicks) from click_facets
                             where organization_id = $1 and facet = 'all' and value = '' and hour >= $2 and hour < $3), 0)
                   + coalesce((select sum(conversions + leads) from conversion_hours
                               where organization_id = $1 and hour >= $2 and hour < $3), 0))::bigint as "happened!""#,
        organization.uuid(),
        from,
        to,
    )
    .fetch_one(tx.conn())
    .await
}

/// Counts the hourly clicks by device. What single clicks don't say belongs to clicks that are deleted. All is read by one
/// statement: a process of an earlier version may be adding clicks that it doesn't count by device. The caller holds
/// [`lock`].
pub(super) async fn devices(tx: &mut TenantTx, from: Timestamp, to: Timestamp) -> Result<(), sqlx::Error> {
    let organization = tx.organization();
    sqlx::query!(
        "with counted as (
             select date_trunc('hour', clicked_at, 'UTC') as hour, device as value, count(*) as clicks from clicks
             where organization_id = $1 and class = 'human' and id >= $4 and id < $5 and clicked_at >= $2 and clicked_at < $3
             group by 1, 2),
         stored as (
             select hour, value, clicks from click_facets
             where organization_id = $1 and facet = 'device' and hour >= $2 and hour < $3),
         known as (
             select hour, value, greatest(coalesce(c.clicks, 0), coalesce(s.clicks, 0)) as clicks,
                    coalesce(s.clicks, 0) as stored
             from counted c full join stored s using (hour, value)),
         missing as (
             select hour, value, clicks - stored as clicks from known where clicks > stored
             union all
             select a.hour, '', a.clicks - coalesce(k.clicks, 0)
             from click_facets a
             left join (select hour, sum(clicks) as clicks from known group by hour) k on k.hour = a.hour
             where a.organization_id = $1 and a.facet = 'all' and a.value = '' and a.hour >= $2 and a.hour < $3
               and a.clicks > coalesce(k.clicks, 0))
         insert into click_facets (organization_id, facet, hour, value, clicks)
         select $1, 'device', hour, value, sum(clicks) from missing group by hour, value order by hour, value
         on conflict (organization_id, facet, hour, value) do update set clicks = click_facets.clicks + excluded.clicks",
        organization.uuid(),
        from,
        to,
        first_id(from),
        first_id(to),
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// Keeps the origins of clicks that sales of these days are credited to. The caller holds the organization's lock.
pub(super) async fn origins(tx: &mut TenantTx, from: Timestamp, to: Timestamp) -> Result<(), sqlx::Error> {
    let organization = tx.organization();
    // A UUIDv7's first 48 bits are its time, by which its partition is found. A click that is awaited since a later sale
    // is awaited since this one.
    sqlx::query!(
        "with credited as (
             select click_id, min(occurred_at) as sold_at,
                    to_timestamp((('x' || encode(substring(uuid_send(click_id) for 6), 'hex'))::bit(48)::bigint
                                  / 1000.0)::numeric::float8) as clicked_at
             from conversions
             where organization_id = $1 and click_id is not null and occurred_at >= $2 and occurred_at < $3
             group by click_id),
         awaited as (
             update click_origins o set awaited_since = v.sold_at from credited v
             where o.organization_id = $1 and o.click_id = v.click_id and o.awaited_since > v.sold_at)
         insert into click_origins (organization_id, click_id, clicked_at, country, source, device, awaited_since)
         select $1, v.click_id, v.clicked_at, coalesce(c.country, ''), coalesce(c.referrer_host, ''), coalesce(c.device, ''),
                case when c.id is null then v.sold_at end
         from credited v
         left join clicks c on c.organization_id = $1 and c.id = v.click_id and c.clicked_at = v.clicked_at
         on conflict do nothing",
        organization.uuid(),
        from,
        to,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// Finds the awaited clicks since then that have arrived, and moves what is credited to them from unknown to where they
/// came from. The caller holds the organization's lock.
pub(super) async fn find(tx: &mut TenantTx, since: Timestamp) -> Result<(), sqlx::Error> {
    let organization = tx.organization();
    let Some(sold_since) = arrived(tx, since).await? else { return Ok(()) };
    sqlx::query!(
        "with arrived as (
             update click_origins o set country = coalesce(c.country, ''), source = coalesce(c.referrer_host, ''),
                 device = c.device, awaited_since = null
             from clicks c
             where o.organization_id = $1 and o.awaited_since >= $3 and o.clicked_at > $2 and c.organization_id = $1
               and c.id = o.click_id and c.clicked_at = o.clicked_at
             returning o.click_id, o.country, o.source, o.device),
         sold as (
             select v.id, date_trunc('hour', v.occurred_at, 'UTC') as hour, v.program_id, v.currency, v.kind,
                    v.amount - v.refunded as revenue, v.affiliate_id is not null and v.review is distinct from 'Denied' as counts,
                    a.country, a.source, a.device
             from conversions v join arrived a on a.click_id = v.click_id
             where v.organization_id = $1 and v.occurred_at >= $3),
         figures as (
             select hour, program_id, currency, (kind <> 'Lead')::int as conversions, (kind = 'Recurring')::int as renewals,
                    (kind = 'Lead')::int as leads, case when kind = 'Lead' then 0 else revenue end as revenue,
                    0::bigint as commission, country, source, device
             from sold where counts
             union all
             select s.hour, c.program_id, c.currency, 0, 0, 0, 0, c.amount, s.country, s.source, s.device
             from sold s join commissions c on c.organization_id = $1 and c.conversion_id = s.id),
         moved as (
             select facet, hour, program_id, currency, conversions, renewals, leads, revenue, commission,
                    case when facet = 'country' then country when facet = 'source' then source else device end as value
             from figures cross join unnest(array['country', 'device', 'source']) facet
             union all
             select facet, hour, program_id, currency, -conversions, -renewals, -leads, -revenue, -commission, ''
             from figures cross join unnest(array['country', 'device', 'source']) facet)
         insert into conversion_facets (organization_id, facet, hour, value, program_id, currency, conversions, renewals,
                                        leads, revenue, commission)
         select $1, facet, hour, value, program_id, currency, sum(conversions), sum(renewals), sum(leads), sum(revenue),
                sum(commission)
         from moved group by facet, hour, value, program_id, currency
         having sum(conversions) <> 0 or sum(renewals) <> 0 or sum(leads) <> 0 or sum(revenue) <> 0 or sum(commission) <> 0
         order by facet, hour, value, program_id, currency
         on conflict (organization_id, facet, hour, value, program_id, currency) do update set
             conversions = conversion_facets.conversions + excluded.conversions,
             renewals = conversion_facets.renewals + excluded.renewals,
             leads = conversion_facets.leads + excluded.leads,
             revenue = conversion_facets.revenue + excluded.revenue,
             commission = conversion_facets.commission + excluded.commission",
        organization.uuid(),
        since,
        sold_since,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// The earliest sale that waits for a click that has arrived.
async fn arrived(tx: &mut TenantTx, since: Timestamp) -> Result<Option<Timestamp>, sqlx::Error> {
    sqlx::query_scalar!(
        "select min(o.awaited_since) as sold_at from click_origins o
         join clicks c on c.organization_id = $1 and c.id = o.click_id and c.clicked_at = o.clicked_at
         where o.organization_id = $1 and o.awaited_since is not null and o.clicked_at > $2",
        tx.organization().uuid(),
        since,
    )
    .fetch_one(tx.conn())
    .await
}

/// Counts the figures of conversions in these hours by country, source and device. The caller holds the organization's
/// lock.
pub(super) async fn sold(tx: &mut TenantTx, from: Timestamp, to: Timestamp) -> Result<(), sqlx::Error> {
    let organization = tx.organization();
    sqlx::query!(
        "with counted as (
             select date_trunc('hour', occurred_at, 'UTC') as hour, program_id, currency, click_id,
                    (kind <> 'Lead')::int as conversions, (kind = 'Recurring')::int as renewals, (kind = 'Lead')::int as leads,
                    case when kind = 'Lead' then 0 else amount - refunded end as revenue, 0::bigint as commission
             from conversions
             where organization_id = $1 and affiliate_id is not null and review is distinct from 'Denied'
               and occurred_at >= $2 and occurred_at < $3
             union all
             select date_trunc('hour', v.occurred_at, 'UTC'), c.program_id, c.currency, v.click_id, 0, 0, 0, 0, c.amount
             from conversions v join commissions c on c.organization_id = $1 and c.conversion_id = v.id
             where v.organization_id = $1 and v.occurred_at >= $2 and v.occurred_at < $3
             union all
             select day::timestamp at time zone 'UTC', program_id, currency, null, 0, 0, 0, 0, amount
             from commissions
             where organization_id = $1 and kind <> 'Conversion' and day::timestamp at time zone 'UTC' >= $2
               and day::timestamp at time zone 'UTC' < $3),
         differing as (
             select facet, hour, program_id, currency, conversions, renewals, leads, revenue, commission,
                    case when facet = 'country' then coalesce(o.country, '') when facet = 'source' then coalesce(o.source, '')
                         else coalesce(o.device, '') end as value
             from counted
             left join click_origins o on o.organization_id = $1 and o.click_id = counted.click_id
             cross join unnest(array['country', 'device', 'source']) facet
             union all
             select facet, hour, program_id, currency, -conversions, -renewals, -leads, -revenue, -commission, value
             from conversion_facets
             where organization_id = $1 and facet in ('country', 'device', 'source') and hour >= $2 and hour < $3)
         insert into conversion_facets (organization_id, facet, hour, value, program_id, currency, conversions, renewals,
                                        leads, revenue, commission)
         select $1, facet, hour, value, program_id, currency, sum(conversions), sum(renewals), sum(leads), sum(revenue),
                sum(commission)
         from differing group by facet, hour, value, program_id, currency
         having sum(conversions) <> 0 or sum(renewals) <> 0 or sum(leads) <> 0 or sum(revenue) <> 0 or sum(commission) <> 0
         order by facet, hour, value, program_id, currency
         on conflict (organization_id, facet, hour, value, program_id, currency) do update set
             conversions = conversion_facets.conversions + excluded.conversions,
             renewals = conversion_facets.renewals + excluded.renewals,
             leads = conversion_facets.leads + excluded.leads,
             revenue = conversion_facets.revenue + excluded.revenue,
             commission = conversion_facets.commission + excluded.commission",
        organization.uuid(),
        from,
        to,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// Counts the renewals and leads of affiliates on these days. The caller holds the organization's lock.
pub(super) async fn renewals(tx: &mut TenantTx, from: Date, until: Date) -> Result<(), sqlx::Error> {
    let organization = tx.organization();
    sqlx::query!(
        "insert into conversion_days (organization_id, day, program_id, affiliate_id, currency, renewals, leads)
         select $1, day, program_id, affiliate_id, currency, sum(renewals), sum(leads)
         from (select (occurred_at at time zone 'UTC')::date as day, program_id, affiliate_id, currency,
                      (kind = 'Recurring')::int::bigint as renewals, (kind = 'Lead')::int::bigint as leads
               from conversions
               where organization_id = $1 and affiliate_id is not null and review is distinct from 'Denied'
                 and occurred_at >= $2::date::timestamp at time zone 'UTC'
                 and occurred_at < $3::date::timestamp at time zone 'UTC'
               union all
               select day, program_id, affiliate_id, currency, -renewals, -leads from conversion_days
               where organization_id = $1 and day >= $2 and day < $3) counted
         group by day, program_id, affiliate_id, currency having sum(renewals) <> 0 or sum(leads) <> 0
         order by day, program_id, affiliate_id, currency
         on conflict (organization_id, day, program_id, affiliate_id, currency) do update set
             renewals = conversion_days.renewals + excluded.renewals, leads = conversion_days.leads + excluded.leads",
        organization.uuid(),
        from,
        until,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

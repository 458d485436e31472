//! SQL of figures under filters: sums over roll-ups where there is one for the filters, and the single clicks and sales of
//! a short time where there is none.
//!
//! Where days of UTC stand in for the organization's own, they count where their noon is. What lies between a period and
//! the one that it is compared with isn't read.

use shared::{id::AffiliateId, timestamp::Timestamp};
use uuid::Uuid;

use super::store::{Best, Brought, Days};
use engine::{
    figures::{Clicks, Only, Sold},
    intake::facets_store::first_id,
};
use kit::db::{TenantTx, plan_store};

/// Since when clicks aren't added up by day.
pub(super) async fn added_until(tx: &mut TenantTx) -> Result<Option<Timestamp>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select day::timestamp at time zone 'UTC' as "at!" from click_days_until where organization_id = $1"#,
        tx.organization().uuid(),
    )
    .fetch_optional(tx.conn())
    .await
}

/// How far back raw clicks are in the table.
#[derive(Debug, Clone, Copy)]
pub(super) struct RawClicks {
    /// For how many days they are kept, if the organization chose it.
    pub days: Option<i32>,
    /// The end of the last month that is archived.
    pub archived_until: Option<Timestamp>,
}

pub(super) async fn raw_clicks(tx: &mut TenantTx) -> Result<RawClicks, sqlx::Error> {
    sqlx::query_as!(
        RawClicks,
        r#"select (select click_days from retention where organization_id = $1) as "days?",
                  (select (max(month) + interval '1 month') at time zone 'UTC' from click_archives
                   where organization_id = $1 and state = 'archived') as "archived_until?""#,
        tx.organization().uuid(),
    )
    .fetch_one(tx.conn())
    .await
}

/// Who brought something.
#[derive(Debug, Clone, Copy)]
pub(super) struct Whose<'a> {
    pub affiliates: Option<&'a [Uuid]>,
    pub program: Option<Uuid>,
    pub link: Option<Uuid>,
}

/// Clicks of affiliates, by hour.
pub(super) async fn clicks_of_links(
    tx: &mut TenantTx,
    days: &Days,
    whose: Whose<'_>,
) -> Result<Vec<Clicks>, sqlx::Error> {
    plan_store::by_values(tx).await?;
    sqlx::query_as!(
        Clicks,
        r#"select width_bucket(hour, $4::timestamptz[]) - 1 as "day!", sum(clicks)::bigint as "clicks!"
           from click_hours
           where organization_id = $1 and affiliate_id = any ($7)
             and (hour >= $2 and hour < $5 or hour >= $6 and hour < $3) and ($8::uuid is null or program_id = $8) and ($9::uuid is null or link_id = $9)
           group by 1"#,
        tx.organization().uuid(),
        days.earlier.0,
        days.own.1,
        &days.starts,
        days.earlier.1,
        days.own.0,
        whose.affiliates.unwrap_or_default(),
        whose.program,
        whose.link,
    )
    .fetch_all(tx.conn())
    .await
}

/// Clicks of affiliates with more than can be added up by hour: by UTC day until those that aren't added up yet.
pub(super) async fn clicks_of_members(
    tx: &mut TenantTx,
    days: &Days,
    whose: Whose<'_>,
) -> Result<Vec<Clicks>, sqlx::Error> {
    let until = added_until(tx).await?.unwrap_or(Timestamp::EPOCH);
    plan_store::by_values(tx).await?;
    sqlx::query_as!(
        Clicks,
        r#"select bucket - 1 as "day!", sum(clicks)::bigint as "clicks!"
           from (select width_bucket(day::timestamp at time zone 'UTC' + interval '12 hours', $4::timestamptz[]) as bucket, clicks
                 from click_days
                 where organization_id = $1 and affiliate_id = any ($5) and ($6::uuid is null or program_id = $6)
                   and (day between $7::text::date and $8::text::date or day between $9::text::date and $10::text::date)
                 union all
                 select width_bucket(hour, $4::timestamptz[]), clicks from click_hours
                 where organization_id = $1 and affiliate_id = any ($5) and ($6::uuid is null or program_id = $6)
                   and hour >= $11 and (hour >= $2 and hour < $12 or hour >= $13 and hour < $3)
                 union all
                 select width_bucket(hour, $4::timestamptz[]), clicks from click_hours
                 where organization_id = $1 and affiliate_id = any ($5) and ($6::uuid is null or program_id = $6)
                   and hour >= $14 and hour < $12 and hour < $11) c
           group by 1"#,
        tx.organization().uuid(),
        days.earlier.0,
        days.own.1,
        &days.starts,
        whose.affiliates.unwrap_or_default(),
        whose.program,
        days.earlier_utc.0.to_string(),
        days.earlier_utc.1.to_string(),
        days.own_utc.0.to_string(),
        days.own_utc.1.to_string(),
        until,
        days.earlier.1,
        days.own.0,
        days.earlier_part.0,
    )
    .fetch_all(tx.conn())
    .await
}

/// A program's clicks of some values of a facet, by UTC day until those that aren't added up yet. It lacks
/// [`Days::left_out`].
pub(super) async fn clicks_of_program(
    tx: &mut TenantTx,
    days: &Days,
    program: Uuid,
    (facet, values): (&str, &[String]),
) -> Result<Vec<Clicks>, sqlx::Error> {
    let [earlier, own] = days.both();
    let since = added_until(tx).await?.unwrap_or(Timestamp::EPOCH).max(earlier.0);
    let starts: Vec<Timestamp> = days.bounds.iter().map(|(from, _)| *from).collect();
    plan_store::by_values(tx).await?;
    sqlx::query_as!(
        Clicks,
        r#"select bucket - 1 as "day!", sum(clicks)::bigint as "clicks!"
           from (select width_bucket(day::timestamp at time zone 'UTC' + interval '12 hours', $4::timestamptz[]) as bucket, clicks
                 from click_day_facets
                 where organization_id = $1 and program_id = $5 and facet = $6 and value = any ($7)
                   and (day between $8::text::date and $9::text::date or day between $10::text::date and $11::text::date)
                 union all
                 select width_bucket(clicked_at, $15::timestamptz[]), 1::bigint from clicks
                 where organization_id = $1 and class = 'human' and id >= $12 and clicked_at >= $13 and program_id = $5
                   and (clicked_at < $2 or clicked_at >= $14 and clicked_at < $3)
                   and case when $6::text = 'country' then coalesce(country, '') when $6 = 'source' then coalesce(referrer_host, '')
                            else device end = any ($7)) c
           group by 1"#,
        tx.organization().uuid(),
        earlier.1,
        own.1,
        &days.starts,
        program,
        facet,
        values,
        days.earlier_utc.0.to_string(),
        days.earlier_utc.1.to_string(),
        days.own_utc.0.to_string(),
        days.own_utc.1.to_string(),
        first_id(since),
        since,
        own.0,
        &starts,
    )
    .fetch_all(tx.conn())
    .await
}

/// Conversions whose credited click has one of some values of a facet, exact to the hour.
pub(super) async fn sold_of_facet(
    tx: &mut TenantTx,
    days: &Days,
    program: Option<Uuid>,
    (facet, values): (&str, &[String]),
) -> Result<Vec<Sold>, sqlx::Error> {
    plan_store::by_values(tx).await?;
    sqlx::query_as!(
        Sold,
        r#"select width_bucket(hour, $4::timestamptz[]) - 1 as "day!", currency,
                  sum(conversions)::bigint as "conversions!", sum(renewals)::bigint as "renewals!",
                  sum(leads)::bigint as "leads!", sum(revenue)::bigint as "revenue!", sum(commission)::bigint as "commission!"
           from conversion_facets
           where organization_id = $1 and facet = $7 and value = any ($8)
             and (hour >= $2 and hour < $5 or hour >= $6 and hour < $3) and ($9::uuid is null or program_id = $9)
           group by 1, 2"#,
        tx.organization().uuid(),
        days.earlier.0,
        days.own.1,
        &days.starts,
        days.earlier.1,
        days.own.0,
        facet,
        values,
        program,
    )
    .fetch_all(tx.conn())
    .await
}

/// Single clicks or sales of a time, in the brand's own days.
#[derive(Debug, Clone, Copy)]
pub(super) struct Single<'a> {
    pub only: Only<'a>,
    pub from: Timestamp,
    pub to: Timestamp,
}

impl Single<'_> {
    /// Clicks of affiliates have an index of their own.
    fn first_id(&self) -> Option<Uuid> {
        self.only.affiliates.is_none().then(|| first_id(self.from))
    }
}

/// The values of a facet with the most single clicks; a website is without `www.`.
pub(super) async fn ranked_clicks(
    tx: &mut TenantTx,
    single: &Single<'_>,
    facet: &str,
    limit: i64,
) -> Result<Vec<(String, i64)>, sqlx::Error> {
    plan_store::by_values(tx).await?;
    let rows = sqlx::query!(
        r#"select case when $4::text = 'country' then coalesce(country, '')
                       when $4 = 'source'
                       then substr(coalesce(referrer_host, ''), case when referrer_host like 'www.%' then 5 else 1 end)
                       else device end as "value!", count(*) as "clicks!"
           from clicks
           where organization_id = $1 and class = 'human' and clicked_at >= $2 and clicked_at < $3
             and ($5::uuid is null or id >= $5) and ($6::uuid[] is null or affiliate_id = any ($6))
             and ($7::uuid is null or program_id = $7) and ($8::uuid is null or link_id = $8)
             and ($9::text[] is null or coalesce(country, '') = any ($9)) and ($10::text[] is null or device = any ($10))
             and ($11::text[] is null or coalesce(referrer_host, '') = any ($11))
           group by 1 order by 2 desc, 1 limit $12"#,
        tx.organization().uuid(),
        single.from,
        single.to,
        facet,
        single.first_id(),
        single.only.affiliates,
        single.only.program,
        single.only.link,
        single.only.countries,
        single.only.devices,
        single.only.sources,
        limit,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().map(|row| (row.value, row.clicks)).collect())
}

/// Single sales of each range; `day` is the number of the range. Of some affiliates, it counts what they earned themselves:
/// not what their recruiters earned by the same sales, but what they earned by their recruits' sales.
pub(super) async fn single_sales(
    tx: &mut TenantTx,
    ranges: &[(Timestamp, Timestamp)],
    only: &Only<'_>,
) -> Result<Vec<Sold>, sqlx::Error> {
    plan_store::by_values(tx).await?;
    let (from, to): (Vec<Timestamp>, Vec<Timestamp>) = ranges.iter().copied().unzip();
    sqlx::query_as!(
        Sold,
        r#"with sold as materialized (
               select v.id, (e.number - 1)::integer as day, v.currency, v.kind,
                      case when v.kind = 'Lead' then 0 else v.amount - v.refunded end as revenue
               from unnest($2::timestamptz[], $3::timestamptz[]) with ordinality e (from_at, to_at, number)
               join conversions v on v.organization_id = $1 and v.occurred_at >= e.from_at and v.occurred_at < e.to_at
               left join click_origins o on o.organization_id = $1 and o.click_id = v.click_id
               where v.affiliate_id is not null and v.review is distinct from 'Denied'
                 and ($4::uuid[] is null or v.affiliate_id = any ($4))
                 and ($5::uuid is null or v.program_id = $5) and ($6::uuid is null or v.link_id = $6)
                 and ($7::text[] is null or coalesce(o.country, '') = any ($7))
                 and ($8::text[] is null or coalesce(o.device, '') = any ($8))
                 and ($9::text[] is null or coalesce(o.source, '') = any ($9)))
           select day as "day!", currency as "currency!", sum(conversions)::bigint as "conversions!",
                  sum(renewals)::bigint as "renewals!", sum(leads)::bigint as "leads!", sum(revenue)::bigint as "revenue!",
                  sum(commission)::bigint as "commission!"
           from (select day, currency, (kind <> 'Lead')::int as conversions, (kind = 'Recurring')::int as renewals,
                        (kind = 'Lead')::int as leads, revenue, 0::bigint as commission from sold
                 union all
                 select s.day, c.currency, 0, 0, 0, 0, c.amount from sold s
                 join commissions c on c.organization_id = $1 and c.conversion_id = s.id
                 where $4::uuid[] is null
                 union all
                 select (e.number - 1)::integer, c.currency, 0, 0, 0, 0, c.amount
                 from unnest($2::timestamptz[], $3::timestamptz[]) with ordinality e (from_at, to_at, number)
                 join commissions c on c.organization_id = $1 and c.affiliate_id = any ($4)
                                   and c.happened_at >= e.from_at and c.happened_at < e.to_at
                 join conversions v on v.organization_id = $1 and v.id = c.conversion_id
                 left join click_origins o on o.organization_id = $1 and o.click_id = v.click_id
                 where ($5::uuid is null or c.program_id = $5) and ($6::uuid is null or v.link_id = $6)
                   and ($7::text[] is null or coalesce(o.country, '') = any ($7))
                   and ($8::text[] is null or coalesce(o.device, '') = any ($8))
                   and ($9::text[] is null or coalesce(o.source, '') = any ($9))) report
           group by 1, 2"#,
        tx.organization().uuid(),
        &from,
        &to,
        only.affiliates,
        only.program,
        only.link,
        only.countries,
        only.devices,
        only.sources,
    )
    .fetch_all(tx.conn())
    .await
}

/// The affiliates with the most single sales, of one or all currencies; the best first, and what each brought.
pub(super) async fn best_sellers(
    tx: &mut TenantTx,
    single: &Single<'_>,
    currency: Option<&str>,
    limit: i64,
) -> Result<(Vec<Best>, Vec<Brought>), sqlx::Error> {
    plan_store::by_values(tx).await?;
    let rows = sqlx::query!(
        r#"with sold as materialized (
               select v.affiliate_id, v.currency, v.amount - v.refunded as revenue
               from conversions v
               left join click_origins o on o.organization_id = $1 and o.click_id = v.click_id
               where v.organization_id = $1 and v.occurred_at >= $2 and v.occurred_at < $3 and v.affiliate_id is not null
                 and v.kind <> 'Lead' and v.review is distinct from 'Denied'
                 and ($4::uuid[] is null or v.affiliate_id = any ($4)) and ($5::uuid is null or v.program_id = $5)
                 and ($6::text[] is null or coalesce(o.country, '') = any ($6))
                 and ($7::text[] is null or coalesce(o.device, '') = any ($7))
                 and ($8::text[] is null or coalesce(o.source, '') = any ($8))
                 and ($10::text is null or v.currency = $10)),
           best as (select affiliate_id, count(*) as sales from sold group by 1 order by 2 desc, 1 limit $9)
           select b.affiliate_id as "affiliate!", a.name, a.slug, b.sales as "sales!", s.currency,
                  sum(s.revenue)::bigint as "revenue!"
           from best b
           join sold s on s.affiliate_id = b.affiliate_id
           join affiliates a on a.organization_id = $1 and a.id = b.affiliate_id
           group by 1, 2, 3, 4, 5 order by 4 desc, 1, 6 desc"#,
        tx.organization().uuid(),
        single.from,
        single.to,
        single.only.affiliates,
        single.only.program,
        single.only.countries,
        single.only.devices,
        single.only.sources,
        limit,
        currency,
    )
    .fetch_all(tx.conn())
    .await?;
    let (mut best, mut brought) = (Vec::new(), Vec::new());
    for row in rows {
        let id = AffiliateId::new(row.affiliate);
        if best.last().is_none_or(|last: &Best| last.id != id) {
            best.push(Best { id, name: row.name, slug: row.slug, sales: row.sales });
        }
        brought.push(Brought { affiliate: row.affiliate, currency: row.currency, revenue: row.revenue });
    }
    Ok((best, brought))
}

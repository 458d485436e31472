//! SQL of what the values of a kind (affiliates, programs, countries or sources) contribute to the figures of a period and
//! of the one before it: a row for each value and period, in one statement.
//!
//! [`super::contributions`] chooses the statements, and [`kit::db::plan_store::by_values`] goes before them.

use shared::timestamp::Timestamp;
use uuid::Uuid;

use super::{
    slice_store::{self, Whose},
    store::Days,
};
use engine::{figures::Only, intake::facets_store::first_id, sold};
use kit::db::TenantTx;

/// The clicks or the revenue of one value in one of the two periods.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Amount {
    /// An id as a UUID, a country or a referring host; empty if it is unknown.
    pub value: String,
    /// In the period itself, not in the one before it.
    pub is_own: bool,
    pub amount: i64,
}

/// Clicks of affiliates by hour, grouped by `affiliate` or by `program`.
pub(super) async fn clicks_of_links(
    tx: &mut TenantTx,
    days: &Days,
    kind: &str,
    whose: Whose<'_>,
) -> Result<Vec<Amount>, sqlx::Error> {
    sqlx::query_as!(
        Amount,
        r#"select (case when $2::text = 'affiliate' then affiliate_id else program_id end)::text as "value!",
                  hour >= $5 as "is_own!", sum(clicks)::bigint as "amount!"
           from click_hours
           where organization_id = $1 and affiliate_id = any ($7)
             and (hour >= $3 and hour < $4 or hour >= $5 and hour < $6) and ($8::uuid is null or program_id = $8)
             and ($9::uuid is null or link_id = $9)
           group by 1, 2"#,
        tx.organization().uuid(),
        kind,
        days.earlier.0,
        days.earlier.1,
        days.own.0,
        days.own.1,
        whose.affiliates.unwrap_or_default(),
        whose.program,
        whose.link,
    )
    .fetch_all(tx.conn())
    .await
}

/// All clicks by hour with some values of `program`, `country` or `source`.
pub(super) async fn clicks_of_facet(
    tx: &mut TenantTx,
    days: &Days,
    (facet, values): (&str, &[String]),
) -> Result<Vec<Amount>, sqlx::Error> {
    sqlx::query_as!(
        Amount,
        r#"select value as "value!", hour >= $5 as "is_own!", sum(clicks)::bigint as "amount!"
           from click_facets
           where organization_id = $1 and facet = $2 and value = any ($7)
             and (hour >= $3 and hour < $4 or hour >= $5 and hour < $6)
           group by 1, 2"#,
        tx.organization().uuid(),
        facet,
        days.earlier.0,
        days.earlier.1,
        days.own.0,
        days.own.1,
        values,
    )
    .fetch_all(tx.conn())
    .await
}

/// Clicks of programs with some values of a facet, by UTC day until those that aren't added up yet; grouped by `program`,
/// or else by value. It lacks [`Days::left_out`].
pub(super) async fn clicks_of_programs(
    tx: &mut TenantTx,
    days: &Days,
    (kind, programs): (&str, &[Uuid]),
    (facet, values): (&str, &[String]),
) -> Result<Vec<Amount>, sqlx::Error> {
    let [earlier, own] = days.both();
    let since = slice_store::added_until(tx).await?.unwrap_or(Timestamp::EPOCH).max(earlier.0);
    sqlx::query_as!(
        Amount,
        r#"select case when $2::text = 'program' then program_id::text else value end as "value!", is_own as "is_own!",
                  sum(clicks)::bigint as "amount!"
           from (select program_id, value, day >= $10::text::date as is_own, clicks
                 from click_day_facets
                 where organization_id = $1 and program_id = any ($3) and facet = $4 and value = any ($5)
                   and (day between $8::text::date and $9::text::date or day between $10::text::date and $11::text::date)
                 union all
                 select program_id, value, is_own, 1::bigint
                 from (select program_id, clicked_at >= $14 as is_own,
                              case when $4::text = 'country' then coalesce(country, '')
                                   when $4 = 'source' then coalesce(referrer_host, '') else device end as value
                       from clicks
                       where organization_id = $1 and class = 'human' and id >= $12 and clicked_at >= $13
                         and program_id = any ($3) and (clicked_at < $6 or clicked_at >= $14 and clicked_at < $7)) single
                 where value = any ($5)) c
           group by 1, 2"#,
        tx.organization().uuid(),
        kind,
        programs,
        facet,
        values,
        earlier.1,
        own.1,
        days.earlier_utc.0.to_string(),
        days.earlier_utc.1.to_string(),
        days.own_utc.0.to_string(),
        days.own_utc.1.to_string(),
        first_id(since),
        since,
        own.0,
    )
    .fetch_all(tx.conn())
    .await
}

/// Single clicks of one value in a range.
#[derive(Debug, Clone)]
pub(super) struct Single {
    pub value: String,
    /// The number of the range.
    pub range: i32,
    pub clicks: i64,
}

/// Single clicks of each range, grouped by `affiliate`, `program`, `country` or `source`.
pub(super) async fn single_clicks(
    tx: &mut TenantTx,
    ranges: &[(Timestamp, Timestamp)],
    kind: &str,
    only: &Only<'_>,
) -> Result<Vec<Single>, sqlx::Error> {
    let (from, to): (Vec<Timestamp>, Vec<Timestamp>) = ranges.iter().copied().unzip();
    // Clicks of affiliates have an index of their own; others are found by their ids, which begin with their time.
    let ids = |of: &[Timestamp], every: Uuid| match only.affiliates {
        Some(_) => vec![every; of.len()],
        None => of.iter().map(|at| first_id(*at)).collect(),
    };
    let (first, end) = (ids(&from, Uuid::nil()), ids(&to, Uuid::from_u128(u128::MAX)));
    sqlx::query_as!(
        Single,
        r#"select case when $5::text = 'affiliate' then c.affiliate_id::text when $5 = 'program' then c.program_id::text
                       when $5 = 'country' then coalesce(c.country, '') else coalesce(c.referrer_host, '') end as "value!",
                  (e.number - 1)::integer as "range!", count(*) as "clicks!"
           from unnest($2::timestamptz[], $3::timestamptz[], $4::uuid[], $12::uuid[]) with ordinality
                e (from_at, to_at, first_id, end_id, number)
           join clicks c on c.organization_id = $1 and c.class = 'human' and c.clicked_at >= e.from_at
                        and c.clicked_at < e.to_at and c.id >= e.first_id and c.id < e.end_id
           where ($6::uuid[] is null or c.affiliate_id = any ($6))
             and ($7::uuid is null or c.program_id = $7) and ($8::uuid is null or c.link_id = $8)
             and ($9::text[] is null or coalesce(c.country, '') = any ($9)) and ($10::text[] is null or c.device = any ($10))
             and ($11::text[] is null or coalesce(c.referrer_host, '') = any ($11))
           group by 1, 2"#,
        tx.organization().uuid(),
        &from,
        &to,
        &first,
        kind,
        only.affiliates,
        only.program,
        only.link,
        only.countries,
        only.devices,
        only.sources,
        &end,
    )
    .fetch_all(tx.conn())
    .await
}

/// Revenue in one currency, grouped by `affiliate` or by `program`.
pub(super) async fn sold(
    tx: &mut TenantTx,
    days: &Days,
    (kind, currency): (&str, &str),
    whose: Whose<'_>,
) -> Result<Vec<Amount>, sqlx::Error> {
    let (from, to): (Vec<Timestamp>, Vec<Timestamp>) = days.both().into_iter().unzip();
    sold!(
        Amount,
        r#"select coalesce((case when $4::text = 'affiliate' then s.affiliate_id else s.program_id end)::text, '') as "value!",
                  e.number = 2 as "is_own!", sum(s.revenue)::bigint as "amount!"
           from unnest($2::timestamptz[], $3::timestamptz[]) with ordinality e (from_at, to_at, number)
           cross join lateral"#,
        ("e.from_at", "e.to_at"),
        r#"where s.currency = $5 and ($6::uuid[] is null or s.affiliate_id = any ($6))
             and ($7::uuid is null or s.program_id = $7)
           group by 1, 2"#,
        tx.organization().uuid(),
        &from,
        &to,
        kind,
        currency,
        whose.affiliates,
        whose.program,
    )
    .fetch_all(tx.conn())
    .await
}

/// Revenue in one currency whose credited click has one of some values of a facet, exact to the hour; grouped by
/// `program`, or else by value.
pub(super) async fn sold_of_facet(
    tx: &mut TenantTx,
    days: &Days,
    (kind, currency): (&str, &str),
    program: Option<Uuid>,
    (facet, values): (&str, &[String]),
) -> Result<Vec<Amount>, sqlx::Error> {
    sqlx::query_as!(
        Amount,
        r#"select case when $8::text = 'program' then program_id::text else value end as "value!", hour >= $5 as "is_own!",
                  sum(revenue)::bigint as "amount!"
           from conversion_facets
           where organization_id = $1 and facet = $2 and value = any ($7)
             and (hour >= $3 and hour < $4 or hour >= $5 and hour < $6) and currency = $9
             and ($10::uuid is null or program_id = $10)
           group by 1, 2"#,
        tx.organization().uuid(),
        facet,
        days.earlier.0,
        days.earlier.1,
        days.own.0,
        days.own.1,
        values,
        kind,
        currency,
        program,
    )
    .fetch_all(tx.conn())
    .await
}

/// Revenue of single sales in one currency, grouped by `affiliate`, `program`, `country` or `source`.
pub(super) async fn single_sales(
    tx: &mut TenantTx,
    days: &Days,
    (kind, currency): (&str, &str),
    only: &Only<'_>,
) -> Result<Vec<Amount>, sqlx::Error> {
    let (from, to): (Vec<Timestamp>, Vec<Timestamp>) = days.both().into_iter().unzip();
    sqlx::query_as!(
        Amount,
        r#"select case when $4::text = 'affiliate' then v.affiliate_id::text
                       when $4 = 'program' then coalesce(v.program_id::text, '')
                       when $4 = 'country' then coalesce(o.country, '') else coalesce(o.source, '') end as "value!",
                  e.number = 2 as "is_own!",
                  sum(case when v.kind = 'Lead' then 0 else v.amount - v.refunded end)::bigint as "amount!"
           from unnest($2::timestamptz[], $3::timestamptz[]) with ordinality e (from_at, to_at, number)
           join conversions v on v.organization_id = $1 and v.occurred_at >= e.from_at and v.occurred_at < e.to_at
           left join click_origins o on o.organization_id = $1 and o.click_id = v.click_id
           where v.affiliate_id is not null and v.review is distinct from 'Denied' and v.currency = $5
             and ($6::uuid[] is null or v.affiliate_id = any ($6))
             and ($7::uuid is null or v.program_id = $7) and ($8::uuid is null or v.link_id = $8)
             and ($9::text[] is null or coalesce(o.country, '') = any ($9))
             and ($10::text[] is null or coalesce(o.device, '') = any ($10))
             and ($11::text[] is null or coalesce(o.source, '') = any ($11))
           group by 1, 2"#,
        tx.organization().uuid(),
        &from,
        &to,
        kind,
        currency,
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

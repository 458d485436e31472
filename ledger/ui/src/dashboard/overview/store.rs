//! SQL of the overview's figures: sums over roll-ups only, so that the cost doesn't grow with clicks and conversions.
//!
//! The span determines which hours and days of the roll-ups belong to it.

use jiff::civil::Date;
use shared::{id::AffiliateId, timestamp::Timestamp};
use uuid::Uuid;

use super::slice_store::Whose;
use kit::{db::TenantTx, page::span::Span};

/// The days of a span and of the one before it, and the hours of roll-ups that each covers.
#[derive(Debug, Clone)]
pub struct Days {
    /// The first hour of each day. With these Postgres assigns hours to days, at a third of the cost of a time zone
    /// conversion for each hour.
    pub(super) starts: Vec<Timestamp>,
    pub(super) earlier: (Timestamp, Timestamp),
    pub(super) own: (Timestamp, Timestamp),
    /// The last day of roll-ups by UTC day.
    pub(super) last_utc: Date,
}

impl Days {
    pub fn of(span: &Span) -> Self {
        let all = [span.earlier().hours_of_days(), span.hours_of_days()].concat();
        let (_, last_utc) = span.utc_days();
        Self { starts: all.into_iter().collect(), earlier: span.earlier_hours(), own: span.hours(), last_utc }
    }
}

/// Clicks of one day; days are numbered from the first one.
#[derive(Debug, Clone)]
pub struct Clicks {
    pub day: i32,
    pub clicks: i64,
}

/// All clicks, as a facet.
pub const ALL: (&str, &str) = ("all", "");

/// Loads clicks by people with some values of a facet, omitting days without any.
pub async fn clicks(
    tx: &mut TenantTx,
    days: &Days,
    (facet, values): (&str, &[String]),
) -> Result<Vec<Clicks>, sqlx::Error> {
    sqlx::query_as!(
        Clicks,
        r#"select width_bucket(hour, $4::timestamptz[]) - 1 as "day!",
                  sum(clicks)::bigint as "clicks!"
           from click_facets
           where organization_id = $1 and facet = $7 and value = any ($8)
             and (hour >= $2 and hour < $5 or hour >= $6 and hour < $3) group by 1"#,
        tx.organization().uuid(),
        days.earlier.0,
        days.own.1,
        &days.starts,
        days.earlier.1,
        days.own.0,
        facet,
        values,
    )
    .fetch_all(tx.conn())
    .await
}

/// One day's figures in one currency. A renewal counts as a conversion; a lead doesn't.
#[derive(Debug, Clone)]
pub struct Sold {
    pub day: i32,
    pub currency: String,
    pub conversions: i64,
    pub renewals: i64,
    pub leads: i64,
    pub revenue: i64,
    pub commission: i64,
}

/// Loads conversions of one or all programs.
pub async fn sold(tx: &mut TenantTx, days: &Days, program: Option<Uuid>) -> Result<Vec<Sold>, sqlx::Error> {
    sqlx::query_as!(
        Sold,
        r#"select width_bucket(hour, $4::timestamptz[]) - 1 as "day!", currency,
                  sum(conversions)::bigint as "conversions!", sum(renewals)::bigint as "renewals!",
                  sum(leads)::bigint as "leads!", sum(revenue)::bigint as "revenue!", sum(commission)::bigint as "commission!"
           from conversion_hours
           where organization_id = $1 and (hour >= $2 and hour < $5 or hour >= $6 and hour < $3)
             and ($7::uuid is null or program_id = $7) group by 1, 2"#,
        tx.organization().uuid(),
        days.earlier.0,
        days.own.1,
        &days.starts,
        days.earlier.1,
        days.own.0,
        program,
    )
    .fetch_all(tx.conn())
    .await
}

/// Counts affiliates with a click by a person, or a sale. It only probes indexes per affiliate, since there are many
/// times more clicks.
pub async fn active(tx: &mut TenantTx, span: &Span) -> Result<i64, sqlx::Error> {
    let (from, to) = span.hours();
    sqlx::query_scalar!(
        r#"select count(*) as "count!" from affiliates a
           cross join lateral (
               (select 1 from click_hours h
                where h.organization_id = $1 and h.affiliate_id = a.id and h.hour >= $2 and h.hour < $3
                  and h.clicks > 0 limit 1)
               union all
               (select 1 from conversions c
                where c.organization_id = $1 and c.affiliate_id = a.id and c.occurred_at >= $4 and c.occurred_at < $5
                  and c.kind <> 'Lead' limit 1)
               limit 1) seen
           where a.organization_id = $1"#,
        tx.organization().uuid(),
        from,
        to,
        span.from(),
        span.to(),
    )
    .fetch_one(tx.conn())
    .await
}

/// A top affiliate, without amounts.
#[derive(Debug)]
pub struct Best {
    pub id: AffiliateId,
    pub name: String,
    pub slug: String,
    pub sales: i64,
}

/// The affiliates with the most sales, by UTC day; of one program, or among some affiliates.
pub(super) async fn best(
    tx: &mut TenantTx,
    span: &Span,
    whose: Whose<'_>,
    limit: i64,
) -> Result<Vec<Best>, sqlx::Error> {
    let (first, last) = span.utc_days();
    let rows = sqlx::query!(
        r#"select b.affiliate_id, b.sales as "sales!", a.name, a.slug
           from (select affiliate_id, sum(conversions)::bigint as sales, sum(commission) as earned from conversion_days
                 where organization_id = $1 and day between $2::text::date and $3::text::date
                   and ($5::uuid is null or program_id = $5) and ($6::uuid[] is null or affiliate_id = any ($6))
                 group by 1 having sum(conversions) > 0
                 order by 2 desc, 3 desc, 1 limit $4) b
           join affiliates a on a.organization_id = $1 and a.id = b.affiliate_id
           order by b.sales desc, b.earned desc, b.affiliate_id"#,
        tx.organization().uuid(),
        first.to_string(),
        last.to_string(),
        limit,
        whose.program,
        whose.affiliates,
    )
    .fetch_all(tx.conn())
    .await?;
    let best = rows.into_iter().map(|row| Best {
        id: AffiliateId::new(row.affiliate_id),
        name: row.name,
        slug: row.slug,
        sales: row.sales,
    });
    Ok(best.collect())
}

/// Affiliates with the most clicks, to fill the ranking of a brand where few have sold. Omits those in `but`.
pub(super) async fn most_clicked(
    tx: &mut TenantTx,
    span: &Span,
    whose: Whose<'_>,
    but: &[Uuid],
    limit: i64,
) -> Result<Vec<Best>, sqlx::Error> {
    let (from, to) = span.hours();
    let rows = sqlx::query!(
        r#"select b.affiliate_id, a.name, a.slug
           from (select affiliate_id, sum(clicks) as clicks from click_hours
                 where organization_id = $1 and hour >= $2 and hour < $3 and affiliate_id <> all ($4)
                   and ($6::uuid is null or program_id = $6) and ($7::uuid[] is null or affiliate_id = any ($7))
                 group by 1 having sum(clicks) > 0 order by 2 desc, 1 limit $5) b
           join affiliates a on a.organization_id = $1 and a.id = b.affiliate_id
           order by b.clicks desc, b.affiliate_id"#,
        tx.organization().uuid(),
        from,
        to,
        but,
        limit,
        whose.program,
        whose.affiliates,
    )
    .fetch_all(tx.conn())
    .await?;
    let best = rows.into_iter().map(|row| Best { id: row.affiliate_id, name: row.name, slug: row.slug, sales: 0 });
    Ok(best.collect())
}

/// An affiliate's revenue in one currency.
#[derive(Debug)]
pub struct Brought {
    pub affiliate: Uuid,
    pub currency: String,
    pub revenue: i64,
}

pub async fn brought(
    tx: &mut TenantTx,
    span: &Span,
    affiliates: &[Uuid],
    program: Option<Uuid>,
) -> Result<Vec<Brought>, sqlx::Error> {
    let (first, last) = span.utc_days();
    sqlx::query_as!(
        Brought,
        r#"select affiliate_id as affiliate, currency, sum(revenue)::bigint as "revenue!"
           from conversion_days
           where organization_id = $1 and day between $2::text::date and $3::text::date and affiliate_id = any ($4)
             and ($5::uuid is null or program_id = $5)
           group by 1, 2 having sum(revenue) <> 0 order by 3 desc, 2"#,
        tx.organization().uuid(),
        first.to_string(),
        last.to_string(),
        affiliates,
        program,
    )
    .fetch_all(tx.conn())
    .await
}

/// The values of a facet (`country` or `source`) with the most clicks; an unknown value is empty.
pub async fn facet(tx: &mut TenantTx, facet: &str, span: &Span, limit: i64) -> Result<Vec<(String, i64)>, sqlx::Error> {
    let (from, to) = span.hours();
    let rows = sqlx::query!(
        r#"select value, sum(clicks)::bigint as "clicks!" from click_facets
           where organization_id = $1 and facet = $2 and hour >= $3 and hour < $4
           group by 1 order by 2 desc, 1 limit $5"#,
        tx.organization().uuid(),
        facet,
        from,
        to,
        limit,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().map(|row| (row.value, row.clicks)).collect())
}

//! SQL of the portal's home page: one affiliate's figures, from the roll-ups.

use shared::{id::AffiliateId, timestamp::Timestamp};
use time::Date;

use engine::intake::days_store::{self, By};
use kit::{db::TenantTx, page::span::Span};

/// All-time totals of an affiliate.
#[derive(Debug, Clone, Copy)]
pub struct Totals {
    pub clicks: i64,
    pub sales: i64,
    pub leads: i64,
}

pub async fn totals(tx: &mut TenantTx, affiliate: AffiliateId) -> Result<Totals, sqlx::Error> {
    let clicks = days_store::since(tx, By::Affiliate, Some(&[affiliate.uuid()]), None, Timestamp::EPOCH).await?;
    let row = sqlx::query!(
        r#"select coalesce((select sum(conversions) from conversion_days
                            where organization_id = $1 and affiliate_id = $2), 0)::bigint as "sales!",
                  (select count(*) from conversions where organization_id = $1 and affiliate_id = $2 and kind = 'Lead'
                   and review is distinct from 'Denied') as "leads!""#,
        tx.organization().uuid(),
        affiliate.uuid(),
    )
    .fetch_one(tx.conn())
    .await?;
    Ok(Totals { clicks: clicks.iter().map(|(_, clicks)| clicks).sum(), sales: row.sales, leads: row.leads })
}

/// A day and its figure.
#[derive(Debug)]
pub struct Day {
    pub day: Date,
    pub figure: i64,
}

/// Clicks by people, by day in the span's time zone; days without clicks are left out.
pub async fn click_days(tx: &mut TenantTx, affiliate: AffiliateId, span: &Span) -> Result<Vec<Day>, sqlx::Error> {
    let (from, to) = span.hours();
    sqlx::query_as!(
        Day,
        r#"select ((hour + interval '30 minutes') at time zone $5)::date as "day!", sum(clicks)::bigint as "figure!" from click_hours
           where organization_id = $1 and affiliate_id = $2 and hour >= $3 and hour < $4 group by 1"#,
        tx.organization().uuid(),
        affiliate.uuid(),
        from,
        to,
        span.zone.name(),
    )
    .fetch_all(tx.conn())
    .await
}

/// What was earned on a day, in one currency.
#[derive(Debug)]
pub struct EarnedDay {
    pub day: Date,
    pub currency: String,
    pub conversions: i64,
    pub commission: i64,
}

/// By UTC day, as in the roll-up: the UTC days that approximate the span. Days with leads alone are left out.
pub async fn earned_days(
    tx: &mut TenantTx,
    affiliate: AffiliateId,
    span: &Span,
) -> Result<Vec<EarnedDay>, sqlx::Error> {
    let (first, last) = span.utc_days();
    sqlx::query_as!(
        EarnedDay,
        r#"select day as "day!", currency, sum(conversions)::bigint as "conversions!", sum(commission)::bigint as "commission!"
           from conversion_days
           where organization_id = $1 and affiliate_id = $2 and day between $3::text::date and $4::text::date
           group by 1, 2 having sum(conversions) <> 0 or sum(commission) <> 0"#,
        tx.organization().uuid(),
        affiliate.uuid(),
        first.to_string(),
        last.to_string(),
    )
    .fetch_all(tx.conn())
    .await
}

//! SQL of the summaries: sums over the roll-ups that intake maintains.

use serde::Serialize;
use shared::{
    id::{AffiliateId, ProgramId},
    timestamp::Timestamp,
};
use utoipa::ToSchema;

use kit::db::{TenantTx, plan_store};

/// Which part of the roll-ups to sum: from the hour (or day) of `from`, up to but excluding `to`.
#[derive(Debug, Clone, Copy)]
pub struct Span {
    pub from: Timestamp,
    pub to: Timestamp,
    pub program: Option<ProgramId>,
    pub affiliate: Option<AffiliateId>,
}

#[derive(Debug)]
pub struct Group {
    /// A day, or an id.
    pub key: String,
    pub clicks: i64,
    pub uncounted: i64,
    /// Sums over all groups.
    pub all_clicks: i64,
    pub all_uncounted: i64,
}

/// Totals of attributed conversions in one currency.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Amounts {
    #[schema(example = "USD")]
    pub currency: String,
    /// The number of conversions.
    #[schema(example = 37)]
    pub conversions: i64,
    /// Revenue in minor units.
    #[schema(example = 366_300)]
    pub amount_cents: i64,
    /// Commissions for these conversions, in minor units.
    #[schema(example = 73_260)]
    pub commission_cents: i64,
}

pub async fn click_groups(tx: &mut TenantTx, span: &Span, group_by: &str) -> Result<Vec<Group>, sqlx::Error> {
    // There may be millions of rows: a plan for these values groups them by one column, and only the groups get a text.
    plan_store::by_values(tx).await?;
    sqlx::query_as!(
        Group,
        r#"select coalesce(id::text, to_char(hour at time zone 'UTC', 'YYYY-MM-DD')) as "key!",
                  sum(clicks)::bigint as "clicks!", sum(uncounted)::bigint as "uncounted!",
                  (sum(sum(clicks)) over ())::bigint as "all_clicks!",
                  (sum(sum(uncounted)) over ())::bigint as "all_uncounted!"
           from (select case $6 when 'affiliate' then affiliate_id when 'link' then link_id
                                when 'program' then program_id end as id,
                        case $6 when 'day' then hour end as hour, sum(clicks) as clicks, sum(uncounted) as uncounted
                 from click_hours
                 where organization_id = $1 and hour >= date_trunc('hour', $2::timestamptz, 'UTC') and hour < $3
                   and ($4::uuid is null or program_id = $4) and ($5::uuid is null or affiliate_id = $5)
                 group by 1, 2) h
           group by 1
           order by case when $6 = 'day' then null else sum(clicks) end desc nulls last, 1 desc
           limit 1000"#,
        tx.organization().uuid(),
        span.from,
        span.to,
        span.program.map(ProgramId::uuid),
        span.affiliate.map(AffiliateId::uuid),
        group_by,
    )
    .fetch_all(tx.conn())
    .await
}

pub async fn amounts(tx: &mut TenantTx, span: &Span) -> Result<Vec<Amounts>, sqlx::Error> {
    sqlx::query_as!(
        Amounts,
        r#"select currency, sum(conversions)::bigint as "conversions!", sum(revenue)::bigint as "amount_cents!",
                  sum(commission)::bigint as "commission_cents!"
           from conversion_days
           where organization_id = $1 and day >= ($2::timestamptz at time zone 'UTC')::date
             and day <= (($3::timestamptz - interval '1 millisecond') at time zone 'UTC')::date
             and ($4::uuid is null or program_id = $4) and ($5::uuid is null or affiliate_id = $5)
           group by currency having sum(conversions) <> 0 or sum(revenue) <> 0 or sum(commission) <> 0
           order by sum(revenue) desc, currency"#,
        tx.organization().uuid(),
        span.from,
        span.to,
        span.program.map(ProgramId::uuid),
        span.affiliate.map(AffiliateId::uuid),
    )
    .fetch_all(tx.conn())
    .await
}

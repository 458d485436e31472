//! SQL of affiliates' recent figures, from the roll-ups: whole UTC days.

use std::collections::HashMap;

use shared::{
    id::{AffiliateId, ProgramId},
    timestamp::Timestamp,
};
use uuid::Uuid;

use engine::intake::days_store::{self, By};
use kit::db::TenantTx;

/// One affiliate's figures.
#[derive(Debug, Default, Clone)]
pub struct Figures {
    pub clicks: i64,
    pub sales: i64,
    /// Currency, revenue net of refunds, commissions.
    pub money: Vec<(String, i64, i64)>,
}

/// The start of the period and, optionally, one program.
#[derive(Debug, Clone, Copy)]
pub struct Within {
    pub from: Timestamp,
    pub program: Option<ProgramId>,
}

/// Loads the figures of the given affiliates.
pub async fn of(
    tx: &mut TenantTx,
    affiliates: &[AffiliateId],
    within: Within,
) -> Result<HashMap<AffiliateId, Figures>, sqlx::Error> {
    let ids: Vec<Uuid> = affiliates.iter().map(|id| id.uuid()).collect();
    let mut found: HashMap<AffiliateId, Figures> = HashMap::new();
    let clicks = days_store::since(tx, By::Affiliate, Some(&ids), within.program, within.from).await?;
    for (affiliate, clicks) in clicks {
        found.entry(AffiliateId::new(affiliate)).or_default().clicks = clicks;
    }
    let sales = sqlx::query!(
        r#"select affiliate_id, currency, sum(conversions)::bigint as "sales!", sum(revenue)::bigint as "revenue!",
                  sum(commission)::bigint as "commission!"
           from conversion_days
           where organization_id = $1 and affiliate_id = any ($2) and day >= ($3::timestamptz at time zone 'UTC')::date
             and ($4::uuid is null or program_id = $4)
           group by 1, 2 order by 1, sum(conversions) desc, 2"#,
        tx.organization().uuid(),
        &ids,
        within.from,
        within.program.map(ProgramId::uuid),
    )
    .fetch_all(tx.conn())
    .await?;
    for row in sales {
        let figures = found.entry(AffiliateId::new(row.affiliate_id)).or_default();
        figures.sales += row.sales;
        if (row.revenue, row.commission) != (0, 0) {
            figures.money.push((row.currency, row.revenue, row.commission));
        }
    }
    Ok(found)
}

/// Returns the currency with the most conversions, in which amounts are compared.
pub async fn main_currency(tx: &mut TenantTx, from: Timestamp) -> Result<Option<String>, sqlx::Error> {
    sqlx::query_scalar!(
        "select currency from conversion_hours
         where organization_id = $1 and hour >= date_trunc('day', $2::timestamptz, 'UTC')
         group by currency order by sum(conversions) desc, currency limit 1",
        tx.organization().uuid(),
        from,
    )
    .fetch_optional(tx.conn())
    .await
}

/// Loads each affiliate's `clicks`, `sales`, `revenue` or `earnings`, with amounts in one currency. Affiliates without
/// any are left out.
pub async fn ranking(
    tx: &mut TenantTx,
    key: &str,
    currency: &str,
    within: Within,
) -> Result<Vec<(Uuid, i64)>, sqlx::Error> {
    if key == "clicks" {
        return days_store::since(tx, By::Affiliate, None, within.program, within.from).await;
    }
    let rows = sqlx::query!(
        r#"select affiliate_id,
                  sum(case $5 when 'sales' then conversions when 'revenue' then revenue else commission end)::bigint
                      as "figure!"
           from conversion_days
           where organization_id = $1 and day >= ($2::timestamptz at time zone 'UTC')::date
             and ($3::uuid is null or program_id = $3) and ($5 = 'sales' or currency = $4)
           group by 1"#,
        tx.organization().uuid(),
        within.from,
        within.program.map(ProgramId::uuid),
        currency,
        key,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().map(|row| (row.affiliate_id, row.figure)).collect())
}

//! SQL of affiliates' recent figures, in the organization's days.

use std::collections::HashMap;

use shared::id::{AffiliateId, ProgramId};
use uuid::Uuid;

use engine::{
    figures::store as figures,
    intake::days_store::{self, By},
};
use kit::{db::TenantTx, page::span::Span};

/// One affiliate's figures.
#[derive(Debug, Default, Clone)]
pub struct Figures {
    pub clicks: i64,
    pub sales: i64,
    /// Currency, revenue net of refunds, commissions.
    pub money: Vec<(String, i64, i64)>,
}

/// The period and, optionally, one program.
#[derive(Debug, Clone)]
pub struct Within {
    pub span: Span,
    pub program: Option<ProgramId>,
}

impl Within {
    fn program(&self) -> Option<Uuid> {
        self.program.map(ProgramId::uuid)
    }
}

/// Loads the figures of the given affiliates.
pub async fn of(
    tx: &mut TenantTx,
    affiliates: &[AffiliateId],
    within: &Within,
) -> Result<HashMap<AffiliateId, Figures>, sqlx::Error> {
    let ids: Vec<Uuid> = affiliates.iter().map(|id| id.uuid()).collect();
    let mut found: HashMap<AffiliateId, Figures> = HashMap::new();
    let clicks = days_store::within(tx, By::Affiliate, Some(&ids), within.program(), &within.span).await?;
    for (affiliate, clicks) in clicks {
        found.entry(AffiliateId::new(affiliate)).or_default().clicks = clicks;
    }
    let period = (within.span.from(), within.span.to());
    for row in figures::sold_by(tx, period, Some(&ids), within.program()).await? {
        let figures = found.entry(AffiliateId::new(row.affiliate)).or_default();
        figures.sales += row.conversions;
        if (row.revenue, row.commission) != (0, 0) {
            figures.money.push((row.currency, row.revenue, row.commission));
        }
    }
    Ok(found)
}

/// Returns the currency with the most conversions, in which amounts are compared.
pub async fn main_currency(tx: &mut TenantTx, within: &Within) -> Result<Option<String>, sqlx::Error> {
    let (from, to) = within.span.hours();
    sqlx::query_scalar!(
        "select currency from conversion_hours
         where organization_id = $1 and hour >= $2 and hour < $3 and ($4::uuid is null or program_id = $4)
         group by currency order by sum(conversions) desc, currency limit 1",
        tx.organization().uuid(),
        from,
        to,
        within.program(),
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
    within: &Within,
) -> Result<Vec<(Uuid, i64)>, sqlx::Error> {
    if key == "clicks" {
        return days_store::within(tx, By::Affiliate, None, within.program(), &within.span).await;
    }
    let mut found: HashMap<Uuid, i64> = HashMap::new();
    for row in figures::sold_by(tx, (within.span.from(), within.span.to()), None, within.program()).await? {
        let figure = match key {
            "sales" => row.conversions,
            _ if row.currency != currency => continue,
            "revenue" => row.revenue,
            _ => row.commission,
        };
        *found.entry(row.affiliate).or_default() += figure;
    }
    Ok(found.into_iter().collect())
}

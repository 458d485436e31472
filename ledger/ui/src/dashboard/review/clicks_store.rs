//! SQL of click commissions that wait for a review, read from their own index.

use shared::{
    id::{AffiliateId, CommissionId},
    money::{Currency, Money},
};
use time::Date;

use kit::db::{TenantTx, corrupt_column};

/// A day's click commission that waits for a review.
#[derive(Debug)]
pub struct HeldClicks {
    pub id: CommissionId,
    pub affiliate: (AffiliateId, String),
    pub program: String,
    /// UTC.
    pub day: Option<Date>,
    pub earned: Money,
    /// The number of visitors and why it is held, as text.
    pub reason: String,
}

/// Newest first.
pub async fn queue(tx: &mut TenantTx, limit: i64) -> Result<Vec<HeldClicks>, sqlx::Error> {
    let rows = sqlx::query!(
        "select m.id, m.affiliate_id, a.name, p.name as program, m.day, m.amount, m.currency, m.reason
         from commissions m
         join affiliates a on a.organization_id = m.organization_id and a.id = m.affiliate_id
         join programs p on p.organization_id = m.organization_id and p.id = m.program_id
         where m.organization_id = $1 and m.kind = 'Click' and m.held = 'Review'
         order by m.id desc limit $2",
        tx.organization().uuid(),
        limit,
    )
    .fetch_all(tx.conn())
    .await?;
    rows.into_iter()
        .map(|row| {
            let currency: Currency = row.currency.parse().map_err(|_| corrupt_column("commissions.currency"))?;
            Ok(HeldClicks {
                id: CommissionId::new(row.id),
                affiliate: (AffiliateId::new(row.affiliate_id), row.name),
                program: row.program,
                day: row.day,
                earned: Money::new(row.amount, currency),
                reason: row.reason,
            })
        })
        .collect()
}

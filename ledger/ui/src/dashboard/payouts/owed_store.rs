//! SQL of what is payable and in no payout, or not payable yet, by affiliate, with the payout that blocks it.

use shared::id::{AffiliateId, PayoutId, PayoutRunId};

use super::filters::ListFilters;
use kit::db::TenantTx;

/// A balance of one affiliate in one currency, in minor units; negative if more was paid than is owed.
#[derive(Debug, Clone)]
pub struct Owed {
    pub affiliate: AffiliateId,
    pub name: String,
    pub email: String,
    pub currency: String,
    pub amount: i64,
    /// A payout in progress: anything else that is payable waits until it has ended.
    pub open: Option<(PayoutId, Option<PayoutRunId>)>,
}

/// The balances that the tab lists, by name. `after` is the last row of the preceding page.
pub async fn list(
    tx: &mut TenantTx,
    filters: &ListFilters,
    after: Option<(AffiliateId, &str)>,
    limit: i64,
) -> Result<Vec<Owed>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select f.id, f.name, f.email, b.currency, b.balance, p.id as "open?", p.run_id as "run?"
           from accounts b
           join affiliates f on f.organization_id = b.organization_id and f.id = b.affiliate_id
           left join payouts p on p.organization_id = b.organization_id and p.affiliate_id = b.affiliate_id
                and p.currency = b.currency and p.status in ('Scheduled', 'Reserved', 'Sending', 'Unknown')
           where b.organization_id = $1 and b.kind = $8 and b.balance <> 0
             and ($2::text is null or strpos(lower(f.name), $2) > 0 or strpos(f.email, $2) > 0)
             and ($3::uuid is null or f.id = $3) and ($4::text is null or b.currency = $4)
             and ($5::uuid is null or (lower(f.name), f.id, b.currency)
                  > ((select lower(l.name) from affiliates l where l.organization_id = $1 and l.id = $5), $5, $6))
           order by lower(f.name), f.id, b.currency limit $7"#,
        tx.organization().uuid(),
        filters.person,
        filters.affiliate.map(AffiliateId::uuid),
        filters.currency,
        after.map(|(affiliate, _)| affiliate.uuid()),
        after.map(|(_, currency)| currency),
        limit,
        filters.tab.account(),
    )
    .fetch_all(tx.conn())
    .await?;
    let view = rows.into_iter().map(|row| Owed {
        affiliate: AffiliateId::new(row.id),
        name: row.name,
        email: row.email,
        currency: row.currency,
        amount: row.balance,
        open: row.open.map(|id| (PayoutId::new(id), row.run)),
    });
    Ok(view.collect())
}

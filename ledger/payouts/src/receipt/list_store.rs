//! SQL of an affiliate's payouts, newest first.

use payout_core::step::Status;
use shared::{
    id::{AffiliateId, PayoutId},
    money::Currency,
    timestamp::Timestamp,
};

use kit::db::{TenantTx, corrupt_column};

#[derive(Debug)]
pub(crate) struct Payout {
    pub(crate) id: PayoutId,
    pub(crate) currency: Currency,
    /// The amount that reaches the affiliate.
    pub(crate) net: i64,
    pub(crate) returned: i64,
    pub(crate) rail: String,
    pub(crate) status: Status,
    pub(crate) reason_code: Option<String>,
    pub(crate) bank_status: Option<String>,
    pub(crate) created_at: Timestamp,
    pub(crate) sent_at: Option<Timestamp>,
}

/// The payouts older than `before`. Proposals that aren't approved yet, cancelled runs, and what an import left to
/// another platform are left out.
pub(crate) async fn list(
    tx: &mut TenantTx,
    affiliate: AffiliateId,
    before: Option<PayoutId>,
    limit: i64,
) -> Result<Vec<Payout>, sqlx::Error> {
    let rows = sqlx::query!(
        "select p.id, p.currency, p.amount, p.withheld, p.returned, p.rail, p.status, p.reason_code, p.bank_status,
                p.created_at, p.sent_at
         from payouts p
         where p.organization_id = $1 and p.affiliate_id = $2 and ($3::uuid is null or p.id < $3)
           and not p.settled_there
           and not exists (select from payout_runs r where r.organization_id = $1 and r.id = p.run_id
                           and r.state in ('Proposed', 'Cancelled'))
         order by p.id desc limit $4",
        tx.organization().uuid(),
        affiliate.uuid(),
        before.map(PayoutId::uuid),
        limit,
    )
    .fetch_all(tx.conn())
    .await?;
    let payouts = rows.into_iter().map(|row| {
        Ok(Payout {
            id: PayoutId::new(row.id),
            currency: row.currency.parse().map_err(|_| corrupt_column("payouts.currency"))?,
            net: row.amount.saturating_sub(row.withheld),
            returned: row.returned,
            rail: row.rail,
            status: Status::parse(&row.status).ok_or_else(|| corrupt_column("payouts.status"))?,
            reason_code: row.reason_code,
            bank_status: row.bank_status,
            created_at: row.created_at,
            sent_at: row.sent_at,
        })
    });
    payouts.collect()
}

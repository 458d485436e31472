//! SQL of the facts that say whether payouts outside Stripe should still be paid.

use shared::id::PayoutId;

use super::stopped::{Stop, Stops};
use crate::payout_account::destination::digest;
use kit::db::TenantTx;

/// Of these payouts, those that wait to be paid outside, each with the reason why it shouldn't be paid now. A payout in
/// an exported file isn't one of them: it may already be paid.
pub async fn read(tx: &mut TenantTx, payouts: &[PayoutId]) -> Result<Stops, sqlx::Error> {
    if payouts.is_empty() {
        return Ok(Stops::default());
    }
    let rows = sqlx::query!(
        r#"select p.id, p.rail, a.status = 'Approved' as "is_approved!",
                  exists (select from payout_holds h
                          where h.organization_id = $1 and h.affiliate_id = p.affiliate_id) as "is_on_hold!",
                  p.destination_digest, d.changed_at as "changed_at?"
           from payouts p
           join affiliates a on a.organization_id = $1 and a.id = p.affiliate_id
           left join payout_destinations d on d.organization_id = $1 and d.affiliate_id = p.affiliate_id
           where p.organization_id = $1 and p.id = any ($2) and p.rail <> 'Stripe' and p.status = 'Reserved'
             and p.exported_at is null"#,
        tx.organization().uuid(),
        &payouts.iter().map(|id| id.uuid()).collect::<Vec<_>>(),
    )
    .fetch_all(tx.conn())
    .await?;
    let waiting = rows.into_iter().map(|row| {
        let now = digest(&row.rail, None, row.changed_at);
        let is_elsewhere = row.destination_digest.is_some_and(|pinned| pinned != now);
        (PayoutId::new(row.id), Stop::of(row.is_approved, row.is_on_hold, is_elsewhere))
    });
    Ok(Stops::new(waiting.collect()))
}

//! Erases how an affiliate was paid.
//!
//! The Stripe account is the person's own: we only remove our reference to it. While a payout is under way, our row
//! keeps the account's ID, because we must know where the money went; the job removes it afterwards. A completed payout
//! keeps its destination, as the book keeps its amount.

use shared::id::AffiliateId;

use kit::db::{TenantTx, TenantsTx};

pub async fn affiliate(tx: &mut TenantTx, affiliate: AffiliateId) -> Result<(), sqlx::Error> {
    let organization = tx.organization();
    for statement in [
        "delete from payout_destinations where organization_id = $1 and affiliate_id = $2",
        "delete from payout_methods where organization_id = $1 and affiliate_id = $2",
        "delete from payout_invitations where organization_id = $1 and affiliate_id = $2",
        "update payout_holds set reason = 'Erased', pause_reason = null where organization_id = $1 and affiliate_id = $2",
    ] {
        sqlx::query(statement).bind(organization).bind(affiliate).execute(tx.conn()).await?;
    }
    let_go(tx).await
}

/// Closes the accounts of erased affiliates of the transaction's tenants, unless a payout is under way.
pub async fn let_go(tx: &mut TenantsTx) -> Result<(), sqlx::Error> {
    let organizations = tx.tenant_ids();
    sqlx::query!(
        "update payout_accounts p
         set status = 'Closed', stripe_account = null, requirements = '{}', disabled_reason = 'erased', creating_email = null,
             transfers = 'inactive', payouts_enabled = false, next_check_at = null, bank = null, bank_hint = null,
             bank_key = null
         where p.organization_id = any ($1)
           and (stripe_account is not null or creating_email is not null or status <> 'Closed')
           and exists (select from affiliates a where a.organization_id = p.organization_id and a.id = p.affiliate_id
                       and a.erased_at is not null)
           and not exists (select from payouts o where o.organization_id = p.organization_id
                           and o.affiliate_id = p.affiliate_id
                           and o.status in ('Scheduled', 'Reserved', 'Sending', 'Unknown'))",
        &organizations,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

//! SQL for giving what a claim is worth: payments by their keys, and what is still due.

use shared::{
    id::{CommissionId, OrganizationId, RewardClaimId},
    timestamp::Timestamp,
};

use kit::db::{TenantTx, TenantsTx};

/// Returns a claim that can't be given to the people who decide, with the cause.
pub async fn hand_back(tx: &mut TenantTx, id: RewardClaimId, cause: &str) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update reward_claims set state = 'Submitted', decided_at = null, decided_by = null, reason = left($3, 1000)
         where organization_id = $1 and id = $2 and state = 'Approved'",
        tx.organization().uuid(),
        id.uuid(),
        cause,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// Rejects an approved claim whose affiliate isn't approved anymore.
pub async fn drop_approved(tx: &mut TenantTx, id: RewardClaimId, reason: &str) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update reward_claims set state = 'Rejected', reason = $3
         where organization_id = $1 and id = $2 and state = 'Approved'",
        tx.organization().uuid(),
        id.uuid(),
        reason,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// Records what was given, or that nothing is given anymore.
pub async fn given(
    tx: &mut TenantTx,
    id: RewardClaimId,
    (given, commission): (i64, Option<CommissionId>),
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update reward_claims
         set given = $3, commission_id = coalesce($4, commission_id), given_at = $5,
             state = case when state = 'Approved' then 'Paid' else state end
         where organization_id = $1 and id = $2",
        tx.organization().uuid(),
        id.uuid(),
        given,
        commission.map(CommissionId::uuid),
        now,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// Whether a payment with this key was made.
pub async fn is_paid(tx: &mut TenantTx, key: &str) -> Result<bool, sqlx::Error> {
    let found = sqlx::query!(
        "select payment_key from reward_payments where organization_id = $1 and payment_key = $2",
        tx.organization().uuid(),
        key,
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(found.is_some())
}

/// Uses up the key of a payment. The primary key refuses a second one, with everything in its transaction.
pub async fn paid(tx: &mut TenantTx, key: &str, commission: CommissionId, now: Timestamp) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into reward_payments (organization_id, payment_key, commission_id, created_at) values ($1, $2, $3, $4)",
        tx.organization().uuid(),
        key,
        commission.uuid(),
        now,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// Claims of these tenants that still have to be given, or whose bonus has to be deducted; of each tenant, the oldest
/// first. As long as the bonus is denied, there is nothing to deduct.
pub async fn due(tx: &mut TenantsTx, limit: i64) -> Result<Vec<(OrganizationId, RewardClaimId)>, sqlx::Error> {
    let organizations = tx.tenant_ids();
    let rows = sqlx::query!(
        r#"select c.organization_id as "organization_id: OrganizationId", c.id as "id: RewardClaimId"
           from reward_claims c
           left join commissions m on m.organization_id = c.organization_id and m.id = c.commission_id
           where c.organization_id = any ($1) and (c.state = 'Approved' or (c.state = 'TakenBack' and c.given > 0))
             and (c.state = 'Approved' or m.amount > 0)
           order by c.organization_id, c.id limit $2"#,
        &organizations,
        limit,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().map(|row| (row.organization_id, row.id)).collect())
}

//! SQL for payout holds: affiliates who aren't paid until a person releases them or the hold expires.

use std::collections::HashMap;

use shared::{id::AffiliateId, timestamp::Timestamp};

use kit::db::{TenantTx, TenantsTx};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hold {
    pub reason: String,
    /// `user:…`, `api_key:…` or `system`.
    pub actor: String,
    pub held_at: Timestamp,
}

/// The holds of those of the affiliates who have one.
pub async fn of(tx: &mut TenantTx, affiliates: &[AffiliateId]) -> Result<HashMap<AffiliateId, Hold>, sqlx::Error> {
    let ids: Vec<_> = affiliates.iter().map(|id| id.uuid()).collect();
    let rows = sqlx::query!(
        "select affiliate_id, reason, actor, held_at from payout_holds
         where organization_id = $1 and affiliate_id = any ($2)",
        tx.organization().uuid(),
        &ids,
    )
    .fetch_all(tx.conn())
    .await?;
    let hold = |reason, actor, held_at| Hold { reason, actor, held_at };
    Ok(rows.into_iter().map(|row| (row.affiliate_id, hold(row.reason, row.actor, row.held_at))).collect())
}

pub async fn read(tx: &mut TenantTx, affiliate: AffiliateId) -> Result<Option<Hold>, sqlx::Error> {
    Ok(of(tx, &[affiliate]).await?.remove(&affiliate))
}

/// Sets a hold that a person must end. An existing hold keeps its time and gets the new reason; if it is a pause that
/// ends automatically, that goes on under the hold.
pub async fn set(
    tx: &mut TenantTx,
    affiliate: AffiliateId,
    (reason, actor): (&str, &str),
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into payout_holds as h (organization_id, affiliate_id, reason, actor, held_at)
         values ($1, $2, $3, $4, $5)
         on conflict (organization_id, affiliate_id) do update
         set reason = excluded.reason, actor = excluded.actor, ends_at = null,
             paused_until = coalesce(h.ends_at, h.paused_until),
             pause_reason = case when h.ends_at is null then h.pause_reason else h.reason end",
        tx.organization().uuid(),
        affiliate.uuid(),
        reason,
        actor,
        now,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// Puts the affiliate on hold until a person releases them. If they are on hold already, the reason is added to that
/// hold's, and a pause goes on under the hold: releasing one must not release the other unnoticed. Returns false if the
/// hold has this reason already.
pub async fn add(tx: &mut TenantTx, affiliate: AffiliateId, reason: &str, now: Timestamp) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "insert into payout_holds as h (organization_id, affiliate_id, reason, actor, held_at)
         values ($1, $2, left($3, 1000), 'system', $4)
         on conflict (organization_id, affiliate_id) do update
         set reason = case when h.ends_at is null then left(excluded.reason || ' Before: ' || h.reason, 1000)
                           else excluded.reason end,
             actor = case when h.ends_at is null then h.actor else excluded.actor end,
             held_at = case when h.ends_at is null then h.held_at else excluded.held_at end, ends_at = null,
             paused_until = coalesce(h.ends_at, h.paused_until),
             pause_reason = case when h.ends_at is null then h.pause_reason else h.reason end
         where h.ends_at is not null or strpos(h.reason, excluded.reason) = 0",
        tx.organization().uuid(),
        affiliate.uuid(),
        reason,
        now,
    )
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Pauses payouts: sets a hold that ends automatically. Under a hold that a person must end, the pause goes on if that
/// is released earlier.
pub async fn for_some_days(
    tx: &mut TenantTx,
    affiliate: AffiliateId,
    reason: &str,
    (now, until): (Timestamp, Timestamp),
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into payout_holds as h (organization_id, affiliate_id, reason, actor, held_at, ends_at)
         values ($1, $2, $3, 'system', $4, $5)
         on conflict (organization_id, affiliate_id) do update
         set ends_at = case when h.ends_at is null then null else excluded.ends_at end,
             paused_until = case when h.ends_at is null then excluded.ends_at else h.paused_until end,
             pause_reason = case when h.ends_at is null then excluded.reason else h.pause_reason end",
        tx.organization().uuid(),
        affiliate.uuid(),
        reason,
        now,
        until,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// Ends the expired holds of the transaction's tenants.
pub async fn end(tx: &mut TenantsTx, now: Timestamp) -> Result<(), sqlx::Error> {
    sqlx::query!("delete from payout_holds where ends_at <= $1", now).execute(tx.conn()).await.map(drop)
}

/// Ends the expired holds of the transaction's organization.
pub async fn end_own(tx: &mut TenantTx, now: Timestamp) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "delete from payout_holds where organization_id = $1 and ends_at <= $2",
        tx.organization().uuid(),
        now,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// Releases the affiliate. If a pause isn't over yet, it replaces a hold that a person had to end, and only a second
/// release ends it: returns the pause's reason then.
pub async fn remove(tx: &mut TenantTx, affiliate: AffiliateId, now: Timestamp) -> Result<Option<String>, sqlx::Error> {
    let paused = sqlx::query_scalar!(
        "update payout_holds
         set ends_at = paused_until, reason = coalesce(pause_reason, reason), actor = 'system', paused_until = null,
             pause_reason = null
         where organization_id = $1 and affiliate_id = $2 and ends_at is null and paused_until > $3
         returning reason",
        tx.organization().uuid(),
        affiliate.uuid(),
        now,
    )
    .fetch_optional(tx.conn())
    .await?;
    if paused.is_some() {
        return Ok(paused);
    }
    sqlx::query!(
        "delete from payout_holds where organization_id = $1 and affiliate_id = $2",
        tx.organization().uuid(),
        affiliate.uuid(),
    )
    .execute(tx.conn())
    .await?;
    Ok(None)
}

//! SQL of payout methods other than Stripe.

use std::collections::HashMap;

use shared::{id::AffiliateId, timestamp::Timestamp};

use super::method::Rail;
use kit::db::{TenantTx, corrupt_column};

/// The method that an affiliate chose; the details stay encrypted until someone needs them.
#[derive(Debug, Clone)]
pub struct Chosen {
    pub affiliate: AffiliateId,
    pub rail: Rail,
    /// Decrypted by [`super::encryption::open`].
    pub sealed_details: String,
    pub hint: String,
    pub updated_at: Timestamp,
}

/// Loads the methods of the given affiliates, for those who chose one.
pub async fn of(tx: &mut TenantTx, affiliates: &[AffiliateId]) -> Result<HashMap<AffiliateId, Chosen>, sqlx::Error> {
    let ids: Vec<_> = affiliates.iter().map(|id| id.uuid()).collect();
    let rows = sqlx::query!(
        "select affiliate_id, rail, sealed_details, hint, updated_at from payout_methods
         where organization_id = $1 and affiliate_id = any ($2)",
        tx.organization().uuid(),
        &ids,
    )
    .fetch_all(tx.conn())
    .await?;
    let chosen = rows.into_iter().map(|row| {
        let affiliate = row.affiliate_id;
        let rail = Rail::parse(&row.rail).ok_or_else(|| corrupt_column("payout_methods.rail"))?;
        let updated_at = row.updated_at;
        Ok((affiliate, Chosen { affiliate, rail, sealed_details: row.sealed_details, hint: row.hint, updated_at }))
    });
    chosen.collect()
}

pub async fn read(tx: &mut TenantTx, affiliate: AffiliateId) -> Result<Option<Chosen>, sqlx::Error> {
    Ok(of(tx, &[affiliate]).await?.remove(&affiliate))
}

pub async fn set(
    tx: &mut TenantTx,
    affiliate: AffiliateId,
    (rail, sealed, hint): (Rail, &str, &str),
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into payout_methods (organization_id, affiliate_id, rail, sealed_details, hint, updated_at)
         values ($1, $2, $3, $4, $5, $6)
         on conflict (organization_id, affiliate_id) do update
         set rail = excluded.rail, sealed_details = excluded.sealed_details, hint = excluded.hint,
             updated_at = excluded.updated_at",
        tx.organization().uuid(),
        affiliate.uuid(),
        rail.as_str(),
        sealed,
        hint,
        now,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

pub async fn remove(tx: &mut TenantTx, affiliate: AffiliateId) -> Result<bool, sqlx::Error> {
    let gone = sqlx::query!(
        "delete from payout_methods where organization_id = $1 and affiliate_id = $2",
        tx.organization().uuid(),
        affiliate.uuid(),
    )
    .execute(tx.conn())
    .await?;
    Ok(gone.rows_affected() == 1)
}

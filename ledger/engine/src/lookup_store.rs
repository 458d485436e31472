//! SQL that looks up affiliates and programs.

use std::collections::HashMap;

use shared::id::{AffiliateId, ProgramId};

use kit::db::TenantTx;

#[derive(Debug)]
pub struct KnownAffiliate {
    pub slug: String,
    pub status: String,
}

pub async fn affiliate(tx: &mut TenantTx, affiliate: AffiliateId) -> Result<Option<KnownAffiliate>, sqlx::Error> {
    Ok(affiliates(tx, &[affiliate]).await?.remove(&affiliate))
}

/// Those of these affiliates that exist.
pub async fn affiliates(
    tx: &mut TenantTx,
    affiliates: &[AffiliateId],
) -> Result<HashMap<AffiliateId, KnownAffiliate>, sqlx::Error> {
    let rows = sqlx::query!(
        "select id, slug, status from affiliates where organization_id = $1 and id = any ($2)",
        tx.organization().uuid(),
        &affiliates.iter().map(|affiliate| affiliate.uuid()).collect::<Vec<_>>(),
    )
    .fetch_all(tx.conn())
    .await?;
    let known =
        rows.into_iter().map(|row| (AffiliateId::new(row.id), KnownAffiliate { slug: row.slug, status: row.status }));
    Ok(known.collect())
}

pub async fn has_program(tx: &mut TenantTx, program: ProgramId) -> Result<bool, sqlx::Error> {
    let found = sqlx::query_scalar!(
        "select id from programs where organization_id = $1 and id = $2",
        tx.organization().uuid(),
        program.uuid(),
    );
    Ok(found.fetch_optional(tx.conn()).await?.is_some())
}

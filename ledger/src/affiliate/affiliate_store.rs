//! SQL of making affiliates.

use shared::{
    id::{AffiliateId, OrganizationId},
    timestamp::Timestamp,
};

use crate::db::{TenantTx, at};

/// An affiliate about to be made.
#[derive(Debug)]
pub struct NewAffiliate {
    pub id: AffiliateId,
    pub slug: String,
    /// In lower case.
    pub email: String,
    pub name: String,
    pub status: &'static str,
}

/// # Errors
/// Constraint `affiliates_organization_id_email_key` where another one has the address.
pub async fn insert(
    tx: &mut TenantTx,
    organization: OrganizationId,
    affiliate: &NewAffiliate,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into affiliates (organization_id, id, slug, email, name, status, created_at)
         values ($1, $2, $3, $4, $5, $6, $7)",
        organization.uuid(),
        affiliate.id.uuid(),
        affiliate.slug,
        affiliate.email,
        affiliate.name,
        affiliate.status,
        at(now),
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

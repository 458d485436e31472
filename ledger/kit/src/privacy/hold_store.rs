//! SQL that blocks an erasure while something is written about an affiliate.

use shared::id::{AffiliateId, OrganizationId};
use sqlx::PgConnection;

/// Locks an affiliate's row until the transaction ends, so that no one can erase them in between. Returns false if they
/// are already erased. Call it before writing about a person.
pub async fn hold(
    conn: &mut PgConnection,
    organization: OrganizationId,
    affiliate: AffiliateId,
) -> Result<bool, sqlx::Error> {
    let held = sqlx::query_scalar!(
        "select id from affiliates where organization_id = $1 and id = $2 and erased_at is null for share",
        organization.uuid(),
        affiliate.uuid(),
    )
    .fetch_optional(conn)
    .await?;
    Ok(held.is_some())
}

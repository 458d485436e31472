//! SQL that keeps an erasure out while something is written about an affiliate.

use shared::id::{AffiliateId, OrganizationId};
use sqlx::PgConnection;

/// Whether the affiliate isn't erased; then nobody erases them before the transaction ends. What is written about a person comes
/// after this.
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

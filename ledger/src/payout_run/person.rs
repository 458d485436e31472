//! The person behind an actor: who approves a run as the second one must be somebody else, and a key is whoever made it.

use shared::id::{ApiKeyId, OrganizationId, UserId};

use crate::db::TenantTx;

/// Keys can make keys; a chain longer than that was made to hide somebody.
const HANDS: usize = 20;

/// None where nobody is known: for scheduled work, and for keys that were there before anybody signed in.
///
/// # Errors
/// Of the database.
pub async fn behind(
    tx: &mut TenantTx,
    organization: OrganizationId,
    actor: &str,
) -> Result<Option<UserId>, sqlx::Error> {
    let mut actor = actor.to_owned();
    for _ in 0..HANDS {
        if let Some(user) = actor.strip_prefix("user:") {
            return Ok(user.parse().ok());
        }
        let Some(key) = actor.strip_prefix("api_key:").and_then(|key| key.parse::<ApiKeyId>().ok()) else {
            return Ok(None);
        };
        let maker = sqlx::query_scalar!(
            "select created_by from api_keys where organization_id = $1 and id = $2",
            organization.uuid(),
            key.uuid(),
        )
        .fetch_optional(tx.conn())
        .await?;
        let Some(maker) = maker.flatten() else { return Ok(None) };
        actor = maker;
    }
    Ok(None)
}

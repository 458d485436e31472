//! Decisions for pages, with people's names where the API has their actors' IDs.

use super::view::Decision;
use identity::audit::names;
use kit::db::TenantTx;

/// Replaces the actors of decisions (`user:usr_…`) by their names.
pub async fn by_name(tx: &mut TenantTx, decisions: &mut [Decision]) -> Result<(), sqlx::Error> {
    let names = names::own(tx, decisions.iter().map(|one| one.actor.as_str())).await?;
    for one in decisions {
        one.actor = names::actor_name(&names, &one.actor);
    }
    Ok(())
}

//! Decides whether affiliates may ask the organization's model: the brand lets them, there is a model, and the brand's plan
//! includes the co-pilot. The portal's link and its page follow the same decision.

use super::ask_store::{self, Asking};
use crate::organization::{gate, plan::Feature};
use kit::{db::TenantTx, error::Result, state::AppState};

/// Returns how much affiliates may ask, or `None` if they may not.
///
/// # Errors
/// 503 if the database is unavailable.
pub async fn allowed(tx: &mut TenantTx, state: &AppState) -> Result<Option<Asking>> {
    let Some((asking, has_own_model)) = ask_store::enabled(tx).await? else { return Ok(None) };
    if !has_own_model && state.config.copilot.is_none() {
        return Ok(None);
    }
    let subscription = gate::subscription(tx, state).await?;
    let is_included = subscription.is_none_or(|subscription| subscription.allows(Feature::CoPilot).is_ok());
    Ok(is_included.then_some(asking))
}

//! Ends expired trials without a subscription. Runs only where plans are sold; where they are also billed,
//! [`crate::billing::job`] does it, and emails the owners.

use std::time::Duration;

use serde_json::json;

use super::store;
use crate::{
    access::actor::Actor,
    audit::{self, Entry},
};
use kit::{error::Result, state::AppState};

/// Trials last whole days; checking more often costs little and survives restarts.
pub const EVERY: Duration = Duration::from_secs(3_600);

pub async fn once(state: &AppState) -> Result<()> {
    if !state.config.plan_gates || state.config.billing.is_some() {
        return Ok(());
    }
    let now = state.clock.now();
    for tenants in state.db.all_tenants().await?.chunks(1_000) {
        let mut tx = state.db.tenants(tenants.to_vec()).await?;
        for ended in store::end_trials(&mut tx, now).await? {
            let entry = Entry::new("subscription.trial_ended", ended).after(json!({"status": "Cancelled"}));
            audit::record_for(&mut tx, ended, &Actor::system(), now, entry).await?;
        }
        tx.commit().await?;
    }
    Ok(())
}

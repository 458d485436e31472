//! Reads the feeds of peers that are due, one after another, hides those of peers that have been silent for long, and
//! follows what creators sent to peers.

use std::time::Duration;

use kit::{db::Holder, error::Result, state::AppState};

use super::{deliver, peer::SHOWN_DAYS, peer_store, pull};

pub const EVERY: Duration = Duration::from_secs(60);
/// The interval where the clock is moved manually.
pub const EVERY_EAGER: Duration = Duration::from_secs(4);
/// The most peers that one round reads.
const PEERS_MAX: usize = 20;

/// # Errors
/// Fails if the database is unavailable.
pub async fn once(state: &AppState) -> Result<()> {
    if !state.config.network.federation {
        return Ok(());
    }
    for _ in 0..PEERS_MAX {
        if !pull::one(state, None).await? {
            break;
        }
    }
    let mut tx = state.db.global(Holder::Nothing).await?;
    peer_store::hide_stale(&mut tx, state.clock.now().plus_days(-SHOWN_DAYS)).await?;
    tx.commit().await?;
    deliver::once(state).await
}

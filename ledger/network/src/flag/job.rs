//! Checks creators whose profile or channels changed.

use std::time::Duration;

use super::{check, check_store, store};
use kit::{db::Holder, error::Result, state::AppState};

pub const EVERY: Duration = Duration::from_secs(600);
/// The interval where the clock is moved manually.
pub const EVERY_EAGER: Duration = Duration::from_secs(4);
/// Creators of a round; the others wait for the next one.
const ROUND_MAX: i64 = 20_000;
const BATCH_MAX: usize = 250;

/// One round.
pub async fn once(state: &AppState) -> Result<()> {
    if !state.config.network.enabled {
        return Ok(());
    }
    let mut tx = state.db.global(Holder::Nothing).await?;
    store::operate(tx.conn()).await?;
    let due = check_store::due(&mut tx, ROUND_MAX).await?;
    tx.commit().await?;
    for creators in due.chunks(BATCH_MAX) {
        if state.is_stopping() {
            return Ok(());
        }
        check::of(state, creators).await?;
    }
    Ok(())
}

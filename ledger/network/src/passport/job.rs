//! Sends what is due to other installations, and forgets what is over on both sides.

use std::time::Duration;

use kit::{db::Holder, error::Result, state::AppState};

use super::{KEPT_DAYS, UNUSED_DAYS, deliver, store};
use crate::arrival::store as arrival_store;

pub const EVERY: Duration = Duration::from_secs(15);
/// The interval where the clock is moved manually.
pub const EVERY_EAGER: Duration = Duration::from_secs(2);
/// The most messages that one round sends.
const MESSAGES_MAX: usize = 50;

/// # Errors
/// Fails if the database is unavailable.
pub async fn once(state: &AppState) -> Result<()> {
    if !state.config.network.federation {
        return Ok(());
    }
    for _ in 0..MESSAGES_MAX {
        if !deliver::one(state).await? {
            break;
        }
    }
    let now = state.clock.now();
    let mut tx = state.db.global(Holder::Nothing).await?;
    arrival_store::exchange(tx.conn()).await?;
    arrival_store::forget_old(&mut tx, (now.plus_days(-UNUSED_DAYS), now.plus_days(-KEPT_DAYS))).await?;
    store::forget_old(&mut tx, now.plus_days(-KEPT_DAYS)).await?;
    Ok(tx.commit().await?)
}

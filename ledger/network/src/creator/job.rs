//! Deletes creators' expired links and sessions.

use super::session_store;
use kit::{db::Holder, state::AppState};

/// Runs once.
pub async fn forget_old(state: &AppState) -> Result<(), sqlx::Error> {
    let mut tx = state.db.global(Holder::Nothing).await?;
    session_store::forget_old(&mut tx, state.clock.now()).await?;
    tx.commit().await
}

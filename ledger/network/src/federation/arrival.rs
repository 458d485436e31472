//! What a creator brings from another installation to the form of one of our programs.

use kit::{db::Holder, error::Result, state::AppState};
use shared::id::{CreatorId, ProgramId};

use super::{arrival_store, passport::Person};

/// The installation that announced the creator for this program, and what it says about them; nothing where the
/// installation doesn't federate.
///
/// # Errors
/// Fails if the database is unavailable.
pub async fn of(state: &AppState, creator: CreatorId, program: ProgramId) -> Result<Option<(String, Person)>> {
    if !state.config.network.federation {
        return Ok(None);
    }
    let mut tx = state.db.global(Holder::Creator(creator)).await?;
    let found = arrival_store::of_creator(&mut tx, program).await?;
    tx.commit().await?;
    Ok(found)
}

/// The creator applied: from now on the installation that announced them learns what becomes of it.
///
/// # Errors
/// Fails if the database is unavailable.
pub async fn follow(state: &AppState, creator: CreatorId, program: ProgramId) -> Result<()> {
    if !state.config.network.federation {
        return Ok(());
    }
    let mut tx = state.db.global(Holder::Creator(creator)).await?;
    arrival_store::follow(&mut tx, creator, program).await?;
    tx.commit().await?;
    Ok(())
}

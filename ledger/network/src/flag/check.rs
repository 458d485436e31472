//! Compares creators' bios and channels with those of others, and notes what is alike.

use shared::id::{self, CreatorId};
use uuid::Uuid;

use super::{Reason, check_store, store};
use kit::{compiled_once, db::Holder, error::Result, state::AppState};

/// Checks these creators. Who waited to be listed and has nothing left to look at is listed then.
#[compiled_once]
pub async fn of(state: &AppState, creators: &[Uuid]) -> Result<()> {
    let now = state.clock.now();
    let mut tx = state.db.global(Holder::Nothing).await?;
    store::operate(tx.conn()).await?;
    check_store::print(&mut tx, creators, now).await?;
    let settled = check_store::settle(&mut tx, creators, now).await?;
    let copied = check_store::copied(&mut tx, creators).await?;
    let shared = check_store::shared(&mut tx, creators).await?;
    for (reason, found) in [(Reason::CopiedProfile, copied), (Reason::SharedChannel, shared)] {
        for new in found {
            let id = state.new_id::<id::NetworkMessage>().uuid();
            store::raise(&mut tx, (id, reason), &new, now).await?;
        }
    }
    tx.commit().await?;
    for creator in settled {
        release(state, CreatorId::new(creator)).await?;
    }
    Ok(())
}

/// Lists a creator who waited, if nothing is left to look at.
pub async fn release(state: &AppState, creator: CreatorId) -> Result<()> {
    let mut tx = state.db.global(Holder::Creator(creator)).await?;
    store::release(&mut tx, creator, state.clock.now()).await?;
    Ok(tx.commit().await?)
}

/// Checks one creator, and returns whether something about them waits for the operator.
pub async fn is_flagged(state: &AppState, creator: CreatorId) -> Result<bool> {
    of(state, &[creator.uuid()]).await?;
    let mut tx = state.db.global(Holder::Creator(creator)).await?;
    let is_flagged = store::is_flagged(&mut tx, creator).await?;
    tx.commit().await?;
    Ok(is_flagged)
}

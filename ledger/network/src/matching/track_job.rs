//! Counts creators' track records once a day.

use std::time::Duration;

use super::track_store::{self, Row};
use crate::flag::store as flag_store;
use kit::{db::Holder, error::Result, state::AppState};

pub const EVERY: Duration = Duration::from_secs(900);
/// The interval where the clock is moved manually.
pub const EVERY_EAGER: Duration = Duration::from_secs(4);
/// Creators of a round; the others wait for the next one.
const ROUND_MAX: i64 = 20_000;
/// Few, because a transaction is slower the more brands it is bound to.
const BATCH_MAX: usize = 100;

/// One round.
pub async fn once(state: &AppState) -> Result<()> {
    if !state.config.network.enabled {
        return Ok(());
    }
    let now = state.clock.now();
    let mut tx = state.db.global(Holder::Nothing).await?;
    flag_store::operate(tx.conn()).await?;
    let due = track_store::due(&mut tx, now.plus_days(-1), ROUND_MAX).await?;
    tx.commit().await?;
    if due.is_empty() {
        return Ok(());
    }
    let open = state.db.all_tenants().await?;
    for creators in due.chunks(BATCH_MAX) {
        if state.is_stopping() {
            return Ok(());
        }
        let mut tx = state.db.global(Holder::Nothing).await?;
        flag_store::operate(tx.conn()).await?;
        let mut brands = track_store::brands(&mut tx, creators).await?;
        tx.commit().await?;
        // The list of all brands is in order.
        brands.retain(|brand| open.binary_search(brand).is_ok());
        let mut tx = state.db.tenants(brands).await?;
        let sold = track_store::sold(&mut tx, creators, now).await?;
        tx.commit().await?;
        let points: Vec<_> = sold.into_iter().filter_map(points).collect();
        let mut tx = state.db.global(Holder::Nothing).await?;
        flag_store::operate(tx.conn()).await?;
        track_store::keep(&mut tx, creators, &points, now).await?;
        tx.commit().await?;
    }
    Ok(())
}

fn points(row: Row) -> Option<(uuid::Uuid, String, i16)> {
    let record = row.sold.record()?;
    Some((row.creator, row.topic, i16::from(record.points())))
}

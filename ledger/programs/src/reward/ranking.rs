//! The places in a contest or on a leaderboard: each affiliate who opens the portal's page needs all of them to see
//! their own, and a brand sees the best. Places that took long to find are cached for a minute, as is that they took
//! too long.

use std::{sync::Arc, time::Duration};

use shared::{
    id::{AffiliateId, OrganizationId},
    timestamp::Timestamp,
};
use tokio::time::Instant;

use super::{
    Window,
    score_store::{self, Of},
};
use kit::{
    db::{TenantTx, time_limit_store},
    error::Result,
    page::ttl_cache::TtlCache,
};

/// From this time on, finding the places took long.
const LONG: Duration = Duration::from_millis(500);

/// By organization, and by everything that the places depend on. `None`: finding them took too long.
static KEPT: TtlCache<(OrganizationId, String), Option<Arc<Vec<Placed>>>> = TtlCache::empty();

/// An affiliate's place in a period; equal values have the same one.
#[derive(Debug)]
pub struct Placed {
    pub affiliate: AffiliateId,
    /// As the brand knows them.
    pub name: String,
    pub value: i64,
    pub place: i64,
}

/// The places in a period, from the best to the least; `None` if there are more sales than can be counted in time.
/// A statement that takes too long ends its transaction: none is left then, and no more places are found without one.
///
/// # Errors
/// 503 if the database is unavailable.
pub async fn places(
    tx: &mut Option<TenantTx>,
    of: &Of<'_>,
    window: &Window,
    now: Timestamp,
) -> Result<Option<Arc<Vec<Placed>>>> {
    let Some(open) = tx.as_mut() else { return Ok(None) };
    let started = Instant::now();
    let key = (open.organization(), format!("{of:?} {window:?}"));
    if let Some(kept) = KEPT.get(&key, started) {
        return Ok((*kept).clone());
    }
    let places = match score_store::values(open, of, std::slice::from_ref(window), now).await {
        Ok(values) => Arc::new(values.into_iter().map(placed).collect::<Vec<_>>()),
        Err(error) if time_limit_store::is_exceeded(&error) => {
            KEPT.put(key, started, &Arc::new(None));
            *tx = None;
            return Ok(None);
        }
        Err(error) => return Err(error.into()),
    };
    if started.elapsed() >= LONG {
        KEPT.put(key, started, &Arc::new(Some(Arc::clone(&places))));
    }
    Ok(Some(places))
}

fn placed(value: score_store::Value) -> Placed {
    let score_store::Value { affiliate, name, value, place, .. } = value;
    Placed { affiliate, name, value, place }
}

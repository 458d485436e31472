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
    error::{Error, Result},
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

/// The places in a period, from the best to the least.
///
/// # Errors
/// 503 if there are more sales than can be counted in time.
pub async fn places(tx: &mut TenantTx, of: &Of<'_>, window: &Window, now: Timestamp) -> Result<Arc<Vec<Placed>>> {
    let started = Instant::now();
    let key = (tx.organization(), format!("{of:?} {window:?}"));
    if let Some(kept) = KEPT.get(&key, started) {
        return (*kept).clone().ok_or_else(|| Error::unavailable("finding the places took too long before"));
    }
    let places = match score_store::values(tx, of, std::slice::from_ref(window), now).await {
        Ok(values) => Arc::new(values.into_iter().map(placed).collect::<Vec<_>>()),
        Err(error) => {
            if time_limit_store::is_exceeded(&error) {
                KEPT.put(key, started, &Arc::new(None));
            }
            return Err(error.into());
        }
    };
    if started.elapsed() >= LONG {
        KEPT.put(key, started, &Arc::new(Some(Arc::clone(&places))));
    }
    Ok(places)
}

fn placed(value: score_store::Value) -> Placed {
    let score_store::Value { affiliate, name, value, place, .. } = value;
    Placed { affiliate, name, value, place }
}

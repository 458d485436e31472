//! Everyone's places in a contest or on a leaderboard, for the portal: each affiliate who opens the page needs all of
//! them to see their own. Places that took long to find are cached for a minute.

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
use kit::{db::TenantTx, page::ttl_cache::TtlCache};

/// From this time on, finding the places took long.
const LONG: Duration = Duration::from_millis(500);

/// By organization, and by everything that the places depend on.
static KEPT: TtlCache<(OrganizationId, String), Vec<Placed>> = TtlCache::empty();

/// An affiliate's place in a period; equal values have the same one.
#[derive(Debug)]
pub struct Placed {
    pub affiliate: AffiliateId,
    pub value: i64,
    pub place: i64,
}

/// The places in a period, from the best to the least.
pub async fn places(
    tx: &mut TenantTx,
    of: &Of<'_>,
    window: &Window,
    now: Timestamp,
) -> Result<Arc<Vec<Placed>>, sqlx::Error> {
    let started = Instant::now();
    let key = (tx.organization(), format!("{of:?} {window:?}"));
    if let Some(kept) = KEPT.get(&key, started) {
        return Ok(kept);
    }
    let values = score_store::values(tx, of, std::slice::from_ref(window), now).await?;
    let placed =
        |value: score_store::Value| Placed { affiliate: value.affiliate, value: value.value, place: value.place };
    let places = Arc::new(values.into_iter().map(placed).collect());
    if started.elapsed() >= LONG {
        KEPT.put(key, started, &places);
    }
    Ok(places)
}

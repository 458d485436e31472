//! A year as the dashboard's page shows it. Where many were paid it takes long to be summed up, and is kept for a minute; a later
//! payment, a form that came or was decided on, and another threshold are seen at once all the same. What came back of a
//! payment, another name, and a payment that was written down after a later one may take that minute. Files and the API read
//! the year as it is.

use std::sync::Arc;

use shared::{id::OrganizationId, timestamp::Timestamp};
use time::Date;
use tokio::time::Instant;

use super::{
    year::{self, Year},
    year_store::{self, Version},
};
use kit::{db::TenantTx, error::Result, page::ttl_cache::TtlCache};

/// With so many people a year is kept.
const MANY: usize = 1_000;

/// Whose year, as of which day and of what had happened by then.
type Key = (OrganizationId, i32, Date, Version);
static KEPT: TtlCache<Key, Year> = TtlCache::empty();

pub(super) async fn load(
    tx: &mut TenantTx,
    organization: OrganizationId,
    year: i32,
    now: Timestamp,
) -> Result<Arc<Year>> {
    let started = Instant::now();
    let key = (organization, year, now.date(), year_store::version(tx, organization).await?);
    if let Some(kept) = KEPT.get(&key, started) {
        return Ok(kept);
    }
    let loaded = Arc::new(year::load(tx, organization, year, now).await?);
    if loaded.lines.len() >= MANY {
        KEPT.put(key, started, &loaded);
    }
    Ok(loaded)
}

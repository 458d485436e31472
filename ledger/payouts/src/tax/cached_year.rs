//! Caches a year for the dashboard's page. A year with many payees takes long to sum up, and is cached for a minute. A
//! later payment, a form that is submitted or decided on, and another threshold appear immediately all the same; a
//! returned payment, a changed name, and a payment that was recorded after a later one may take that minute. Files and
//! the API read the current data.

use std::sync::Arc;

use shared::{id::OrganizationId, timestamp::Timestamp};
use time::Date;
use tokio::time::Instant;

use super::{
    year::{self, Year},
    year_store::{self, Version},
};
use kit::{db::TenantTx, error::Result, page::ttl_cache::TtlCache};

/// A year with at least this many payees is cached.
const MANY: usize = 1_000;

/// The organization, the year, the current day, and the version of the data.
type Key = (OrganizationId, i32, Date, Version);
static KEPT: TtlCache<Key, Year> = TtlCache::empty();

pub(super) async fn load(tx: &mut TenantTx, year: i32, now: Timestamp) -> Result<Arc<Year>> {
    let started = Instant::now();
    let key = (tx.organization(), year, now.date(), year_store::version(tx).await?);
    if let Some(kept) = KEPT.get(&key, started) {
        return Ok(kept);
    }
    let loaded = Arc::new(year::load(tx, year, now).await?);
    if loaded.lines.len() >= MANY {
        KEPT.put(key, started, &loaded);
    }
    Ok(loaded)
}

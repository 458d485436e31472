//! Ranks affiliates by their figures. Large rankings are cached for a minute.

use std::sync::Arc;

use shared::{id::OrganizationId, timestamp::Timestamp};
use tokio::time::Instant;
use uuid::Uuid;

use super::figures_store::{self, Within};
use kit::{
    db::TenantTx,
    page::{list::Sort, ttl_cache::TtlCache},
};

/// From this many affiliates on, summing their days takes long, so the result is cached.
const MANY: usize = 1_000;

/// Organization, figure, start of the period, program.
type Key = (OrganizationId, &'static str, Timestamp, Option<Uuid>);
static KEPT: TtlCache<Key, Ranking> = TtlCache::empty();

/// Each affiliate with a figure.
pub type Ranking = Vec<(Uuid, i64)>;

/// Returns the ranking; it is empty for an order that needs no figures. Amounts are compared in the program's or
/// organization's currency with the most conversions.
pub async fn ranking(tx: &mut TenantTx, sort: Sort, within: &Within) -> Result<Arc<Ranking>, sqlx::Error> {
    if matches!(sort.key, "name" | "joined") {
        return Ok(Arc::default());
    }
    let started = Instant::now();
    let program = within.program.map(|program| program.uuid());
    let key = (tx.organization(), sort.key, within.span.from(), program);
    if let Some(kept) = KEPT.get(&key, started) {
        return Ok(kept);
    }
    let currency = figures_store::main_currency(tx, within).await?.unwrap_or_default();
    let ranking = Arc::new(figures_store::ranking(tx, sort.key, &currency, within).await?);
    if ranking.len() >= MANY {
        KEPT.put(key, started, &ranking);
    }
    Ok(ranking)
}

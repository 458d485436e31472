//! Ranks affiliates by their figures. Large rankings are cached for a minute.

use std::sync::Arc;

use shared::id::OrganizationId;
use tokio::time::Instant;
use uuid::Uuid;

use super::figures_store::{self, Within};
use engine::intake::days_store;
use kit::{
    db::TenantTx,
    page::{list::Sort, ttl_cache::TtlCache},
};

/// From this many affiliates on, summing their days takes long, so the result is cached.
const MANY: usize = 1_000;

/// Organization, figure, first UTC day, program.
type Key = (OrganizationId, &'static str, i64, Option<Uuid>);
static KEPT: TtlCache<Key, Ranking> = TtlCache::empty();

/// Each affiliate with a figure.
pub type Ranking = Vec<(Uuid, i64)>;

/// Returns the ranking; it is empty for an order that needs no figures. Amounts are compared in the currency with the
/// most conversions.
pub async fn ranking(tx: &mut TenantTx, sort: Sort, within: Within) -> Result<Arc<Ranking>, sqlx::Error> {
    if matches!(sort.key, "name" | "joined") {
        return Ok(Arc::default());
    }
    let started = Instant::now();
    let program = within.program.map(|program| program.uuid());
    let key = (tx.organization(), sort.key, days_store::day_of(within.from), program);
    if let Some(kept) = KEPT.get(&key, started) {
        return Ok(kept);
    }
    let currency = figures_store::main_currency(tx, within.from).await?.unwrap_or_default();
    let ranking = Arc::new(figures_store::ranking(tx, sort.key, &currency, within).await?);
    if ranking.len() >= MANY {
        KEPT.put(key, started, &ranking);
    }
    Ok(ranking)
}

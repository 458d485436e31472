//! Queues syncs of affiliates whose new segment has taken effect: one that was set with a future date changes no tag
//! until then. Nothing is kept of earlier rounds, because the syncs themselves show for whom none is needed.

use std::time::Duration;

use shared::{id::OrganizationId, timestamp::Timestamp};

use super::segment_store;
use kit::{error::Error, jobs::OneByOne, state::AppState};
use outbox::sync::{Reason, trigger};

pub const EVERY: Duration = Duration::from_secs(30);
const TENANTS_PER_PAGE: usize = 1_000;
/// Affiliates of one organization that are queued in one round.
const BATCH: i64 = 1_000;

/// # Errors
/// The last failing organization's, after all others had their turn; or if the database is unavailable.
pub async fn once(state: &AppState) -> Result<(), Error> {
    let (now, mut one_by_one) = (state.clock.now(), OneByOne::of("sync_new_segments"));
    for page in state.db.all_tenants().await?.chunks(TENANTS_PER_PAGE) {
        let mut tx = state.db.tenants(page.to_vec()).await?;
        let organizations = segment_store::organizations(&mut tx).await?;
        tx.commit().await?;
        for organization in organizations {
            one_by_one.note(organization, queue(state, organization, now).await);
        }
    }
    one_by_one.result()
}

async fn queue(state: &AppState, organization: OrganizationId, now: Timestamp) -> Result<(), sqlx::Error> {
    let mut tx = state.db.tenant(organization).await?;
    let due = segment_store::due(&mut tx, now, BATCH).await?;
    if !due.is_empty() {
        trigger::affiliates(&mut tx, &due, Reason::Segment, now).await?;
    }
    tx.commit().await
}

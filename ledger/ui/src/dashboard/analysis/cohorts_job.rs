//! Counts the cohorts of brands with many customers every night; for all others, the page counts them itself.

use std::time::Duration;

use shared::{id::OrganizationId, timestamp::Timestamp};

use super::{
    cohorts::{COUNTED_AT_ONCE, months},
    cohorts_store as store,
};
use kit::{error::Error, jobs::OneByOne, page::zone::Zone, state::AppState};

pub const EVERY: Duration = Duration::from_secs(3_600);
const TENANTS_PER_PAGE: usize = 1_000;
const MS_PER_DAY: i64 = 86_400_000;
/// The hour of UTC from which a new count is due.
const NIGHT_MS: i64 = 2 * 3_600_000;

/// # Errors
/// The last failing organization's; all others are counted. Or if the database is unavailable.
pub async fn once(state: &AppState) -> Result<(), Error> {
    let mut one_by_one = OneByOne::of("count_cohorts");
    let now = state.clock.now();
    for page in state.db.all_tenants().await?.chunks(TENANTS_PER_PAGE) {
        let mut tx = state.db.tenants(page.to_vec()).await?;
        let night = last_night(now);
        let due = store::due(&mut tx, COUNTED_AT_ONCE, night).await?;
        tx.commit().await?;
        for (organization, zone) in due {
            if state.is_stopping() {
                return one_by_one.result();
            }
            let organization = OrganizationId::new(organization);
            one_by_one.note(organization, count(state, organization, &Zone::named(&zone), (night, now)).await);
        }
    }
    one_by_one.result()
}

async fn count(
    state: &AppState,
    organization: OrganizationId,
    zone: &Zone,
    (night, now): (Timestamp, Timestamp),
) -> Result<(), sqlx::Error> {
    let mut tx = state.db.tenant(organization).await?;
    store::keep(&mut tx, &months(zone, now), night, now).await?;
    tx.commit().await
}

fn last_night(now: Timestamp) -> Timestamp {
    let night = now.millis().saturating_sub(NIGHT_MS).div_euclid(MS_PER_DAY);
    Timestamp::EPOCH.plus_days(night).plus_millis(NIGHT_MS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_night_begins_at_two() {
        let night = |now: &str| last_night(Timestamp::parse_rfc3339(now).unwrap()).to_string();
        assert_eq!(night("2026-11-20T02:00:00Z"), "2026-11-20T02:00:00Z");
        assert_eq!(night("2026-11-20T01:59:59Z"), "2026-11-19T02:00:00Z");
    }
}

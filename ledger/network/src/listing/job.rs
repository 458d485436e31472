//! Keeps listings up to date: what they offer follows their programs within minutes, and figures are counted once a day.

use std::time::Duration;

use shared::{
    id::{OrganizationId, ProgramId},
    timestamp::Timestamp,
};

use super::{
    change,
    email::{self, Outcome},
    figures_store, store,
};
use identity::{
    access::actor::Actor,
    audit::{self, Entry},
};
use kit::{error::Result, jobs::OneByOne, state::AppState};

pub const EVERY: Duration = Duration::from_secs(120);
/// The interval where the clock is moved manually.
pub const EVERY_EAGER: Duration = Duration::from_secs(4);

/// The period of what clicks earned.
const EARNED_DAYS: i64 = 90;
/// Sales of the last 90 days may still be on hold: those that were approved so far would make the wait look short.
const APPROVED_DAYS: (i64, i64) = (240, 90);
/// A commission is paid punctually within this many days of its approval.
const PAID_WITHIN_DAYS: i32 = 45;
const PAID_DAYS: (i64, i64) = (225, 45);

/// # Errors
/// The last failing organization's, after all others had their turn; or if the database is unavailable.
pub async fn once(state: &AppState) -> Result<()> {
    if !state.config.network.enabled {
        return Ok(());
    }
    let mut one_by_one = OneByOne::of("update_network_listings");
    let now = state.clock.now();
    for some in state.db.all_tenants().await?.chunks(1_000) {
        let mut tx = state.db.tenants(some.to_vec()).await?;
        let stale = store::stale(&mut tx, now).await?;
        let due = figures_store::due(&mut tx, now.plus_days(-1)).await?;
        tx.commit().await?;
        for (organization, program) in stale {
            one_by_one.note(organization, refresh(state, organization, program).await);
        }
        for (organization, program, currency) in due {
            one_by_one.note(organization, count(state, organization, (program, &currency), now).await);
        }
    }
    one_by_one.result()
}

async fn refresh(state: &AppState, organization: OrganizationId, program: ProgramId) -> Result<()> {
    let mut tx = state.db.tenant(organization).await?;
    if let Some((known, reason)) = change::refresh(&mut tx, state, program).await? {
        let entry = Entry::new("network_listing.paused", program).after(serde_json::json!({"reason": reason}));
        audit::record(&mut tx, &Actor::system(), state.clock.now(), entry).await?;
        email::post(&mut tx, state, &known.row, Outcome::Paused(reason)).await?;
    }
    tx.commit().await?;
    Ok(())
}

async fn count(
    state: &AppState,
    organization: OrganizationId,
    (program, currency): (ProgramId, &str),
    now: Timestamp,
) -> Result<()> {
    let mut tx = state.db.tenant(organization).await?;
    let period = |(from, to): (i64, i64)| (now.plus_days(-from), now.plus_days(-to));
    let earned = figures_store::earnings(&mut tx, (program, currency), period((EARNED_DAYS, 0))).await?;
    let approved = figures_store::approvals(&mut tx, program, period(APPROVED_DAYS)).await?;
    let paid = figures_store::punctuality(&mut tx, program, period(PAID_DAYS), PAID_WITHIN_DAYS).await?;
    let bands = (earned.band(), approved.band(), paid.band());
    figures_store::keep(&mut tx, program, bands, now).await?;
    tx.commit().await?;
    Ok(())
}

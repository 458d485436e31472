//! Checks each connection at its gateway once a day, so that a revoked key or a removed event doesn't stop sales unnoticed:
//! a connection that fails is `broken`, owners and admins get one email, and the overview shows it until it works again. If the
//! gateway doesn't answer, the check is tried again an hour later.

use std::time::Duration;

use super::{
    check,
    job_store::{self, Due},
};
use kit::{error::Result, jobs::OneByOne, state::AppState};

pub const EVERY: Duration = Duration::from_secs(300);

const HOUR_MILLIS: i64 = 3_600_000;
const AT_ONCE: i64 = 50;

/// # Errors
/// The last failing organization's, after all others had their turn; or if the database is unavailable.
pub async fn once(state: &AppState) -> Result<()> {
    let mut one_by_one = OneByOne::of("check_gateways");
    let yesterday = state.clock.now().plus_days(-1);
    for tenants in state.db.all_tenants().await?.chunks(1_000) {
        let mut tx = state.db.tenants(tenants.to_vec()).await?;
        let due = job_store::due(&mut tx, yesterday, AT_ONCE).await?;
        tx.commit().await?;
        for one in due.iter().filter(|one| may_ask(state, one)) {
            one_by_one.note(one.organization, look(state, one).await);
        }
    }
    one_by_one.result()
}

/// Development data has made-up keys, which no real gateway should get to see.
fn may_ask(state: &AppState, due: &Due) -> bool {
    !state.config.environment.is_development() || state.config.gateway_bases.of(due.gateway).is_some()
}

async fn look(state: &AppState, due: &Due) -> Result<()> {
    let yesterday = state.clock.now().plus_days(-1);
    let mut tx = state.db.tenant(due.organization).await?;
    let taken = job_store::take(&mut tx, due.id, yesterday, yesterday.plus_millis(HOUR_MILLIS)).await?;
    tx.commit().await?;
    if !taken {
        return Ok(());
    }
    let Err(error) = check::routine(state, due.organization, due.id).await else { return Ok(()) };
    // Otherwise someone removed it meanwhile.
    if !error.status().is_client_error() {
        let (at, cause) = (error.at(), error.cause());
        tracing::warn!(
            event = "gateway.check_failed", job = "check_gateways", organization = %due.organization, connection = %due.id,
            at, "checking a gateway connection failed: {cause}"
        );
    }
    Ok(())
}

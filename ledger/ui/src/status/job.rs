//! The job that runs the checks and stores their results. While the database is down, results wait in memory, so that
//! the outage itself becomes part of the history.

use std::{collections::VecDeque, time::Duration};

use shared::timestamp::Timestamp;

use super::{check, store};
use kit::{db::Holder, state::AppState, status::Finding};

/// Maximum results waiting for the database: about an hour of them.
const WAITING_MAX: usize = 7 * 120;
pub const KEEP_DAYS: i64 = 90;

/// Runs until the process stops.
pub async fn run(state: AppState) {
    let every = Duration::from_secs(u64::from(state.config.status_seconds));
    let mut waiting = VecDeque::new();
    while !state.is_stopping() {
        for finding in check::all(&state).await {
            state.status.note(finding);
            waiting.push_back(finding);
        }
        while waiting.len() > WAITING_MAX {
            waiting.pop_front();
        }
        if let Err(error) = keep(&state, &waiting).await {
            tracing::warn!(event = "status.checks_not_stored", "could not store the status checks: {error}");
        } else {
            waiting.clear();
        }
        tokio::select! {
            () = tokio::time::sleep(every) => {}
            () = state.stopped() => {}
        }
    }
}

async fn keep(state: &AppState, findings: &VecDeque<Finding>) -> Result<(), sqlx::Error> {
    let mut tx = state.db.global(Holder::Nothing).await?;
    for finding in findings {
        let slot = slot(finding.at, state.config.status_seconds);
        store::keep(&mut tx, finding, slot, || state.new_id::<shared::id::EventKind>().uuid()).await?;
    }
    store::forget(&mut tx, state.clock.wall().plus_days(-KEEP_DAYS)).await?;
    tx.commit().await
}

/// Rounds a time down to its slot. Several ledgers check at their own times; only the first result in each slot counts.
fn slot(at: Timestamp, seconds: u32) -> Timestamp {
    let length = i64::from(seconds.max(1)) * 1_000;
    at.plus_millis(-at.millis().rem_euclid(length))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slot_is_a_span_of_the_clock() {
        let at = |millis| slot(Timestamp::from_millis(millis).unwrap(), 30).millis();
        assert_eq!([at(29_999), at(30_000), at(59_000)], [0, 30_000, 30_000]);
    }
}

//! Archives clicks without being called, where `REKOMI_CLICK_ARCHIVE_AFTER_MONTHS` asks for it.

use std::time::Duration;

use super::{
    archive::{self, Outcome},
    month::Month,
};
use kit::{
    error::{Error, Result},
    state::AppState,
};

/// A month becomes due once a month; this is how soon a failed one is tried again.
pub const EVERY: Duration = Duration::from_secs(6 * 3_600);

/// # Errors
/// The first month's that failed. The others were archived, and no click of the failed one was removed.
pub async fn once(state: &AppState) -> Result<()> {
    let Some(months) = state.config.click_archive_after_months else { return Ok(()) };
    let before = Month::of(state.clock.wall().date()).back(months);
    let mut failed = None;
    for (month, organizations) in archive::due(state, before).await? {
        if state.is_stopping() {
            break;
        }
        match archive::month(state, month, &organizations).await {
            Outcome::Done(done) => {
                tracing::info!(job = "archive_clicks", %month, clicks = done.clicks, removed = done.removed, "archived a month");
            }
            Outcome::Waits(reason) => tracing::debug!(job = "archive_clicks", %month, "waits: {reason}"),
            Outcome::Failed(error) => {
                tracing::error!(job = "archive_clicks", %month, "archiving clicks failed: {error:#}");
                failed = failed.or(Some(error));
            }
        }
    }
    failed.map_or(Ok(()), |error| Err(Error::internal(format!("{error:#}"))))
}

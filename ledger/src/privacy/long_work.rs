//! Erasures and exports of people, which search everything that an organization has stored.

use std::time::Duration;

use axum::http::StatusCode;
use tokio::sync::Semaphore;
use tracing::Instrument;

use kit::error::{Code, Error, Result};

/// How many erasures and exports run at once in this process: each holds one of the requests' connections for minutes.
static AT_ONCE: Semaphore = Semaphore::const_new(2);
/// How long another one waits for its turn: most take a moment.
const PATIENCE: Duration = Duration::from_secs(5);

/// Runs an erasure or an export to its end, even if the caller disconnects: for a large organization it takes minutes, and
/// a caller who didn't wait would otherwise never get an erasure done. The database finishes the statement of a caller who
/// left anyway, so work counts as running until then.
///
/// # Errors
/// As the work's; 429 if too much of it is already running, when nothing has begun.
pub(super) async fn to_the_end<T: Send + 'static>(work: impl Future<Output = Result<T>> + Send + 'static) -> Result<T> {
    let Ok(Ok(permit)) = tokio::time::timeout(PATIENCE, AT_ONCE.acquire()).await else {
        let message = "Other exports or erasures are running. Nothing was changed. Try again in a minute.";
        return Err(Error::new(StatusCode::TOO_MANY_REQUESTS, Code::TooManyRequests, message).retry_after(60));
    };
    let work = async move {
        let _permit = permit;
        work.await
    };
    tokio::spawn(work.in_current_span()).await.map_err(|error| Error::internal(error))?
}

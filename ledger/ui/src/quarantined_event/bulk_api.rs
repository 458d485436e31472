//! `/api/v1/quarantined-events/causes`, `…/retry` and `…/dismiss`: all events of one cause together.

use axum::{Json, extract::State, http::StatusCode, response::Response};
use serde::Deserialize;
use shared::timestamp::Timestamp;
use utoipa::ToSchema;

use super::{
    decide::{self, RETRIED_MAX},
    view::{QuarantineCauses, QuarantineOutcome},
};
use engine::quarantine::{cause, store};
use identity::{
    access::api_key::{ReadKey, WriteKey},
    api::write::Write,
    audit::Entry,
};
use kit::{
    api::{body::JsonBody, document::Refused, idempotency::IdempotencyKey, query::Query, text::checked},
    error::{Error, Result},
    state::AppState,
};

const REASON_MAX: usize = 100;

/// A cause, and the time up to which its events are meant.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct EventsOfCause {
    /// The cause's `reason`.
    #[schema(example = "unknown_connection")]
    reason: String,
    /// Only events that arrived until then, such as the cause's `newestAt`. Later ones stay open.
    #[schema(format = DateTime, example = "2026-11-20T08:30:00Z")]
    until: String,
}

impl EventsOfCause {
    fn checked(&self) -> Result<(String, Timestamp)> {
        let until = Timestamp::parse_rfc3339(&self.until)
            .map_err(|_| Error::field("until", "until must be a time such as 2026-11-20T08:30:00Z"))?;
        Ok((checked("reason", &self.reason, REASON_MAX)?, until))
    }
}

/// List causes of quarantined events
///
/// The causes of all open events, each with what to do about it.
#[utoipa::path(get, path = "/api/v1/quarantined-events/causes", tag = "Quarantined events",
    operation_id = "listQuarantineCauses",
    responses((status = 200, description = "The causes", body = QuarantineCauses), Refused))]
pub async fn causes(State(state): State<AppState>, key: ReadKey, query: Query) -> Result<Json<QuarantineCauses>> {
    query.finish()?;
    let mut tx = key.reader(&state).await?;
    let rows = store::reasons(&mut tx).await?;
    tx.end();
    Ok(Json(QuarantineCauses { causes: rows.into_iter().map(Into::into).collect() }))
}

/// Retry quarantined events
#[utoipa::path(post, path = "/api/v1/quarantined-events/retry", tag = "Quarantined events",
    operation_id = "retryQuarantinedEventsOfCause",
    description = "Tries to apply the cause's oldest events again, at most 500 at once. Those that fail again stay \
                   open.",
    params(IdempotencyKey),
    request_body = EventsOfCause,
    responses((status = 200, description = "How many are applied now", body = QuarantineOutcome), Refused))]
pub async fn retry(
    State(state): State<AppState>,
    WriteKey(key): WriteKey,
    idempotency: IdempotencyKey,
    body: JsonBody<EventsOfCause>,
) -> Result<Response> {
    let (reason, until) = body.value.checked()?;
    if !cause::of(&reason).replayable {
        return Err(Error::field("reason", "events of this cause can only be dismissed"));
    }
    let idempotency = idempotency.with(body.request_digest);
    let mut write = Write::begin(&state, &key, idempotency.clone()).await?;
    let bodies = store::bodies(&mut write.tx, &reason, until, RETRIED_MAX).await?;
    // The events are applied in transactions of their own, like those that their source sends again.
    write.commit_part().await?;
    let retried = decide::retry_all(&state, &bodies).await?;
    let mut write = Write::begin(&state, &key, idempotency).await?;
    let entry = decide::settle_all(&mut write.tx, &reason, &retried).await?;
    let outcome = QuarantineOutcome { tried: retried.tried, applied: retried.applied.len(), dismissed: 0 };
    answer(write, entry, &outcome).await
}

/// Dismiss quarantined events
#[utoipa::path(post, path = "/api/v1/quarantined-events/dismiss", tag = "Quarantined events",
    operation_id = "dismissQuarantinedEventsOfCause",
    description = "Ignores all of the cause's open events.",
    params(IdempotencyKey),
    request_body = EventsOfCause,
    responses((status = 200, description = "How many were dismissed", body = QuarantineOutcome), Refused))]
pub async fn dismiss(
    State(state): State<AppState>,
    WriteKey(key): WriteKey,
    idempotency: IdempotencyKey,
    body: JsonBody<EventsOfCause>,
) -> Result<Response> {
    let (reason, until) = body.value.checked()?;
    let mut write = Write::begin(&state, &key, idempotency.with(body.request_digest)).await?;
    let (done, entry) = decide::dismiss_all(&mut write.tx, &reason, until).await?;
    let outcome = QuarantineOutcome { tried: 0, applied: 0, dismissed: done.len() };
    answer(write, entry, &outcome).await
}

async fn answer(mut write: Write<'_>, entry: Option<Entry>, outcome: &QuarantineOutcome) -> Result<Response> {
    let Some(entry) = entry else { return write.unchanged(StatusCode::OK, outcome).await };
    write.audit(entry).await?;
    write.answer(StatusCode::OK, outcome).await
}

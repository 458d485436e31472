//! `POST /internal/v1/events`: a signed batch from the edge's consumer.

use axum::{
    Json,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode},
};
use shared::{
    batch::{BATCH_EVENTS_MAX, RawBatch, Verdicts},
    sign::{SIGNATURE_HEADER, SIGNED_ID_HEADER, SignatureError, Window, verify},
};

use super::receive;
use kit::{
    error::{Code, Error, Result},
    state::AppState,
};

/// Answers 200 with one verdict per event once everything accepted is committed.
///
/// # Errors
/// 401 for a bad signature, 400 for an invalid batch, 413 for too many events, 503 if the database is unavailable:
/// nothing of the batch was saved then, and the consumer sends it again.
pub async fn receive(State(state): State<AppState>, headers: HeaderMap, body: Bytes) -> Result<Json<Verdicts>> {
    let id = check_signature(&state, &headers, &body)?;
    let batch: RawBatch<'_> = serde_json::from_slice(&body)
        .map_err(|error| Error::new(StatusCode::BAD_REQUEST, Code::MalformedJson, error.to_string()))?;
    if batch.id.to_string() != id {
        return Err(Error::field("id", "must be the id that the signature covers"));
    }
    if batch.events.len() > BATCH_EVENTS_MAX {
        let message = format!("A batch can contain at most {BATCH_EVENTS_MAX} events.");
        return Err(Error::new(StatusCode::PAYLOAD_TOO_LARGE, Code::BatchTooLarge, message));
    }
    let verdicts = receive::batch(&state, &batch.events).await?;
    Ok(Json(Verdicts { id: batch.id, verdicts }))
}

fn check_signature(state: &AppState, headers: &HeaderMap, body: &[u8]) -> Result<String> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let refuse = |error: SignatureError| Error::new(StatusCode::UNAUTHORIZED, error.into(), error.to_string());
    let id = text(SIGNED_ID_HEADER).ok_or(SignatureError::Missing).map_err(refuse)?;
    let keys = state.config.keys.internal.iter().map(|key| key.bytes().as_slice());
    verify(keys, Some(id), text(SIGNATURE_HEADER), body, state.clock.wall(), Window::BothWays).map_err(refuse)?;
    Ok(id.to_owned())
}

//! `POST /api/v1/automations/segment`: sets a person's segment from now on.

use axum::{extract::State, http::StatusCode, response::Response};
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use super::{
    call::Call,
    response::{Outcome, Why},
};
use engine::book;
use identity::{access::api_key::AutomationKey, api::write::Write, audit::Entry};
use kit::{
    api::{document::Refused, idempotency::IdempotencyKey, text::checked},
    error::{Error, Result},
    state::AppState,
};
use programs::{
    affiliate::{segment, store},
    program::plan_view::SEGMENT_MAX,
};

/// The affiliate and the segment. Send JSON, a form or query parameters. Unknown fields are ignored.
#[derive(Debug, ToSchema)]
#[schema(as = AutomationSegment, rename_all = "camelCase",
    example = json!({"email": "lauren@creators.test", "segment": "gold"}))]
#[expect(dead_code, reason = "describes what `call` reads")]
pub struct SegmentCall {
    /// The affiliate's email, in upper or lower case, with or without spaces around it. An empty value returns
    /// `skipped`.
    #[schema(required)]
    email: Option<String>,
    /// 1 to 100 characters. An empty value returns `skipped`, so that an empty merge field never removes a segment.
    segment: Option<String>,
    /// `true` removes the affiliate from every segment.
    clear: Option<bool>,
}

/// The result of the request.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = AutomationSegmentResult)]
pub struct SegmentResult {
    #[serde(flatten)]
    outcome: Outcome,
    /// The affiliate's current segment.
    #[schema(required, example = "gold")]
    segment: Option<String>,
}

/// Assign a segment
///
/// Finds the affiliate by email and sets their segment from now on. `result` is `set`, `already`, `unknown` or
/// `skipped`, each with status 200.
#[utoipa::path(post, path = "/api/v1/automations/segment", tag = "Automations", operation_id = "assignSegment",
    params(IdempotencyKey),
    request_body = SegmentCall,
    responses(
        (status = 200, description = "The result", body = SegmentResult),
        Refused))]
pub async fn set(
    State(state): State<AppState>,
    AutomationKey(key): AutomationKey,
    idempotency: IdempotencyKey,
    call: Call,
) -> Result<Response> {
    let requested = requested(&call)?;
    let email = call.email()?;
    let mut write = Write::begin(&state, &key, idempotency.with(call.digest)).await?;
    let skip = |why| SegmentResult { outcome: Outcome::because(why, None), segment: None };
    let (email, requested) = match (email, requested) {
        (Err(why), _) | (_, Err(why)) => return write.unchanged(StatusCode::OK, &skip(why)).await,
        (Ok(email), Ok(requested)) => (email, requested),
    };
    book::store::lock(&mut write.tx).await?;
    let found = store::with_email(&mut write.tx, &email, state.clock.now()).await?;
    let Some(before) = found else { return write.unchanged(StatusCode::OK, &skip(Why::Nobody)).await };
    let answer = |result| SegmentResult { outcome: Outcome::of(result, before.id), segment: requested.clone() };
    if before.segment == requested {
        return write.unchanged(StatusCode::OK, &answer("already")).await;
    }
    segment::apply(&mut write.tx, &state, before.id, requested.as_deref(), None).await?;
    let entry = Entry::new("affiliate.segment_set", before.id)
        .before(json!({"segment": before.segment}))
        .after(json!({"segment": requested}));
    write.audit(entry).await?;
    write.answer(StatusCode::OK, &answer("set")).await
}

/// Returns the requested segment; `None` removes the person from their segment.
fn requested(call: &Call) -> Result<std::result::Result<Option<String>, Why>> {
    let clear = call.truth("clear")?.unwrap_or(false);
    Ok(match call.text("segment")? {
        Some(_) if clear => return Err(Error::field("clear", "send either segment or clear, not both")),
        Some(segment) => Ok(Some(checked("segment", &segment, SEGMENT_MAX)?)),
        None if clear => Ok(None),
        None if call.has("segment") => Err(Why::SegmentMissing),
        None => return Err(Error::field("segment", "segment is required. To remove a segment, send clear: true")),
    })
}

//! `PUT /api/v1/affiliates/{id}/segment`: sets an affiliate's segment from a date on.

use axum::{extract::State, http::StatusCode, response::Response};
use serde::Deserialize;
use serde_json::json;
use shared::{id::AffiliateId, timestamp::Timestamp};
use utoipa::ToSchema;

use super::store::{self, Filter};
use crate::program::{
    plan_store,
    plan_view::{SEGMENT_MAX, not_ancient},
};
use engine::{book, history::recompute_since};
use identity::{access::api_key::WriteKey, api::write::Write, audit::Entry};
use kit::{
    api::{
        body::{JsonBody, given},
        document::{ErrorSchema, Refused},
        idempotency::IdempotencyKey,
        path::PathId,
        text::maybe,
        view::Affiliate,
    },
    db::TenantTx,
    error::{Code, Error, OnConstraint, Result},
    state::AppState,
};
use outbox::sync::{Reason, trigger};

/// A segment and the date on which it takes effect.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"segment": "gold", "effectiveAt": "2026-07-01T00:00:00Z"}))]
pub struct SegmentChange {
    /// 1 to 100 characters. Null for no segment.
    #[serde(deserialize_with = "given")]
    #[schema(required)]
    segment: Option<String>,
    /// When the segment takes effect. Defaults to now. A date in the past is accepted only if the affiliate has had no
    /// conversions since.
    #[schema(value_type = Option<String>, format = DateTime)]
    effective_at: Option<Timestamp>,
}

/// Set an affiliate's segment
///
/// Sets the segment, effective from a date. The segment's own plans are selected when a customer is bound; the
/// `when.segments` of a component is checked at each sale. Earlier earnings don't change.
#[utoipa::path(put, path = "/api/v1/affiliates/{id}/segment", tag = "Affiliates", operation_id = "setSegment",
    params(("id" = String, Path, example = "aff_01kdvdna00fec9rpb7dk6gd3hy"),
        IdempotencyKey),
    request_body = SegmentChange,
    responses(
        (status = 200, description = "The affiliate; `segment` is the current one", body = Affiliate),
        (status = 409, description = "`segment_exists`, or `idempotency_conflict`", body = ErrorSchema),
        Refused))]
pub async fn set(
    State(state): State<AppState>,
    WriteKey(key): WriteKey,
    PathId(id): PathId<AffiliateId>,
    idempotency: IdempotencyKey,
    body: JsonBody<SegmentChange>,
) -> Result<Response> {
    let segment = maybe("segment", body.value.segment.as_deref(), SEGMENT_MAX)?;
    let effective_at = body.value.effective_at.map(|moment| not_ancient("effectiveAt", moment)).transpose()?;
    let mut write = Write::begin(&state, &key, idempotency.with(body.request_digest)).await?;
    let affiliate = apply(&mut write.tx, &state, id, segment.as_deref(), effective_at).await?;
    write.audit(entry(id, segment.as_deref(), effective_at)).await?;
    write.answer(StatusCode::OK, &affiliate).await
}

/// The audit log entry.
pub fn entry(id: AffiliateId, segment: Option<&str>, effective_at: Option<Timestamp>) -> Entry {
    let from = effective_at.map(|at| at.to_string());
    Entry::new("affiliate.segment_set", id).after(json!({"segment": segment, "effectiveAt": from}))
}

/// Sets the segment; locks the organization's tenant.
///
/// # Errors
/// 400 or 409 naming `effectiveAt`; 404.
pub async fn apply(
    tx: &mut TenantTx,
    state: &AppState,
    id: AffiliateId,
    segment: Option<&str>,
    effective_at: Option<Timestamp>,
) -> Result<Affiliate> {
    book::store::lock(tx).await?;
    let now = state.clock.now();
    let before = read(tx, id, now).await?;
    // Setting the current value again is no change.
    if effective_at.is_none() && before.segment.as_deref() == segment {
        return Ok(before);
    }
    // If two changes fall into one millisecond, the later one must win.
    let collides = effective_at.is_none() && plan_store::has_segment_at(tx, id, now).await?;
    let now = if collides { now.plus_millis(1) } else { now };
    let effective_at = effective_at.unwrap_or(now);
    if effective_at < now && plan_store::affiliate_has_earned_since(tx, id, effective_at).await? {
        return Err(Error::field(
            "effectiveAt",
            "effectiveAt must not be in the past, because the affiliate has had conversions since. Past earnings don't \
             change.",
        ));
    }
    plan_store::insert_segment(tx, id, segment, effective_at, now)
        .await
        .on_constraint("affiliate_segments_pkey", segment_exists)?;
    recompute_since::since(tx, state, None, Some(id), effective_at).await?;
    // A change with a future date doesn't affect today's segment. A job queues its sync on that date.
    if effective_at <= now {
        trigger::affiliate(tx, id, Reason::Segment, now).await?;
    }
    read(tx, id, now).await
}

async fn read(tx: &mut TenantTx, id: AffiliateId, now: Timestamp) -> Result<Affiliate> {
    store::list(tx, &Filter::one(id), now).await?.pop().ok_or_else(Error::not_found)
}

fn segment_exists() -> Error {
    let message = "The affiliate's segment was already set for this exact time. Choose another time.";
    Error::new(StatusCode::CONFLICT, Code::SegmentExists, message).with_field("effectiveAt")
}

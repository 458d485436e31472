//! `POST /api/v1/conversions/{id}/review`: a person reviews a flagged conversion.

use axum::{
    extract::{Path, State},
    http::StatusCode,
    response::Response,
};
use serde::Deserialize;
use serde_json::json;
use shared::id::ConversionId;
use utoipa::ToSchema;

use super::{
    apply, reason,
    reattribute::{known, read},
};
use crate::history::{Decision, DecisionKind, write::BookingError};
use identity::{access::api_key::WriteKey, api::write::Write, audit::Entry};
use kit::{
    api::{body::JsonBody, document::Refused, idempotency::IdempotencyKey, view::Conversion as View},
    db::TenantTx,
    error::{Error, Result},
    state::AppState,
};

/// The result of a review.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Review {
    /// `Approve` or `Deny`. `Approve` clears the flags, and the hold continues as if there were none. With `Deny`, the
    /// conversion earns nothing.
    #[schema(example = "Approve")]
    decision: String,
    /// 1 to 1000 characters.
    #[schema(example = "Bought for her team; the affiliate's own account is another one.")]
    reason: String,
}

/// Review a conversion
#[utoipa::path(post, path = "/api/v1/conversions/{id}/review", tag = "Decisions", operation_id = "reviewConversion",
    description = "Flags hold a conversion's commissions until someone reviews it. A later decision replaces an \
                   earlier one. You can also deny a conversion without flags. Commissions that depend on a flagged \
                   first sale are held with it (`heldFor` is `FirstSale`); a denied first sale binds no customer. Use \
                   `GET /api/v1/conversions?review=open` to list the review queue.",
    params(("id" = String, Path, example = "conv_01kdvdna00e5v8r2m6q1w9d3xk"),
        IdempotencyKey),
    request_body = Review,
    responses(
        (status = 200, description = "The updated conversion", body = View),
        Refused))]
pub async fn review(
    State(state): State<AppState>,
    WriteKey(key): WriteKey,
    Path(id): Path<String>,
    idempotency: IdempotencyKey,
    body: JsonBody<Review>,
) -> Result<Response> {
    let kind = verdict(&body.value.decision)?;
    let reason = reason::checked(&body.value.reason)?;
    let mut write = Write::begin(&state, &key, idempotency.with(body.request_digest)).await?;
    let conversion = known(&mut write.tx, &id).await?.id;
    let actor = write.actor();
    let entry = entry(conversion, kind, &reason);
    decide(&mut write.tx, &state, &[conversion], kind, &reason, &actor).await?;
    write.audit(entry).await?;
    let view = read(&mut write.tx, conversion).await?;
    write.answer(StatusCode::OK, &view).await
}

/// Parses the decision.
///
/// # Errors
/// 400 naming `decision`.
pub fn verdict(text: &str) -> Result<DecisionKind> {
    match text {
        "Approve" => Ok(DecisionKind::Approve),
        "Deny" => Ok(DecisionKind::Deny),
        _ => Err(Error::field("decision", "decision must be Approve or Deny")),
    }
}

/// Builds the audit log entry.
pub fn entry(conversion: ConversionId, kind: DecisionKind, reason: &str) -> Entry {
    let action = if kind == DecisionKind::Deny { "conversion.denied" } else { "conversion.approved" };
    Entry::new(action, conversion).after(json!({"reason": reason}))
}

/// Saves the same decision about several conversions of this organization.
///
/// # Errors
/// [`BookingError`]; the caller must then roll back.
pub async fn decide(
    tx: &mut TenantTx,
    state: &AppState,
    conversions: &[ConversionId],
    kind: DecisionKind,
    reason: &str,
    actor: &str,
) -> std::result::Result<(), BookingError> {
    let decision = |conversion: &ConversionId| Decision {
        id: state.new_id::<shared::id::Decision>().uuid(),
        kind,
        conversion_id: Some(*conversion),
        commission_id: None,
        credit: None,
        reach: None,
        reason: reason.to_owned(),
        about_claim: false,
        repeats_from: None,
        decided_at: state.clock.now(),
    };
    let decisions: Vec<Decision> = conversions.iter().map(decision).collect();
    apply::apply(tx, state, &decisions, actor).await
}

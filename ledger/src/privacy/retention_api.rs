//! `GET` and `PUT /api/v1/privacy/retention`.

use axum::{Json, extract::State, http::StatusCode, response::Response};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::{retention::Retention, retention_store as store};
use identity::{
    access::api_key::{ConfigureKey, ReadKey},
    api::write::Write,
    audit::Entry,
};
use kit::{
    api::{body::JsonBody, document::Refused, idempotency::IdempotencyKey},
    error::Result,
    state::AppState,
};

/// For how many days each class of data is kept. What a commission rests on (events, conversions, evidence, the book) is
/// kept for ever.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = Retention, example = json!({"clickDays": 400, "quarantineDays": 400, "idempotencyKeyDays": 30, "auditDays": 0}))]
pub struct Days {
    /// Raw clicks, 30 to 1,100; figures by hour stay.
    click_days: i64,
    /// Events that could not be applied and were decided about, 30 to 1,100.
    quarantine_days: i64,
    /// Answers kept for `Idempotency-Key`, 1 to 90.
    idempotency_key_days: i64,
    /// The audit log, 365 to 3,653, or 0 for ever.
    audit_days: i64,
}

impl From<Retention> for Days {
    fn from(set: Retention) -> Self {
        let [click_days, quarantine_days, idempotency_key_days, audit_days] = set.days().map(i64::from);
        Self { click_days, quarantine_days, idempotency_key_days, audit_days }
    }
}

/// Read how long data is kept
#[utoipa::path(get, path = "/api/v1/privacy/retention", tag = "Privacy", operation_id = "getRetention",
    responses((status = 200, description = "With the usual times where nothing was set", body = Days), Refused))]
pub async fn read(State(state): State<AppState>, key: ReadKey) -> Result<Json<Days>> {
    let mut tx = key.tx(&state).await?;
    let set = store::read(&mut tx, key.organization).await?;
    tx.commit().await?;
    Ok(Json(set.into()))
}

/// Set how long data is kept
///
/// Shorter times take effect within an hour, and what is deleted can't be got back.
#[utoipa::path(put, path = "/api/v1/privacy/retention", tag = "Privacy", operation_id = "setRetention",
    params(IdempotencyKey),
    request_body = Days,
    responses(
        (status = 200, description = "Set", body = Days),
        Refused))]
pub async fn set(
    State(state): State<AppState>,
    ConfigureKey(key): ConfigureKey,
    idempotency: IdempotencyKey,
    body: JsonBody<Days>,
) -> Result<Response> {
    let days = body.value;
    let requested = Retention::of([days.click_days, days.quarantine_days, days.idempotency_key_days, days.audit_days])?;
    let mut write = Write::begin(&state, &key, idempotency.with(body.request_digest)).await?;
    let before = store::read(&mut write.tx, key.organization).await?;
    store::set(&mut write.tx, key.organization, requested, state.clock.now()).await?;
    let entry = Entry::new("retention.changed", key.organization)
        .before(json!(Days::from(before)))
        .after(json!(Days::from(requested)));
    write.audit(entry).await?;
    write.answer(StatusCode::OK, &Days::from(requested)).await
}

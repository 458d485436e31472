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

/// The number of days for which each class of data is kept. What a commission depends on (events, conversions,
/// evidence, the ledger) is kept forever.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = Retention, example = json!({"clickDays": 400, "quarantineDays": 400, "idempotencyKeyDays": 30, "auditDays": 0, "copilotDays": 30}))]
pub struct Days {
    /// Raw clicks, 30 to 1,100 days. Hourly totals stay.
    click_days: i64,
    /// Resolved quarantine entries (events that couldn't be applied), 30 to 1,100 days.
    quarantine_days: i64,
    /// Responses stored for `Idempotency-Key`, 1 to 90 days.
    idempotency_key_days: i64,
    /// The audit log, 365 to 3,653 days, or 0 for forever.
    audit_days: i64,
    /// Conversations with the co-pilot, 1 to 400 days after their last message. Stays as it is if omitted.
    #[serde(default)]
    copilot_days: Option<i64>,
}

impl From<Retention> for Days {
    fn from(set: Retention) -> Self {
        let [click_days, quarantine_days, idempotency_key_days, audit_days, copilot_days] = set.days().map(i64::from);
        Self { click_days, quarantine_days, idempotency_key_days, audit_days, copilot_days: Some(copilot_days) }
    }
}

/// Retrieve data retention settings
#[utoipa::path(get, path = "/api/v1/privacy/retention", tag = "Privacy", operation_id = "getRetention",
    responses((status = 200, description = "The settings, with defaults where nothing was set", body = Days), Refused))]
pub async fn read(State(state): State<AppState>, key: ReadKey) -> Result<Json<Days>> {
    let mut tx = key.reader(&state).await?;
    let set = store::read(&mut tx).await?;
    tx.end();
    Ok(Json(set.into()))
}

/// Update data retention settings
///
/// Shorter periods take effect within an hour. Deleted data can't be recovered.
#[utoipa::path(put, path = "/api/v1/privacy/retention", tag = "Privacy", operation_id = "setRetention",
    security(("bearer" = ["admin"])),
    params(IdempotencyKey),
    request_body = Days,
    responses(
        (status = 200, description = "The settings", body = Days),
        Refused))]
pub async fn set(
    State(state): State<AppState>,
    ConfigureKey(key): ConfigureKey,
    idempotency: IdempotencyKey,
    body: JsonBody<Days>,
) -> Result<Response> {
    let days = body.value;
    let of = |copilot_days| {
        Retention::of([days.click_days, days.quarantine_days, days.idempotency_key_days, days.audit_days, copilot_days])
    };
    let usual = i64::from(Retention::default().copilot_days);
    of(days.copilot_days.unwrap_or(usual))?;
    let mut write = Write::begin(&state, &key, idempotency.with(body.request_digest)).await?;
    let before = store::read(&mut write.tx).await?;
    let requested = of(days.copilot_days.unwrap_or_else(|| i64::from(before.copilot_days)))?;
    store::set(&mut write.tx, requested, state.clock.now()).await?;
    let entry = Entry::new("retention.changed", key.organization)
        .before(json!(Days::from(before)))
        .after(json!(Days::from(requested)));
    write.audit(entry).await?;
    write.answer(StatusCode::OK, &Days::from(requested)).await
}

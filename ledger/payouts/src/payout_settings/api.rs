//! `/api/v1/payout-settings`: how and when the organization pays.

use std::collections::BTreeMap;

use axum::{Json, extract::State, http::StatusCode, response::Response};
use serde::{Deserialize, Serialize};
use shared::timestamp::Timestamp;
use utoipa::ToSchema;

use super::{
    settings::{self, Changes, Ending, Settings},
    store,
};
use identity::{
    access::api_key::{ConfigureKey, ReadKey},
    api::write::Write,
};
use kit::{
    api::{body::JsonBody, document::Refused, idempotency::IdempotencyKey},
    error::{Error, Result},
    state::AppState,
};

/// How and when affiliates are paid.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PayoutSettings {
    /// `Manual`, `Weekly` or `Monthly`.
    #[schema(example = "Monthly")]
    schedule: &'static str,
    /// The day of a weekly schedule: 1 is Monday, 7 is Sunday.
    #[schema(required, example = json!(null))]
    weekday: Option<i16>,
    /// The day of a monthly schedule, from 1 to 31; in shorter months, the last day.
    #[schema(required, example = 31)]
    month_day: Option<i16>,
    /// The time of the next scheduled run: 09:00 in the organization's time zone.
    #[schema(value_type = Option<String>, required, format = DateTime, example = "2026-12-31T08:00:00Z")]
    next_run_at: Option<Timestamp>,
    /// The minimum payout by currency, in minor units. Smaller amounts aren't paid.
    #[schema(example = json!({"USD": 1000, "EUR": 1000}))]
    minimums: BTreeMap<String, i64>,
    /// Whether someone other than the person who proposed a run must approve it, in the dashboard. A run proposed with
    /// an API key counts as proposed by the person who created the key.
    #[schema(example = true)]
    second_approver: bool,
    /// What happens to affiliates without a valid tax form: `Warn` (they are paid, and you get a warning), `Hold` (they
    /// aren't paid) or `Withhold` (they are paid minus 24% tax).
    #[schema(example = "Hold")]
    tax_gate: &'static str,
    /// Overrides of the Form 1099-NEC threshold: US cents by calendar year. The built-in threshold applies to other
    /// years.
    #[schema(example = json!({"2027": 210000}))]
    tax_thresholds: BTreeMap<String, i64>,
}

impl From<Settings> for PayoutSettings {
    fn from(settings: Settings) -> Self {
        Self {
            schedule: settings.plan.name(),
            weekday: settings.plan.weekday(),
            month_day: settings.plan.month_day(),
            next_run_at: settings.next_run_at,
            minimums: settings.minimums,
            second_approver: settings.second_approver,
            tax_gate: settings.tax_gate.as_str(),
            tax_thresholds: settings.tax_thresholds,
        }
    }
}

/// The settings to change. Omitted fields keep their values.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"schedule": "Monthly", "monthDay": 31, "minimums": {"USD": 2500}, "secondApprover": true}))]
pub struct ChangedPayoutSettings {
    /// `Manual`, `Weekly` (with `weekday`) or `Monthly` (with `monthDay`).
    schedule: Option<String>,
    /// The day of a weekly schedule: 1 is Monday, 7 is Sunday.
    weekday: Option<i16>,
    /// The day of a monthly schedule, from 1 to 31.
    month_day: Option<i16>,
    /// Replaces all minimums: minor units by currency. A currency that isn't listed has no minimum.
    minimums: Option<BTreeMap<String, i64>>,
    /// Applies to runs that are proposed from now on. An API key can only turn it on. An owner can turn it off in the
    /// dashboard, with their password or code; all owners then get an email.
    second_approver: Option<bool>,
    /// `Warn`, `Hold` or `Withhold`.
    tax_gate: Option<String>,
    /// Replaces all threshold overrides: US cents by calendar year.
    tax_thresholds: Option<BTreeMap<String, i64>>,
}

impl ChangedPayoutSettings {
    const fn is_empty(&self) -> bool {
        self.schedule.is_none()
            && self.weekday.is_none()
            && self.month_day.is_none()
            && self.minimums.is_none()
            && self.second_approver.is_none()
            && self.tax_gate.is_none()
            && self.tax_thresholds.is_none()
    }
}

/// Retrieve payout settings
#[utoipa::path(get, path = "/api/v1/payout-settings", tag = "Payout settings", operation_id = "getPayoutSettings",
    responses((status = 200, description = "The payout settings", body = PayoutSettings), Refused))]
pub async fn read(State(state): State<AppState>, key: ReadKey) -> Result<Json<PayoutSettings>> {
    let mut tx = key.reader(&state).await?;
    let settings = store::read(&mut tx).await?;
    tx.end();
    Ok(Json(settings.into()))
}

/// Update payout settings
#[utoipa::path(patch, path = "/api/v1/payout-settings", tag = "Payout settings", operation_id = "updatePayoutSettings",
    security(("bearer" = ["admin"])),
    description = "Changes apply to runs that are proposed afterwards. A scheduled run is approved automatically \
                   unless a second person must approve it.",
    params(IdempotencyKey),
    request_body = ChangedPayoutSettings,
    responses(
        (status = 200, description = "The updated settings", body = PayoutSettings),
        Refused))]
pub async fn change(
    State(state): State<AppState>,
    ConfigureKey(key): ConfigureKey,
    idempotency: IdempotencyKey,
    body: JsonBody<ChangedPayoutSettings>,
) -> Result<Response> {
    let given = body.value;
    if given.is_empty() {
        let fields = "schedule, weekday, monthDay, minimums, secondApprover, taxGate or taxThresholds";
        return Err(Error::field("schedule", format!("provide at least one of {fields}")));
    }
    let changes = Changes {
        schedule: given.schedule,
        weekday: given.weekday,
        month_day: given.month_day,
        minimums: given.minimums,
        second_approver: given.second_approver,
        tax_gate: given.tax_gate,
        tax_thresholds: given.tax_thresholds,
    };
    let mut write = Write::begin(&state, &key, idempotency.with(body.request_digest)).await?;
    let (after, entry) = settings::change(&mut write.tx, &state, changes, Ending::Refused).await?;
    let view = PayoutSettings::from(after);
    match entry {
        Some(entry) => {
            write.audit(entry).await?;
            write.answer(StatusCode::OK, &view).await
        }
        None => write.unchanged(StatusCode::OK, &view).await,
    }
}

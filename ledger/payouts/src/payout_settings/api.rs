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
    /// Of a weekly schedule: 1 is Monday, 7 is Sunday.
    #[schema(required, example = json!(null))]
    weekday: Option<i16>,
    /// Of a monthly schedule: 1 to 31, or the last day of months that have fewer.
    #[schema(required, example = 31)]
    month_day: Option<i16>,
    /// The next scheduled run: at 09:00 in the organization's time zone.
    #[schema(value_type = Option<String>, required, format = DateTime, example = "2026-12-31T08:00:00Z")]
    next_run_at: Option<Timestamp>,
    /// Less than that isn't paid: minor units by currency.
    #[schema(example = json!({"USD": 1000, "EUR": 1000}))]
    minimums: BTreeMap<String, i64>,
    /// Whether another person than the one who proposed a run must approve it, in the dashboard. An API key that proposes is the
    /// person who created it.
    #[schema(example = true)]
    second_approver: bool,
    /// What happens to somebody without a valid tax form: `Warn` (paid, and you are told), `Hold` (not paid) or `Withhold`
    /// (paid less 24 %).
    #[schema(example = "Hold")]
    tax_gate: &'static str,
    /// By calendar year: from how many US cents on Form 1099-NEC is due, where it isn't what we know.
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

/// What is to be different; what is left out stays.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"schedule": "Monthly", "monthDay": 31, "minimums": {"USD": 2500}, "secondApprover": true}))]
pub struct ChangedPayoutSettings {
    /// `Manual`, `Weekly` (with `weekday`) or `Monthly` (with `monthDay`).
    schedule: Option<String>,
    /// 1 is Monday, 7 is Sunday.
    weekday: Option<i16>,
    /// 1 to 31.
    month_day: Option<i16>,
    /// In the place of all that are set: minor units by currency. A currency that isn't named has no minimum.
    minimums: Option<BTreeMap<String, i64>>,
    /// For runs that are proposed from now on. A key can only set it: it ends in the dashboard, by an owner with their password or
    /// code, and all owners get an email.
    second_approver: Option<bool>,
    /// `Warn`, `Hold` or `Withhold`.
    tax_gate: Option<String>,
    /// In the place of all that are set: US cents by calendar year.
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

/// Read the payout settings
#[utoipa::path(get, path = "/api/v1/payout-settings", tag = "Payouts", operation_id = "getPayoutSettings",
    responses((status = 200, description = "How and when you pay", body = PayoutSettings), Refused))]
pub async fn read(State(state): State<AppState>, key: ReadKey) -> Result<Json<PayoutSettings>> {
    let mut tx = key.tx(&state).await?;
    let settings = store::read(&mut tx, key.organization).await?;
    tx.commit().await?;
    Ok(Json(settings.into()))
}

/// Change the payout settings
#[utoipa::path(patch, path = "/api/v1/payout-settings", tag = "Payouts", operation_id = "updatePayoutSettings",
    description = "They hold for the runs that are proposed from then on. A scheduled run approves itself, unless a second \
                   person has to.",
    params(IdempotencyKey),
    request_body = ChangedPayoutSettings,
    responses(
        (status = 200, description = "As they are now", body = PayoutSettings),
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
        return Err(Error::field("schedule", format!("name what is to change: {fields}")));
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
    let (after, entry) = settings::change(&mut write.tx, &state, key.organization, changes, Ending::Refused).await?;
    let view = PayoutSettings::from(after);
    match entry {
        Some(entry) => {
            write.audit(entry).await?;
            write.answer(StatusCode::OK, &view).await
        }
        None => write.unchanged(StatusCode::OK, &view).await,
    }
}

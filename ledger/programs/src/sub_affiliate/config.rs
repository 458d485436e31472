//! `/api/v1/programs/{id}/sub-affiliate-config`: what a program pays affiliates for those whom they recruited.

use axum::{Json, extract::State, http::StatusCode, response::Response};
use serde::{Deserialize, Serialize};
use serde_json::{Number, json};
use shared::{id::ProgramId, timestamp::Timestamp};
use utoipa::ToSchema;

use super::store;
use crate::program::change::read;
use engine::{book, history::recompute_since};
use identity::{
    access::api_key::{ConfigureKey, ReadKey},
    api::write::Write,
    audit::Entry,
    organization::{gate, plan::Feature},
};
use kit::{
    api::{
        body::JsonBody,
        document::{ErrorSchema, Refused},
        idempotency::IdempotencyKey,
        path::PathId,
        text::within,
    },
    db::TenantTx,
    error::{Error, Result},
    state::AppState,
};
use rules::commission::{
    plan::read_percent,
    sub_affiliate::{Terms, WHOLE_PPM},
};

const MONTHS_MAX: i64 = 120;
/// Only for showing: terms are read as text.
const PPM_PER_PERCENT: f64 = 10_000.0;

/// What a program pays affiliates for the commissions of those whom they recruited.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SubAffiliateConfig {
    /// Whether recruiters earn for sales from now on.
    #[schema(example = true)]
    pub enabled: bool,
    /// The recruiter's share of the recruit's commission, 0 to 100. Returned even when disabled.
    #[schema(example = 10.0)]
    pub percent: f64,
    /// For how many months after someone was recruited; null for no limit.
    #[schema(required, example = 12)]
    pub months: Option<u32>,
    /// Since when this applies. Null if it was never set.
    #[schema(value_type = Option<String>, format = DateTime, required, example = "2026-11-20T08:30:00Z")]
    pub effective_at: Option<Timestamp>,
}

/// What to pay from now on.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"enabled": true, "percent": 10, "months": 12}))]
pub struct NewSubAffiliateConfig {
    /// Whether recruiters earn for sales from now on.
    #[schema(example = true)]
    enabled: bool,
    /// The recruiter's share of the recruit's commission, 0 to 100, with at most 4 decimals.
    #[schema(value_type = f64, example = 10.0)]
    percent: Number,
    /// For how many months after someone was recruited, 1 to 120. Omitted or null for no limit.
    #[schema(example = 12)]
    #[serde(default)]
    months: Option<i64>,
}

/// Validates terms; `percent` is a decimal number as text, which is read without floating point.
///
/// # Errors
/// 400 naming the field.
pub fn terms(enabled: bool, percent: &str, months: Option<i64>, effective_at: Timestamp) -> Result<Terms> {
    let percent_ppm = read_percent(percent).filter(|ppm| *ppm <= WHOLE_PPM);
    let percent_ppm =
        percent_ppm.ok_or_else(|| Error::field("percent", "percent must be 0 to 100, with at most 4 decimals"))?;
    let months = months.map(|months| within("months", months, 1, MONTHS_MAX)).transpose()?;
    let months = months.and_then(|months: i32| u32::try_from(months).ok());
    Ok(Terms { effective_at, enabled, percent_ppm, months })
}

impl SubAffiliateConfig {
    fn of(terms: Option<Terms>) -> Self {
        Self {
            enabled: terms.is_some_and(|terms| terms.enabled),
            percent: terms.map_or(0.0, |terms| f64::from(terms.percent_ppm) / PPM_PER_PERCENT),
            months: terms.and_then(|terms| terms.months),
            effective_at: terms.map(|terms| terms.effective_at),
        }
    }
}

/// Retrieve a program's sub-affiliate config
#[utoipa::path(get, path = "/api/v1/programs/{id}/sub-affiliate-config", tag = "Programs",
    operation_id = "getSubAffiliateConfig",
    params(("id" = String, Path, example = "prog_01kdvdna00fnwvvrwp1y42fmbq")),
    responses(
        (status = 200, description = "The config", body = SubAffiliateConfig),
        (status = 404, description = "Not found", body = ErrorSchema),
        Refused))]
pub async fn show(
    State(state): State<AppState>,
    key: ReadKey,
    PathId(id): PathId<ProgramId>,
) -> Result<Json<SubAffiliateConfig>> {
    let mut tx = key.reader(&state).await?;
    read(&mut tx, id, state.clock.now()).await?;
    let terms = store::last_terms(&mut tx, id).await?;
    tx.end();
    Ok(Json(SubAffiliateConfig::of(terms)))
}

/// Set a program's sub-affiliate config
///
/// Applies to sales from now on; each sale keeps the rule of its own time. An affiliate who recruited another earns the
/// percentage of each commission that the recruit earns for a conversion, on top of it, as a commission of type
/// `Override`. One tier only: overrides earn no overrides.
#[utoipa::path(put, path = "/api/v1/programs/{id}/sub-affiliate-config", tag = "Programs",
    operation_id = "setSubAffiliateConfig",
    security(("bearer" = ["admin"])),
    params(("id" = String, Path, example = "prog_01kdvdna00fnwvvrwp1y42fmbq"),
        IdempotencyKey),
    request_body = NewSubAffiliateConfig,
    responses(
        (status = 200, description = "The config", body = SubAffiliateConfig),
        (status = 402, description = "`plan_tier_required`: your plan doesn't include paying recruiters more (only on \
                                      installations that sell plans)", body = ErrorSchema),
        (status = 404, description = "Not found", body = ErrorSchema),
        Refused))]
pub async fn set(
    State(state): State<AppState>,
    ConfigureKey(key): ConfigureKey,
    PathId(id): PathId<ProgramId>,
    idempotency: IdempotencyKey,
    body: JsonBody<NewSubAffiliateConfig>,
) -> Result<Response> {
    let NewSubAffiliateConfig { enabled, percent, months } = &body.value;
    let requested = terms(*enabled, &percent.to_string(), *months, state.clock.now())?;
    let mut write = Write::begin(&state, &key, idempotency.with(body.request_digest)).await?;
    let (config, entry) = enact(&mut write.tx, &state, id, requested).await?;
    match entry {
        Some(entry) => {
            write.audit(entry).await?;
            write.answer(StatusCode::OK, &config).await
        }
        None => write.unchanged(StatusCode::OK, &config).await,
    }
}

/// Whether recruiters earn more by these terms than by those before.
fn pays_more(before: Option<Terms>, after: Terms) -> bool {
    let Some(before) = before.filter(|before| before.enabled) else { return after.enabled };
    let months = |terms: Terms| terms.months.unwrap_or(u32::MAX);
    after.enabled && (after.percent_ppm > before.percent_ppm || months(after) > months(before))
}

/// Changes the config from now on; returns no audit entry if nothing changed. Locks the organization's tenant. A plan
/// without sub-affiliates keeps what a program pays already, and can reduce it.
///
/// # Errors
/// 404 if the program doesn't exist; 402 `plan_tier_required` naming `enabled`.
pub async fn enact(
    tx: &mut TenantTx,
    state: &AppState,
    id: ProgramId,
    requested: Terms,
) -> Result<(SubAffiliateConfig, Option<Entry>)> {
    book::store::lock(tx).await?;
    let now = state.clock.now();
    read(tx, id, now).await?;
    let before = store::last_terms(tx, id).await?;
    let effective_at = before.map_or(now, |before| now.max(before.effective_at.plus_millis(1)));
    let after = Terms { effective_at, ..requested };
    let same = |before: Terms| Terms { effective_at, ..before } == after;
    if before.is_some_and(same) {
        return Ok((SubAffiliateConfig::of(before), None));
    }
    if pays_more(before, after) {
        gate::require(tx, state, Feature::SubAffiliates).await.map_err(|error| error.with_field("enabled"))?;
    }
    store::insert_terms(tx, id, after, now).await?;
    recompute_since::since(tx, state, Some(id), None, effective_at).await?;
    let fields = |terms: Option<Terms>| {
        let config = SubAffiliateConfig::of(terms);
        json!({"enabled": config.enabled, "percent": config.percent, "months": config.months})
    };
    let entry =
        Entry::new("program.sub_affiliate_config_changed", id).before(fields(before)).after(fields(Some(after)));
    Ok((SubAffiliateConfig::of(Some(after)), Some(entry)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentages_have_at_most_four_decimals() {
        let ppm = |percent: &str| terms(true, percent, None, Timestamp::EPOCH).ok().map(|terms| terms.percent_ppm);
        let sent = |percent: f64| ppm(&Number::from_f64(percent).unwrap().to_string());
        assert_eq!(["0", "10", "12.5"].map(ppm), [Some(0), Some(100_000), Some(125_000)]);
        assert_eq!([0.0, 10.0, 33.3333, 0.0001, 100.0].map(sent), [0, 100_000, 333_333, 1, 1_000_000].map(Some));
        assert_eq!([-0.1, 100.0001, 0.000_01, 1e20].map(sent), [None; 4]);
        assert_eq!(["", "ten", "1,5", "NaN"].map(ppm), [None; 4]);
    }

    #[test]
    fn what_recruiters_gain_is_more() {
        let of = |enabled, percent_ppm, months| Terms { effective_at: Timestamp::EPOCH, enabled, percent_ppm, months };
        let off = of(false, 200_000, None);
        let year = of(true, 100_000, Some(12));
        assert!(pays_more(None, year) && pays_more(Some(off), year) && !pays_more(None, off));
        for (after, expected) in [
            (of(true, 100_001, Some(12)), true),
            (of(true, 50_000, Some(13)), true),
            (of(true, 100_000, None), true),
            (of(true, 50_000, Some(12)), false),
            (of(true, 100_000, Some(11)), false),
            (off, false),
        ] {
            assert_eq!(pays_more(Some(year), after), expected, "{after:?}");
        }
        assert!(!pays_more(Some(of(true, 100_000, None)), year));
    }
}

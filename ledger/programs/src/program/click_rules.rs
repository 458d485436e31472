//! `/api/v1/programs/{id}/click-rules`: the limits on what a program pays for clicks.

use axum::{Json, extract::State, http::StatusCode, response::Response};
use serde::{Deserialize, Serialize};
use serde_json::json;
use shared::{
    id::ProgramId,
    money::{Currency, Money},
    timestamp::Timestamp,
};
use utoipa::ToSchema;

use super::change::read;
use engine::{
    accrual::clicks::{click_rules::ClickRules, store},
    book,
};
use identity::{
    access::api_key::{ReadKey, WriteKey},
    api::write::Write,
    audit::Entry,
};
use kit::api::body::present;
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

const VISITORS_MAX: i64 = 1_000_000;
const BUDGET_MAX: i64 = 1_000_000_000_000;
const GROWTH: (i64, i64) = (2, 1_000);

/// The limits on what a program pays for clicks, per UTC day.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ProgramClickRules {
    /// The maximum number of paid visitors per affiliate and day.
    #[schema(example = 1000)]
    pub visitors_per_affiliate: i32,
    /// The maximum that all affiliates together earn for a day's visitors, in minor units of `currency`; null for no
    /// limit. First come, first served. Doesn't limit components that pay in other currencies.
    #[schema(required, example = 50_000)]
    pub daily_budget_cents: Option<i64>,
    /// The budget's currency. Null if there is no budget.
    #[schema(required, example = "USD")]
    pub currency: Option<String>,
    /// Holds a day for review if the affiliate brings more than 100 visitors, and more than this many times the daily
    /// average of the previous seven days. Null disables the check.
    #[schema(required, example = 5)]
    pub review_growth: Option<i32>,
    /// When the rules took effect. Null if they were never changed.
    #[schema(value_type = Option<String>, format = DateTime, required, example = "2026-11-20T08:30:00Z")]
    effective_at: Option<Timestamp>,
}

/// The fields to change. Omitted fields stay unchanged.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[schema(example = json!({"visitorsPerAffiliate": 500, "dailyBudgetCents": 50_000, "currency": "USD"}))]
pub struct ChangedClickRules {
    /// The maximum number of paid visitors per affiliate and day, 1 to 1,000,000.
    pub visitors_per_affiliate: Option<i64>,
    /// The daily budget in minor units of `currency`, at least 1. Null for no limit.
    #[serde(deserialize_with = "present")]
    #[schema(value_type = Option<i64>)]
    pub daily_budget_cents: Option<Option<i64>>,
    /// The budget's currency.
    pub currency: Option<String>,
    /// The growth factor that triggers a review, 2 to 1,000. Null disables the check.
    #[serde(deserialize_with = "present")]
    #[schema(value_type = Option<i64>)]
    pub review_growth: Option<Option<i64>>,
}

impl ProgramClickRules {
    fn of(set: Option<(Timestamp, ClickRules)>) -> Self {
        let (effective_at, rules) = set.map_or((None, ClickRules::default()), |(at, rules)| (Some(at), rules));
        Self {
            visitors_per_affiliate: rules.visitors_per_affiliate,
            daily_budget_cents: rules.daily_budget.map(|budget| budget.minor),
            currency: rules.daily_budget.map(|budget| budget.currency.code().to_owned()),
            review_growth: rules.review_growth,
            effective_at,
        }
    }
}

impl ChangedClickRules {
    const fn is_empty(&self) -> bool {
        self.visitors_per_affiliate.is_none()
            && self.daily_budget_cents.is_none()
            && self.currency.is_none()
            && self.review_growth.is_none()
    }

    /// The rules with the changes from the body applied.
    ///
    /// # Errors
    /// 400 naming the field.
    pub fn over(self, mut rules: ClickRules) -> Result<ClickRules> {
        if self.is_empty() {
            let fields = "visitorsPerAffiliate, dailyBudgetCents with currency, or reviewGrowth";
            return Err(Error::field("visitorsPerAffiliate", format!("Send at least one of these fields: {fields}.")));
        }
        if let Some(visitors) = self.visitors_per_affiliate {
            rules.visitors_per_affiliate = within("visitorsPerAffiliate", visitors, 1, VISITORS_MAX)?;
        }
        if let Some(growth) = self.review_growth {
            let growth = growth.map(|growth| within("reviewGrowth", growth, GROWTH.0, GROWTH.1));
            rules.review_growth = growth.transpose()?;
        }
        let currency: Option<Currency> = match self.currency {
            Some(code) => {
                let wrong = |_| Error::field("currency", "currency must be an ISO 4217 currency code, such as USD");
                Some(code.parse().map_err(wrong)?)
            }
            None => rules.daily_budget.map(|budget| budget.currency),
        };
        let minor = self.daily_budget_cents.unwrap_or_else(|| rules.daily_budget.map(|budget| budget.minor));
        rules.daily_budget = match (minor, currency) {
            (None, _) => None,
            (Some(_), None) => return Err(Error::field("currency", "currency is required with dailyBudgetCents")),
            (Some(minor), Some(currency)) => {
                if !(1..=BUDGET_MAX).contains(&minor) {
                    let message = format!("dailyBudgetCents must be 1 to {BUDGET_MAX}");
                    return Err(Error::field("dailyBudgetCents", message));
                }
                Some(Money::new(minor, currency))
            }
        };
        Ok(rules)
    }
}

/// Retrieve a program's click rules
#[utoipa::path(get, path = "/api/v1/programs/{id}/click-rules", tag = "Programs", operation_id = "getClickRules",
    params(("id" = String, Path, example = "prog_01kdvdna00fnwvvrwp1y42fmbq")),
    responses(
        (status = 200, description = "The click rules", body = ProgramClickRules),
        (status = 404, description = "Not found", body = ErrorSchema),
        Refused))]
pub async fn read_rules(
    State(state): State<AppState>,
    key: ReadKey,
    PathId(id): PathId<ProgramId>,
) -> Result<Json<ProgramClickRules>> {
    let mut tx = key.reader(&state).await?;
    let rules = current(&mut tx, id, state.clock.now()).await?;
    tx.end();
    Ok(Json(ProgramClickRules::of(rules)))
}

/// Update a program's click rules
#[utoipa::path(patch, path = "/api/v1/programs/{id}/click-rules", tag = "Programs", operation_id = "updateClickRules",
    description = "The rules apply to the whole current UTC day and to later days; past days don't change. They \
                   affect only plans with a component of type `per_click`.",
    params(("id" = String, Path, example = "prog_01kdvdna00fnwvvrwp1y42fmbq"),
        IdempotencyKey),
    request_body = ChangedClickRules,
    responses(
        (status = 200, description = "The updated click rules", body = ProgramClickRules),
        (status = 404, description = "Not found", body = ErrorSchema),
        Refused))]
pub async fn change_rules(
    State(state): State<AppState>,
    WriteKey(key): WriteKey,
    PathId(id): PathId<ProgramId>,
    idempotency: IdempotencyKey,
    body: JsonBody<ChangedClickRules>,
) -> Result<Response> {
    let mut write = Write::begin(&state, &key, idempotency.with(body.request_digest)).await?;
    let (rules, entry) = enact(&mut write.tx, &state, id, body.value).await?;
    match entry {
        Some(entry) => {
            write.audit(entry).await?;
            write.answer(StatusCode::OK, &rules).await
        }
        None => write.unchanged(StatusCode::OK, &rules).await,
    }
}

/// The current rules; `None` if they were never set.
///
/// # Errors
/// 404 if the program doesn't exist.
pub async fn current(tx: &mut TenantTx, id: ProgramId, now: Timestamp) -> Result<Option<(Timestamp, ClickRules)>> {
    read(tx, id, now).await?;
    Ok(store::last_rules(tx, id).await?)
}

/// Changes the rules; returns no audit entry if nothing changed.
///
/// # Errors
/// 404 if the program doesn't exist; 400 naming the field.
pub async fn enact(
    tx: &mut TenantTx,
    state: &AppState,
    id: ProgramId,
    changed: ChangedClickRules,
) -> Result<(ProgramClickRules, Option<Entry>)> {
    book::store::lock(tx).await?;
    let now = state.clock.now();
    let set = current(tx, id, now).await?;
    let before = set.map(|(_, rules)| rules).unwrap_or_default();
    let after = changed.over(before)?;
    if after == before {
        return Ok((ProgramClickRules::of(set), None));
    }
    let effective_at = set.map_or(now, |(last, _)| now.max(last.plus_millis(1)));
    store::insert_rules(tx, id, &after, effective_at, now).await?;
    let fields = |rules: ClickRules| {
        json!({
            "visitorsPerAffiliate": rules.visitors_per_affiliate,
            "dailyBudget": rules.daily_budget.map(|budget| budget.to_string()),
            "reviewGrowth": rules.review_growth,
        })
    };
    let entry = Entry::new("program.click_rules_changed", id).before(fields(before)).after(fields(after));
    Ok((ProgramClickRules::of(Some((effective_at, after))), Some(entry)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn over(json: &str, rules: ClickRules) -> std::result::Result<ClickRules, String> {
        let changed: ChangedClickRules = serde_json::from_str(json).unwrap();
        changed.over(rules).map_err(|error| error.body().field.clone().unwrap_or_default())
    }

    #[test]
    fn what_a_body_leaves_out_stays() {
        let rules = over(r#"{"dailyBudgetCents":50000,"currency":"USD"}"#, ClickRules::default()).unwrap();
        assert_eq!(rules.daily_budget, Some(Money::new(50_000, Currency::USD)));
        assert_eq!((rules.visitors_per_affiliate, rules.review_growth), (1_000, Some(5)));
        let more = over(r#"{"dailyBudgetCents":60000,"visitorsPerAffiliate":5}"#, rules).unwrap();
        assert_eq!((more.daily_budget, more.visitors_per_affiliate), (Some(Money::new(60_000, Currency::USD)), 5));
        let off = over(r#"{"dailyBudgetCents":null,"reviewGrowth":null}"#, more).unwrap();
        assert_eq!((off.daily_budget, off.review_growth, off.visitors_per_affiliate), (None, None, 5));
    }

    #[test]
    fn each_mistake_names_its_field() {
        for (json, field) in [
            ("{}", "visitorsPerAffiliate"),
            (r#"{"visitorsPerAffiliate":0}"#, "visitorsPerAffiliate"),
            (r#"{"dailyBudgetCents":100}"#, "currency"),
            (r#"{"dailyBudgetCents":0,"currency":"USD"}"#, "dailyBudgetCents"),
            (r#"{"dailyBudgetCents":1,"currency":"dollars"}"#, "currency"),
            (r#"{"reviewGrowth":1}"#, "reviewGrowth"),
        ] {
            assert_eq!(over(json, ClickRules::default()), Err(field.to_owned()), "{json}");
        }
    }
}

//! Plan versions in API requests and responses, and the schema of their components.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use shared::{
    id::{AffiliateId, PlanVersionId, ProgramId},
    timestamp::Timestamp,
};
use utoipa::ToSchema;

use kit::error::{Error, Result};
use rules::commission::plan::{self, Component};

/// A version of a plan. A version never changes; a later version of the same scope replaces it from its effective date.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Plan {
    #[schema(value_type = String, example = "plan_01kdvdna00e6k3t9v2m8x4r7qd")]
    pub id: PlanVersionId,
    #[schema(value_type = String, example = "prog_01kdvdna00fnwvvrwp1y42fmbq")]
    pub program_id: ProgramId,
    /// Who the version applies to.
    #[schema(value_type = ScopeSchema)]
    pub scope: Scope,
    /// The version applies to customers whose first conversion is at or after this time.
    #[schema(value_type = String, format = DateTime, example = "2026-07-01T00:00:00Z")]
    pub effective_at: Timestamp,
    /// Whether this is the scope's current version: the latest one that has taken effect.
    #[schema(example = true)]
    pub in_force: bool,
    /// The number of days a commission stays Pending, from the date of the sale.
    #[schema(example = 30)]
    pub hold_days: i32,
    /// A note for your team.
    #[schema(required, example = "Summer rates")]
    pub note: Option<String>,
    /// Null if the version ends an override.
    #[schema(value_type = Option<Vec<ComponentSchema>>, required)]
    pub components: Option<Vec<Component>>,
    /// The components in plain words, one line each.
    #[schema(example = json!(["USD 250.00 for a customer's first sale", "5% of each renewal"]))]
    pub summary: Vec<String>,
    #[schema(value_type = String, format = DateTime, example = "2026-06-20T08:30:01Z")]
    pub created_at: Timestamp,
}

/// The scope of a version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Value")]
pub enum Scope {
    #[serde(rename = "program")]
    Program,
    #[serde(rename = "segment")]
    Segment(String),
    #[serde(rename = "affiliateId")]
    Affiliate(AffiliateId),
}

/// Who a version applies to: `"program"`, `{"segment": "gold"}` or `{"affiliateId": "aff_…"}`. Only the narrowest scope
/// with a version in force applies: the affiliate's own, else the segment's, else the program's.
#[derive(Debug, ToSchema)]
#[schema(as = PlanScope, example = json!({"affiliateId": "aff_01kdvdna00fec9rpb7dk6gd3hy"}))]
pub enum ScopeSchema {
    #[schema(rename = "program")]
    Program,
    #[schema(rename = "segment")]
    Segment(String),
    #[schema(rename = "affiliateId")]
    Affiliate(String),
}

pub const SEGMENT_MAX: usize = 100;

impl TryFrom<Value> for Scope {
    type Error = &'static str;

    fn try_from(value: Value) -> std::result::Result<Self, Self::Error> {
        let wrong = r#"scope must be "program", {"segment": "gold"} or {"affiliateId": "aff_…"}"#;
        let entry = match &value {
            Value::String(text) if text == "program" => return Ok(Self::Program),
            Value::Object(map) if map.len() == 1 => map.iter().next(),
            _ => None,
        };
        match entry.map(|(key, value)| (key.as_str(), value.as_str())) {
            Some(("segment", Some(name))) => Ok(Self::Segment(name.to_owned())),
            Some(("affiliateId", Some(id))) => id.parse().map(Self::Affiliate).map_err(|_| wrong),
            _ => Err(wrong),
        }
    }
}

impl Scope {
    /// # Errors
    /// 400 if the segment's name is invalid.
    pub fn read(self) -> Result<plan::Scope> {
        Ok(match self {
            Self::Program => plan::Scope::Program,
            Self::Segment(name) => plan::Scope::Segment(kit::api::text::checked("scope.segment", &name, SEGMENT_MAX)?),
            Self::Affiliate(id) => plan::Scope::Affiliate(id),
        })
    }
}

impl From<plan::Scope> for Scope {
    fn from(scope: plan::Scope) -> Self {
        match scope {
            plan::Scope::Program => Self::Program,
            plan::Scope::Segment(name) => Self::Segment(name),
            plan::Scope::Affiliate(id) => Self::Affiliate(id),
        }
    }
}

/// # Errors
/// 400 naming the field by its path.
pub fn validate(components: &[Component]) -> Result<()> {
    plan::validate(components).map_err(|invalid| Error::field(&invalid.field, invalid.to_string()))
}

/// The earliest time that a plan or policy may start: no data is older.
pub const OLDEST: &str = "2000-01-01T00:00:00Z";

/// # Errors
/// 400 naming the field.
pub fn not_ancient(field: &str, moment: Timestamp) -> Result<Timestamp> {
    let oldest = Timestamp::parse_rfc3339(OLDEST).unwrap_or(Timestamp::EPOCH);
    if moment < oldest { Err(Error::field(field, format!("{field} must not be before {OLDEST}"))) } else { Ok(moment) }
}

/// What a plan pays, for which sales, for how long and up to which limit. `docs/guide/commissions.md` explains each
/// type with its calculation. A sale earns the sum of what the plan's components pay.
#[derive(Debug, ToSchema)]
#[schema(as = PlanComponent, rename_all = "camelCase",
    example = json!({"type": "percentage", "ratePercent": "5", "when": {"on": "recurring"}, "duration": {"months": 12}}))]
#[expect(dead_code, reason = "describes commission::plan::Component, which knows nothing of OpenAPI")]
pub struct ComponentSchema {
    /// `percentage`, `flat`, `tiers`, `first_conversion`, `per_lead` or `per_click`.
    #[schema(example = "percentage")]
    r#type: String,
    /// For `percentage`: the rate as a decimal string with at most four decimals. Responses use `ratePpm`.
    #[schema(example = "12.5")]
    rate_percent: Option<String>,
    /// The rate in parts per million.
    #[schema(example = 125_000)]
    rate_ppm: Option<u32>,
    /// For `flat`, `first_conversion`, `per_lead` and `per_click`: the amount in minor units of `currency`.
    #[schema(example = 25_000)]
    amount_cents: Option<i64>,
    #[schema(example = "USD")]
    currency: Option<String>,
    /// For `tiers`: `sales` or `revenue`.
    by: Option<String>,
    /// For `tiers`: `month`, `quarter`, `year` or `ever`.
    period: Option<String>,
    /// For `tiers`: `marginal` (each sale at its own step) or `whole` (the whole period at the step it reaches).
    mode: Option<String>,
    /// For `tiers`: the steps in ascending order.
    steps: Option<Vec<StepSchema>>,
    /// The sales for which the component pays; without conditions, all of them.
    when: Option<ConditionSchema>,
    /// `"lifetime"` (default), `"once"` or `{"months": 12}`.
    duration: Option<DurationSchema>,
    /// The limits of what the component pays; without them, there are none.
    cap: Option<CapSchema>,
    /// The component's name.
    #[schema(example = "Renewals")]
    name: Option<String>,
    /// Identifies the component across versions: 1 to 40 lowercase letters, digits and underscores. If you omit it, the
    /// component gets the id of the component of the same type in the scope's previous version, matched by name or else
    /// by position; otherwise, its type and a number.
    #[schema(example = "percentage")]
    id: Option<String>,
}

/// How long a component pays for a customer.
#[derive(Debug, ToSchema)]
#[schema(as = PlanDuration, rename_all = "snake_case", example = json!({"months": 12}))]
pub enum DurationSchema {
    Lifetime,
    Once,
    Months(u16),
}

/// The rate or amount that applies from this sale of the period (1, 2, …) or this revenue (0 or more) on.
#[derive(Debug, ToSchema)]
#[schema(as = PlanStep, rename_all = "camelCase")]
#[expect(dead_code, reason = "as ComponentSchema")]
pub struct StepSchema {
    /// The first sale of the period, or the revenue, from which the step applies.
    #[schema(example = 11)]
    from: u64,
    /// The rate as a decimal string. Responses use `ratePpm`.
    #[schema(example = "15")]
    rate_percent: Option<String>,
    /// The rate in parts per million.
    rate_ppm: Option<u32>,
    amount_cents: Option<i64>,
}

/// The sales for which a component pays. Every condition must match; a list matches if any one of its entries does.
#[derive(Debug, ToSchema)]
#[schema(as = PlanCondition, rename_all = "camelCase")]
#[expect(dead_code, reason = "as ComponentSchema")]
pub struct ConditionSchema {
    /// The affiliate's segment must be one of these.
    segments: Option<Vec<String>>,
    /// The affiliate's ID must be one of these.
    affiliates: Option<Vec<String>>,
    /// The sale's `productId` must be one of these.
    products: Option<Vec<String>>,
    /// The customer's country must be one of these, as two-letter codes.
    #[schema(example = json!(["US", "CA"]))]
    countries: Option<Vec<String>>,
    /// The sale's currency must be one of these.
    currencies: Option<Vec<String>>,
    /// `any` (default), `new` or `recurring`.
    #[schema(example = "recurring")]
    on: Option<String>,
    /// Accepted values of the sale's metadata, by key.
    #[schema(example = json!({"term": ["yearly"]}))]
    metadata: Option<BTreeMap<String, Vec<String>>>,
}

/// The limits of what a component pays, in minor units of one currency.
#[derive(Debug, ToSchema)]
#[schema(as = PlanCap, rename_all = "camelCase")]
#[expect(dead_code, reason = "as ComponentSchema")]
pub struct CapSchema {
    #[schema(example = "USD")]
    currency: String,
    /// The limit for each conversion.
    per_conversion: Option<i64>,
    /// The limit for each customer.
    per_customer: Option<i64>,
    /// The limit for each affiliate in a period.
    per_affiliate: Option<AffiliateCapSchema>,
}

/// A limit over all sales of one affiliate in a period.
#[derive(Debug, ToSchema)]
#[schema(as = PlanAffiliateCap, rename_all = "camelCase")]
#[expect(dead_code, reason = "as ComponentSchema")]
pub struct AffiliateCapSchema {
    #[schema(example = 400_000)]
    amount_cents: i64,
    /// `month`, `quarter`, `year` or `ever`.
    #[schema(example = "month")]
    period: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scope_reads_as_it_writes() {
        let affiliate: AffiliateId = "aff_01kdvdna00fec9rpb7dk6gd3hy".parse().unwrap();
        for scope in [Scope::Program, Scope::Segment("gold".to_owned()), Scope::Affiliate(affiliate)] {
            let text = serde_json::to_string(&scope).unwrap();
            assert_eq!(serde_json::from_str::<Scope>(&text).unwrap(), scope, "{text}");
        }
        assert_eq!(serde_json::to_string(&Scope::Program).unwrap(), r#""program""#);
        for bad in
            [r#""segment""#, "{}", r#"{"segment":1}"#, r#"{"affiliateId":"prog_1"}"#, "null", r#"{"program":""}"#]
        {
            assert!(serde_json::from_str::<Scope>(bad).is_err(), "{bad}");
        }
    }
}

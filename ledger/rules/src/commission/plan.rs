//! Commission plans: what a program promises its affiliates, in immutable versions that take effect at a date.
//!
//! A version is a list of components and pays their sum, so that a hybrid (a bounty and a share of each renewal) is no
//! special case. [`validate`] runs before a version is stored; [`super::price`] computes the amounts.

mod identity;
mod json;
mod sent;
pub mod validate;
pub mod words;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use shared::{
    id::{AffiliateId, PlanVersionId, ProgramId},
    money::{Currency, Money},
    timestamp::Timestamp,
};

pub use self::{
    identity::{identify, with_ids},
    json::read_percent,
    sent::{components, components_or_null},
    validate::{Invalid, validate},
    words::in_words,
};
use super::period::Period;

/// One version of a plan, in force for its scope from `effective_at` until the scope's next one.
#[derive(Debug, Clone, PartialEq)]
pub struct PlanVersion {
    pub id: PlanVersionId,
    pub program_id: ProgramId,
    pub scope: Scope,
    pub effective_at: Timestamp,
    /// `None`: from here on this scope has no plan of its own, and the next wider one applies.
    pub components: Option<Vec<Component>>,
    /// How many days a commission stays Pending, from its conversion's date.
    pub hold_days: u16,
}

impl PlanVersion {
    /// The id of the component with this index.
    pub fn component_id(&self, index: i32) -> Option<String> {
        let (components, index) = (self.components.as_deref()?, usize::try_from(index).ok()?);
        match components.get(index)?.id.as_ref() {
            Some(id) => Some(id.clone()),
            None => identity::ids(components).into_iter().nth(index),
        }
    }
}

/// The affiliates that a version is for. A narrower scope replaces the wider one entirely; they don't add up.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Scope {
    Program,
    Segment(String),
    Affiliate(AffiliateId),
}

/// Returns the version in force for an affiliate at a time: the affiliate's own, else their segment's, else the
/// program's. Of one scope's versions that are effective by then, the latest counts.
pub fn in_force<'a>(
    versions: &'a [PlanVersion],
    program: ProgramId,
    affiliate: AffiliateId,
    segment: Option<&str>,
    at: Timestamp,
) -> Option<&'a PlanVersion> {
    let latest = |requested: &dyn Fn(&Scope) -> bool| {
        versions
            .iter()
            .filter(|version| version.program_id == program && version.effective_at <= at && requested(&version.scope))
            .max_by_key(|version| (version.effective_at, version.id))
            .filter(|version| version.components.is_some())
    };
    latest(&|scope| matches!(scope, Scope::Affiliate(id) if *id == affiliate))
        .or_else(|| latest(&|scope| matches!(scope, Scope::Segment(name) if segment == Some(name.as_str()))))
        .or_else(|| latest(&|scope| *scope == Scope::Program))
}

/// One thing that a plan pays. As JSON it is one flat object with a `type`; [`json`] reads and writes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "json::Wire", into = "json::Wire")]
pub struct Component {
    pub pays: Pays,
    pub when: Condition,
    pub duration: Duration,
    pub cap: Option<Cap>,
    /// The name that people see.
    pub name: Option<String>,
    /// Identifies it across versions: see [`identify`]. `None` before its version is stored, and in older versions.
    pub id: Option<String>,
}

impl From<Pays> for Component {
    /// A component without condition, limit or end.
    fn from(pays: Pays) -> Self {
        Self { pays, when: Condition::default(), duration: Duration::Lifetime, cap: None, name: None, id: None }
    }
}

impl Component {
    /// What one click pays, before conditions. Clicks are counted and priced by the day, not here.
    pub const fn per_click(&self) -> Option<Money> {
        match self.pays {
            Pays::PerClick(amount) => Some(amount),
            _ => None,
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pays {
    /// A share of the commissionable amount, in parts per million: 200000 is 20%.
    Percentage {
        rate_ppm: u32,
    },
    /// The same amount for each sale.
    Flat(Money),
    Tiers(Tiers),
    /// A bounty on the buyer's first sale in the program.
    FirstConversion(Money),
    /// The amount for the buyer's first lead in the program.
    PerLead(Money),
    PerClick(Money),
}

/// 100%.
pub const RATE_PPM_MAX: u32 = 1_000_000;

/// The more an affiliate sells in a period, the more a sale pays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tiers {
    pub by: By,
    pub period: Period,
    pub mode: Mode,
    /// Ascending; the first starts at the first sale, or at zero revenue.
    pub steps: Vec<Step>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    Sales,
    /// Revenue in this currency only.
    Revenue(Currency),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// Each sale, or each part of the revenue, earns at the step it falls into.
    Marginal,
    /// The step reached by the period's total applies to every sale of the period.
    Whole,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step {
    /// The number of a sale in the period, from 1; or revenue in minor units, from 0.
    pub from: u64,
    pub pays: StepPays,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StepPays {
    Rate { rate_ppm: u32 },
    Flat(Money),
}

/// The conversions that a component applies to. All conditions must hold; an empty list requires nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Condition {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub segments: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub affiliates: Vec<AffiliateId>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub products: Vec<String>,
    /// The buyer's country: two upper-case letters.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub countries: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub currencies: Vec<Currency>,
    #[serde(skip_serializing_if = "On::is_any")]
    pub on: On,
    /// Each key must have one of these values.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub metadata: BTreeMap<String, Vec<String>>,
}

impl Condition {
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum On {
    #[default]
    Any,
    /// A sale that isn't a renewal.
    New,
    /// A renewal.
    Recurring,
}

impl On {
    fn is_any(&self) -> bool {
        *self == Self::Any
    }
}

/// How long a component pays for one buyer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Duration {
    /// For the buyer's first sale in the program only.
    Once,
    /// For conversions before the day the buyer was bound plus this many calendar months (UTC).
    Months(u16),
    #[default]
    Lifetime,
}

impl Duration {
    fn is_lifetime(&self) -> bool {
        *self == Self::Lifetime
    }
}

/// Limits in minor units of one currency. What a component earns in another currency is not limited.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Cap {
    pub currency: Currency,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub per_conversion: Option<i64>,
    /// Total for all conversions of one buyer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub per_customer: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub per_affiliate: Option<AffiliateCap>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AffiliateCap {
    pub amount_cents: i64,
    pub period: Period,
}

#[cfg(test)]
mod tests;

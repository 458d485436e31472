mod bounds;
mod caps;
mod conditions;
mod currencies;
mod plans;
mod properties;
mod some;
mod story;
mod tiers;

use shared::{
    id::{AffiliateId, ConversionId, CustomerId, PlanVersionId, ProgramId},
    money::{Currency, Money},
    timestamp::Timestamp,
};

use super::*;
use crate::{
    commission::plan::{PlanVersion, Scope, validate},
    fact::Details,
};

/// A sale that owns its data.
#[derive(Debug, Clone)]
struct Deal {
    number: u64,
    external_id: String,
    affiliate: u8,
    buyer: u8,
    version: PlanVersion,
    kind: Kind,
    sequence: u32,
    bound_at: Timestamp,
    occurred_at: Timestamp,
    amount: Money,
    refunded: i64,
    product_id: Option<String>,
    details: Details,
    segment: Option<String>,
}

impl Deal {
    /// The first sale of buyer 1, credited to affiliate 1.
    fn new(version: &PlanVersion, number: u64, date: &str, amount: Money) -> Self {
        Self {
            number,
            external_id: format!("sale_{number:04}"),
            affiliate: 1,
            buyer: 1,
            version: version.clone(),
            kind: Kind::Sale,
            sequence: 1,
            bound_at: day(date),
            occurred_at: day(date),
            amount,
            refunded: 0,
            product_id: None,
            details: Details::default(),
            segment: None,
        }
    }

    fn sale(&self) -> Sale<'_> {
        Sale {
            conversion: ConversionId::v7(self.number, &[0; 10]),
            external_id: &self.external_id,
            program: program(),
            affiliate: affiliate(self.affiliate),
            buyer: BuyerKey::Customer(CustomerId::from_bytes([self.buyer; 16])),
            version: &self.version,
            kind: self.kind,
            sequence: self.sequence,
            bound_at: self.bound_at,
            occurred_at: self.occurred_at,
            amount: self.amount,
            refunded: self.refunded,
            product_id: self.product_id.as_deref(),
            details: &self.details,
            segment: self.segment.as_deref(),
        }
    }
}

fn program() -> ProgramId {
    ProgramId::from_bytes([1; 16])
}

fn affiliate(number: u8) -> AffiliateId {
    AffiliateId::from_bytes([number; 16])
}

/// Noon in UTC.
fn day(date: &str) -> Timestamp {
    Timestamp::parse_rfc3339(&format!("{date}T12:00:00Z")).unwrap()
}

fn usd(minor: i64) -> Money {
    Money::new(minor, Currency::USD)
}

/// A plan as the API accepts it: parsed, validated, and in force from the beginning.
fn plan(json: &str) -> PlanVersion {
    scoped(1, Scope::Program, Timestamp::EPOCH, json)
}

fn scoped(id: u8, scope: Scope, effective_at: Timestamp, json: &str) -> PlanVersion {
    let components: Vec<Component> = serde_json::from_str(json).unwrap();
    assert_eq!(validate(&components), Ok(()));
    let (id, program_id) = (PlanVersionId::from_bytes([id; 16]), program());
    PlanVersion { id, program_id, scope, effective_at, components: Some(components), hold_days: 30 }
}

fn priced(deals: &[Deal]) -> Vec<Vec<Earned>> {
    let sales: Vec<Sale<'_>> = deals.iter().map(Deal::sale).collect();
    let earned = |priced| match priced {
        Priced::Earned(earned) => earned,
        Priced::Kept { .. } => panic!("complete"),
    };
    price(&sales, |_| true).unwrap().into_iter().map(|all| all.into_iter().map(earned).collect()).collect()
}

/// The remainder of each component's commission on each sale: `[(component, minor units)]`.
fn left(deals: &[Deal]) -> Vec<Vec<(i32, i64)>> {
    let left = |earned: Earned| (earned.component, earned.left.minor);
    priced(deals).into_iter().map(|all| all.into_iter().map(left).collect()).collect()
}

/// The remainder for a sale over all components.
fn sums(deals: &[Deal]) -> Vec<i64> {
    left(deals).into_iter().map(|all| all.into_iter().map(|(_, minor)| minor).sum()).collect()
}

/// The arithmetic of a sale's only commission.
fn steps(deals: &[Deal], index: usize) -> Vec<String> {
    priced(deals)[index].first().map(|earned| earned.steps.clone()).unwrap_or_default()
}

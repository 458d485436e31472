//! Simulates what a draft plan would have paid for past sales, with their existing credit: nothing is attributed again,
//! nothing is written.
//!
//! The draft counts as if it had always been its scope's plan. Sales to which another scope's plan applies keep what
//! they earned, and still count for the draft's tiers. Pure.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, HashMap},
};

use shared::{
    id::{AffiliateId, ConversionId, PlanVersionId, ProgramId},
    money::{Currency, Money, MoneyError},
    timestamp::Timestamp,
};

use super::partner::Partner;
use super::{
    period::Period,
    plan::{Component, Pays, PlanVersion, Scope},
    price::{BuyerKey, Earned, Pool, Priced, Sale, price},
};
use crate::{conversion::Kind, fact::Details};

/// A credited conversion of the past.
#[derive(Debug, Clone)]
pub struct Past {
    pub conversion: ConversionId,
    pub external_id: String,
    pub affiliate: AffiliateId,
    pub buyer: BuyerKey,
    pub kind: Kind,
    pub sequence: u32,
    pub bound_at: Timestamp,
    pub occurred_at: Timestamp,
    pub amount: Money,
    pub refunded: i64,
    pub product_id: Option<String>,
    pub details: Details,
    /// A person decided that it earns nothing.
    pub denied: bool,
    /// It is waiting for a review: like a denied one it raises no tier and uses up no cap.
    pub waits: bool,
    /// It is a claim that no one approved.
    pub is_claim: bool,
    /// It is such a claim of a program that didn't trust its pages: it's priced by itself.
    pub is_apart: bool,
    /// The version that it was priced by; `None` if none was in force.
    pub version: Option<PlanVersionId>,
    /// When its plan was chosen: at the customer's first conversion, or at this one.
    pub plan_at: Timestamp,
    /// Its booked amounts after refunds; none is zero.
    pub booked: Vec<Money>,
}

/// The plan to be simulated.
#[derive(Debug, Clone)]
pub struct Draft {
    pub program: ProgramId,
    pub scope: Scope,
    pub components: Vec<Component>,
    /// The period of the sales to report; `to` is exclusive.
    pub from: Timestamp,
    pub to: Timestamp,
}

/// What is known about the program and its affiliates.
#[derive(Debug, Clone, Default)]
pub struct Known {
    /// Versions of a narrower scope than the program.
    pub overrides: HashMap<PlanVersionId, Scope>,
    pub partners: HashMap<AffiliateId, Partner>,
}

/// Minor units of one currency.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Change {
    pub current: i64,
    pub simulated: i64,
}

/// One sale with what it would have earned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Example {
    /// Its index among the sales given.
    pub sale: usize,
    pub occurred_at: Timestamp,
    /// `None`: another scope's plan applies, so it keeps its amount.
    pub simulated: Option<Vec<Earned>>,
    difference: u64,
}

/// Sums by currency and UTC day, the day by its number since 1970.
pub type Days = BTreeMap<(Currency, i64), Change>;

const DAY_MS: i64 = 86_400_000;

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Simulation {
    pub conversions: usize,
    pub totals: BTreeMap<Currency, Change>,
    pub affiliates: BTreeMap<(AffiliateId, Currency), Change>,
    pub days: Days,
    /// The sales that differ most.
    pub examples: Vec<Example>,
}

impl Change {
    pub const fn difference(self) -> i64 {
        self.simulated.saturating_sub(self.current)
    }
}

/// The sales that have to be given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Needed {
    /// All credited sales of the program in this period; the end is exclusive.
    pub from: Timestamp,
    pub to: Timestamp,
    /// And everything that the buyers of those bought before.
    pub with_earlier: bool,
}

impl Draft {
    /// Tiers and affiliate caps depend on whole periods, customer caps on everything a buyer bought.
    pub fn needs(&self) -> Needed {
        let mut needed = Needed { from: self.from, to: self.to, with_earlier: false };
        for component in &self.components {
            needed.with_earlier |= component.cap.is_some_and(|cap| cap.per_customer.is_some());
            for period in periods(component) {
                needed.from = needed.from.min(period.around(self.from).0);
                needed.to = needed.to.max(period.around(self.to.plus_millis(-1)).1);
            }
        }
        needed
    }

    fn decides(&self, sale: &Past, known: &Known) -> bool {
        let decided_by = sale.version.and_then(|version| known.overrides.get(&version));
        match &self.scope {
            Scope::Affiliate(affiliate) => sale.affiliate == *affiliate,
            Scope::Segment(name) => {
                let segment = known.partners.get(&sale.affiliate).and_then(|partner| partner.segment(sale.plan_at));
                segment == Some(name) && !matches!(decided_by, Some(Scope::Affiliate(_)))
            }
            Scope::Program => decided_by.is_none(),
        }
    }
}

fn periods(component: &Component) -> impl Iterator<Item = Period> + use<> {
    let tiers = match &component.pays {
        Pays::Tiers(tiers) => Some(tiers.period),
        _ => None,
    };
    tiers.into_iter().chain(component.cap.and_then(|cap| cap.per_affiliate).map(|cap| cap.period))
}

/// Simulates the draft. `sales` are those that [`Draft::needs`] requires.
///
/// # Errors
/// [`MoneyError::Overflow`] if a commission exceeds 64 bits.
pub fn simulate(draft: &Draft, sales: &[Past], known: &Known, examples: usize) -> Result<Simulation, MoneyError> {
    let version = |number: u8, components| PlanVersion {
        id: PlanVersionId::from_bytes([number; 16]),
        program_id: draft.program,
        scope: draft.scope.clone(),
        effective_at: Timestamp::EPOCH,
        components,
        hold_days: 0,
    };
    let (drafted, other) = (version(1, Some(draft.components.clone())), version(0, None));
    let decided: Vec<bool> = sales.iter().map(|sale| draft.decides(sale, known)).collect();
    let priceable: Vec<Sale<'_>> = sales
        .iter()
        .zip(&decided)
        .map(|(past, decided)| sale(past, draft.program, if *decided { &drafted } else { &other }, known))
        .collect();
    let needed = draft.needs();
    let priced = priced(&priceable, sales, |pool| needed.from <= pool.from && pool.to <= needed.to)?;
    let mut simulation = Simulation::default();
    for (index, (past, priced)) in sales.iter().zip(priced).enumerate() {
        if past.occurred_at < draft.from || past.occurred_at >= draft.to {
            continue;
        }
        let simulated = decided[index].then(|| if past.denied { Vec::new() } else { earned(priced) });
        simulation.count(index, past, simulated, examples);
    }
    simulation.examples.sort_by_key(order);
    simulation.examples.truncate(examples);
    Ok(simulation)
}

/// Prices sales that count as if no others existed, verified ones that don't among all verified ones, claims that are apart
/// by themselves, and the other claims among all, as recomputing does.
fn priced(sales: &[Sale<'_>], past: &[Past], complete: impl Fn(&Pool) -> bool) -> Result<Vec<Vec<Priced>>, MoneyError> {
    let counts = |past: &Past| !past.denied && !past.waits && !past.is_claim;
    if past.iter().all(counts) {
        return price(sales, &complete);
    }
    let those = |chosen: &dyn Fn(&Past) -> bool| -> Vec<Sale<'_>> {
        sales.iter().zip(past).filter(|(_, past)| chosen(past)).map(|(sale, _)| *sale).collect()
    };
    let mut counted = price(&those(&counts), &complete)?.into_iter();
    let mut verified = price(&those(&|past: &Past| !past.is_claim), &complete)?.into_iter();
    let mut pooled = price(&those(&|past: &Past| !past.is_apart), &complete)?.into_iter();
    let one = |(sale, past): (&Sale<'_>, &Past)| -> Result<Vec<Priced>, MoneyError> {
        if past.is_apart {
            return Ok(price(std::slice::from_ref(sale), |_| true)?.concat());
        }
        let among_all = pooled.next().unwrap_or_default();
        if past.is_claim {
            return Ok(among_all);
        }
        let among_verified = verified.next().unwrap_or_default();
        Ok(if counts(past) { counted.next().unwrap_or_default() } else { among_verified })
    };
    sales.iter().zip(past).map(one).collect()
}

fn sale<'a>(past: &'a Past, program: ProgramId, version: &'a PlanVersion, known: &'a Known) -> Sale<'a> {
    Sale {
        conversion: past.conversion,
        external_id: &past.external_id,
        program,
        affiliate: past.affiliate,
        buyer: past.buyer,
        version,
        kind: past.kind,
        sequence: past.sequence,
        bound_at: past.bound_at,
        occurred_at: past.occurred_at,
        amount: past.amount,
        refunded: past.refunded,
        product_id: past.product_id.as_deref(),
        details: &past.details,
        segment: known.partners.get(&past.affiliate).and_then(|partner| partner.segment(past.occurred_at)),
    }
}

fn earned(priced: Vec<Priced>) -> Vec<Earned> {
    let earned = priced.into_iter().filter_map(|priced| match priced {
        Priced::Earned(earned) => Some(earned),
        // All pools of the period are complete.
        Priced::Kept { .. } => None,
    });
    earned.collect()
}

/// The greatest difference first; of equal ones, the latest.
const fn order(example: &Example) -> (Reverse<u64>, Reverse<Timestamp>) {
    (Reverse(example.difference), Reverse(example.occurred_at))
}

impl Simulation {
    fn count(&mut self, index: usize, past: &Past, simulated: Option<Vec<Earned>>, examples: usize) {
        self.conversions += 1;
        let mut changes: BTreeMap<Currency, Change> = BTreeMap::new();
        let mut add = |money: Money, current: bool, simulated: bool| {
            let change = changes.entry(money.currency).or_default();
            change.current = change.current.saturating_add(if current { money.minor } else { 0 });
            change.simulated = change.simulated.saturating_add(if simulated { money.minor } else { 0 });
        };
        for booked in &past.booked {
            add(*booked, true, simulated.is_none());
        }
        for earned in simulated.iter().flatten() {
            add(earned.left, false, true);
        }
        let mut difference = 0_u64;
        let day = past.occurred_at.millis().div_euclid(DAY_MS);
        for (currency, change) in changes {
            difference = difference.saturating_add(change.difference().unsigned_abs());
            for sum in [
                self.totals.entry(currency).or_default(),
                self.affiliates.entry((past.affiliate, currency)).or_default(),
                self.days.entry((currency, day)).or_default(),
            ] {
                sum.current = sum.current.saturating_add(change.current);
                sum.simulated = sum.simulated.saturating_add(change.simulated);
            }
        }
        self.examples.push(Example { sale: index, occurred_at: past.occurred_at, simulated, difference });
        // Truncated regularly, so that a hundred thousand sales don't keep a hundred thousand explanations in memory.
        if self.examples.len() > examples.saturating_mul(4).max(64) {
            self.examples.sort_by_key(order);
            self.examples.truncate(examples);
        }
    }
}

#[cfg(test)]
mod tests;

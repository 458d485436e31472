//! Computes what sales earn: every component of a plan version on every sale given, with the arithmetic in words.
//!
//! Pure, and independent of the order in which sales are given or became known: sales count by their own dates. A
//! refund takes its share of its own sale's commission and never raises another one's; if tiers or caps make sales
//! depend on each other, the values they depend on are chosen so that this holds.

mod apply;
mod caps;
mod tally;
mod tiers;

use shared::{
    id::{AffiliateId, ConversionId, CustomerId, ProgramId},
    money::{Money, MoneyError},
    timestamp::Timestamp,
};

use self::{
    caps::{Earning, Used},
    tally::{Refunds, Tallies, Tiered},
};
use super::{
    compute::{after_refunds, half_up, percent},
    period::Period,
    plan::{Component, Mode, Pays, PlanVersion, RATE_PPM_MAX, Scope},
};
use crate::{conversion::Kind, fact::Details};

/// A conversion that is credited to an affiliate under a plan version.
///
/// For a conversion credited while no plan was in force, which still counts for others' tiers, pass a version without
/// components.
#[derive(Debug, Clone, Copy)]
pub struct Sale<'a> {
    pub conversion: ConversionId,
    pub external_id: &'a str,
    pub program: ProgramId,
    pub affiliate: AffiliateId,
    pub buyer: BuyerKey,
    pub version: &'a PlanVersion,
    pub kind: Kind,
    /// 1: the buyer's first sale above zero in this program; for a lead, their first lead. Refunds don't change it.
    pub sequence: u32,
    /// When the buyer was bound, which is when [`Duration::Months`](super::plan::Duration::Months) begins.
    pub bound_at: Timestamp,
    pub occurred_at: Timestamp,
    /// Commissionable, before refunds.
    pub amount: Money,
    /// Commissionable minor units refunded or lost so far.
    pub refunded: i64,
    pub product_id: Option<&'a str>,
    pub details: &'a Details,
    /// The affiliate's segment.
    pub segment: Option<&'a str>,
}

/// The buyer whose conversions a customer's cap adds up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum BuyerKey {
    Customer(CustomerId),
    /// The buyer is unknown: a buyer of one conversion.
    Unknown(ConversionId),
}

/// What one component earns on one sale; never zero.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Earned {
    /// The component's index in its version.
    pub component: i32,
    /// Before this sale's own refunds.
    pub earned: Money,
    /// After them.
    pub left: Money,
    /// The arithmetic in words, one sentence each, without full stops.
    pub steps: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Priced {
    Earned(Earned),
    /// The pool that it depends on isn't complete among the sales given: its booked amount stays.
    Kept {
        component: i32,
    },
}

/// The conversions of one affiliate in one program and period, whatever their plan versions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Pool {
    pub program: ProgramId,
    pub affiliate: AffiliateId,
    pub from: Timestamp,
    /// Exclusive.
    pub to: Timestamp,
}

/// Returns, for each sale in the order given, what its version's components earn. Components that earn nothing are left
/// out.
///
/// If any conversion of a buyer is among `sales`, all of them must be: a customer's cap adds them up. `complete` says
/// whether all conversions of a pool are.
///
/// # Errors
/// [`MoneyError::Overflow`] if a commission exceeds 64 bits.
pub fn price(sales: &[Sale<'_>], complete: impl Fn(&Pool) -> bool) -> Result<Vec<Vec<Priced>>, MoneyError> {
    let mut priced: Vec<Vec<Priced>> = vec![Vec::new(); sales.len()];
    let mut by_date: Vec<(&Sale<'_>, &mut Vec<Priced>)> = sales.iter().zip(&mut priced).collect();
    let mut pricing = Pricing { tallies: Tallies::default(), used: Used::default(), complete };
    // If no sale depends on another, their order doesn't matter.
    if sales.iter().flat_map(components).any(|(_, component)| looks_at_others(component)) {
        by_date.sort_unstable_by(|a, b| tally::order(a.0).cmp(&tally::order(b.0)));
        pricing.tallies = Tallies::of(by_date.iter().map(|(sale, _)| *sale));
    }
    for (sale, priced) in by_date {
        for (index, component) in components(sale) {
            priced.extend(pricing.component(sale, index, component)?);
        }
    }
    Ok(priced)
}

/// The pools whose other conversions affect this sale's price; none for plans without tiers and affiliate caps.
pub fn pools(sale: &Sale<'_>) -> Vec<Pool> {
    let applying = components(sale).filter(|(_, component)| apply::base(component, sale).is_some());
    let periods = applying.flat_map(|(_, component)| periods(component));
    distinct(periods.map(|period| Pool::around(period, sale.program, sale.affiliate, sale.occurred_at)))
}

/// The pools whose prices a conversion of this affiliate at this time may change, if the affiliate's buyers may be
/// bound to these versions. A conversion counts for others' tiers even if its own version has none. Versions for
/// another affiliate alone are ignored.
pub fn reached<'a>(
    versions: impl IntoIterator<Item = &'a PlanVersion>,
    program: ProgramId,
    affiliate: AffiliateId,
    occurred_at: Timestamp,
) -> Vec<Pool> {
    let periods = promised(versions, program, affiliate).flat_map(periods);
    distinct(periods.map(|period| Pool::around(period, program, affiliate, occurred_at)))
}

/// Whether every price in this pool depends on the conversions before it alone, and on what is stored with them. Tiers that
/// apply to a whole period also depend on later ones. What a cap per customer left of a sale for the affiliate's cap also
/// depends on that customer's conversions elsewhere.
pub fn looks_back<'a>(versions: impl IntoIterator<Item = &'a PlanVersion>, pool: &Pool) -> bool {
    let is_of_pool = |period| Pool::around(period, pool.program, pool.affiliate, pool.from) == *pool;
    let mut pooling =
        promised(versions, pool.program, pool.affiliate).filter(|component| periods(component).any(is_of_pool));
    pooling.all(|component| {
        let is_whole = matches!(&component.pays, Pays::Tiers(tiers) if tiers.mode == Mode::Whole);
        !is_whole && !has_both_caps(component)
    })
}

/// Whether what a sale under this version leaves of a cap per customer changes what the customer's later sales use up of a cap
/// per affiliate, which may be in other pools.
pub fn links_pools(version: &PlanVersion) -> bool {
    version.components.iter().flatten().any(has_both_caps)
}

fn has_both_caps(component: &Component) -> bool {
    component.cap.is_some_and(|cap| cap.per_affiliate.is_some() && cap.per_customer.is_some())
}

/// Whether sales under this version use up a cap per affiliate, so that later ones depend on what they earned.
pub fn caps_affiliates(version: &PlanVersion) -> bool {
    version.components.iter().flatten().any(|component| component.cap.is_some_and(|cap| cap.per_affiliate.is_some()))
}

/// The components of these versions, except those for another affiliate alone.
fn promised<'a>(
    versions: impl IntoIterator<Item = &'a PlanVersion>,
    program: ProgramId,
    affiliate: AffiliateId,
) -> impl Iterator<Item = &'a Component> {
    let versions = versions.into_iter().filter(move |version| {
        version.program_id == program && !matches!(version.scope, Scope::Affiliate(other) if other != affiliate)
    });
    versions.flat_map(|version| version.components.iter().flatten())
}

fn distinct(pools: impl Iterator<Item = Pool>) -> Vec<Pool> {
    let mut pools: Vec<Pool> = pools.collect();
    pools.sort_unstable();
    pools.dedup();
    pools
}

fn components<'a>(sale: &Sale<'a>) -> impl Iterator<Item = (i32, &'a Component)> + use<'a> {
    (0..).zip(sale.version.components.iter().flatten())
}

/// The periods by which a component's sales are pooled: those of its tiers and its affiliate cap.
fn periods(component: &Component) -> impl Iterator<Item = Period> + use<> {
    let tiers = match &component.pays {
        Pays::Tiers(tiers) => Some(tiers.period),
        _ => None,
    };
    let cap = component.cap.and_then(|cap| cap.per_affiliate).map(|cap| cap.period);
    tiers.into_iter().chain(cap)
}

fn looks_at_others(component: &Component) -> bool {
    periods(component).next().is_some() || component.cap.is_some_and(|cap| cap.per_customer.is_some())
}

impl Pool {
    fn around(period: Period, program: ProgramId, affiliate: AffiliateId, at: Timestamp) -> Self {
        let (from, to) = period.around(at);
        Self { program, affiliate, from, to }
    }
}

/// The state of pricing sales in order of date.
struct Pricing<'s, 'a, F> {
    tallies: Tallies<'s, 'a>,
    used: Used,
    complete: F,
}

impl<F: Fn(&Pool) -> bool> Pricing<'_, '_, F> {
    fn component(&mut self, sale: &Sale<'_>, index: i32, component: &Component) -> Result<Option<Priced>, MoneyError> {
        let Some(part) = apply::base(component, sale) else { return Ok(None) };
        let kept = Ok(Some(Priced::Kept { component: index }));
        let mut steps = Vec::new();
        let mut earning = match &component.pays {
            Pays::Percentage { rate_ppm } => Earning::new(share_of(sale, part, *rate_ppm, &mut steps)?, None),
            Pays::Flat(amount) => fixed(*amount, "the sale", &mut steps),
            Pays::FirstConversion(amount) => fixed(*amount, "the customer's first sale", &mut steps),
            Pays::PerLead(amount) => fixed(*amount, "the customer's first lead", &mut steps),
            Pays::PerClick(_) => return Ok(None),
            Pays::Tiers(tiers) => {
                if !self.complete(tiers.period, sale) {
                    return kept;
                }
                let tiered = Tiered { version: sale.version.id, component: index, tiers, when: &component.when };
                match self.tiers(tiered, component.cap.is_some(), sale, part, &mut steps)? {
                    Some(earning) => earning,
                    None => return Ok(None),
                }
            }
        };
        if let Some(cap) = component.cap.filter(|cap| cap.currency == earning.money.currency) {
            self.used.limit(&cap, sale, index, &mut earning, &mut steps);
            if earning.unrefunded > 0 && cap.per_affiliate.is_some_and(|cap| !self.complete(cap.period, sale)) {
                return kept;
            }
            self.used.limit_affiliate(&cap, sale, index, &mut earning, &mut steps);
        }
        finish(sale, index, earning.money, steps)
    }

    fn complete(&self, period: Period, sale: &Sale<'_>) -> bool {
        (self.complete)(&Pool::around(period, sale.program, sale.affiliate, sale.occurred_at))
    }

    fn tiers(
        &mut self,
        tiered: Tiered<'_>,
        capped: bool,
        sale: &Sale<'_>,
        part: i64,
        steps: &mut Vec<String>,
    ) -> Result<Option<Earning>, MoneyError> {
        let pool = Pool::around(tiered.tiers.period, sale.program, sale.affiliate, sale.occurred_at);
        let at = self.tallies.progress(tiered, pool, sale, Refunds::Count)?;
        let Some(money) = tiers::earn(tiered.tiers, sale, part, at, steps)? else { return Ok(None) };
        if !capped {
            return Ok(Some(Earning::new(money, None)));
        }
        let at = self.tallies.progress(tiered, pool, sale, Refunds::Ignored)?;
        let unrefunded = tiers::earn(tiered.tiers, sale, part, at, &mut Vec::new())?;
        Ok(Some(Earning::new(money, unrefunded)))
    }
}

fn fixed(amount: Money, what: &str, steps: &mut Vec<String>) -> Earning {
    steps.push(format!("{amount} for {what}"));
    Earning::new(amount, None)
}

/// Applies a rate to the part of a sale that counts.
fn share_of(sale: &Sale<'_>, part: i64, rate_ppm: u32, steps: &mut Vec<String>) -> Result<Money, MoneyError> {
    let of = Money::new(part, sale.amount.currency);
    let minor = half_up(i128::from(part) * i128::from(rate_ppm), i128::from(RATE_PPM_MAX))?;
    let earned = Money::new(minor, of.currency);
    let matching = if part == sale.amount.minor { "" } else { " (eligible products)" };
    steps.push(format!("{}% of {of}{matching} = {earned} (rounded half up)", percent(rate_ppm)));
    Ok(earned)
}

/// Deducts the sale's own refunds.
fn finish(
    sale: &Sale<'_>,
    component: i32,
    earned: Money,
    mut steps: Vec<String>,
) -> Result<Option<Priced>, MoneyError> {
    if earned.minor <= 0 {
        return Ok(None);
    }
    let refunded = sale.refunded.clamp(0, sale.amount.minor.max(0));
    let mut left = earned;
    if refunded > 0 {
        left = after_refunds(earned, sale.amount.minor, refunded)?;
        let back = Money::new(refunded, sale.amount.currency);
        steps.push(format!("{back} of {} refunded, leaving {left}", sale.amount));
    }
    Ok(Some(Priced::Earned(Earned { component, earned, left, steps })))
}

#[cfg(test)]
mod tests;

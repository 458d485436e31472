//! Computes how much of a sale was refunded: refunds and lost disputes, from everything reported about them. Pure.
//!
//! The order of the reports can't matter. A refund that several events report counts once, even if a gateway and the
//! brand's backend report it on different bases (with tax, without); one that failed doesn't count, whatever reported
//! it before; more than the sale counts as all of it, and is shown as an issue.

use std::collections::{BTreeMap, BTreeSet};

use shared::{
    id::EventId,
    money::{Currency, Money, MoneyError, Rounding},
    timestamp::Timestamp,
};

use super::RefundIssue;
use crate::fact::{Basis, DisputeFact, DisputeState, RefundEffect, RefundFact};

/// A refund as one event reported it, of a known sale.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refund {
    pub event_id: EventId,
    pub occurred_at: Timestamp,
    pub fact: RefundFact,
}

impl Refund {
    /// Whether the other is a gateway's report of this refund, which the brand's backend reported.
    pub fn is_overruled_by(&self, other: &Self) -> bool {
        let (mine, theirs) = (&self.fact, &other.fact);
        mine.external_id == theirs.external_id
            && mine.effect == theirs.effect
            && (mine.basis, theirs.basis) == (Basis::Commissionable, Basis::Paid)
    }
}

/// A dispute as one event reported it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dispute {
    pub event_id: EventId,
    pub occurred_at: Timestamp,
    pub fact: DisputeFact,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GivenBack {
    /// Part of the commissionable amount; at most all of it.
    pub amount: i64,
    /// Open while any dispute of the sale is open; else lost if any was lost.
    pub dispute: Option<DisputeState>,
    pub issues: Vec<RefundIssue>,
    /// Whether anything was returned. Of a sale without an amount, nothing can be a part.
    pub is_any: bool,
}

/// The amount against which a sale's refunds and disputes are measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Paid {
    /// The total that the buyer paid; if that isn't known, the commissionable amount.
    pub minor: i64,
    pub is_known: bool,
}

impl Paid {
    /// Includes the total that the gateway reported along with its disputes.
    fn reported_by(self, disputes: &[&Dispute]) -> Self {
        match disputes.iter().filter_map(|dispute| dispute.fact.total).max() {
            Some(total) => Self { minor: self.minor.max(total), is_known: true },
            None => self,
        }
    }
}

/// Computes the refunded amount. `sale` is the commissionable amount. If the total paid wasn't reported, a refund or
/// dispute of more than the sale counts as all of it: it includes the tax. Half a minor unit is rounded up, in favor of
/// the refund.
///
/// # Errors
/// [`MoneyError::Overflow`] if the sums exceed 64 bits.
pub fn given_back(sale: Money, paid: Paid, refunds: &[Refund], disputes: &[Dispute]) -> Result<GivenBack, MoneyError> {
    let mut issues = BTreeSet::new();
    let refunds = in_currency(refunds, |refund| refund.fact.currency, sale.currency, &mut issues);
    let disputes = in_currency(disputes, |dispute| dispute.fact.currency, sale.currency, &mut issues);
    let paid = paid.reported_by(&disputes);
    let disputes = latest(&disputes);
    let made = by_name(&refunds, RefundEffect::Made);
    let with_tax = sum(&made, Basis::Paid)?.max(charge_totals(&refunds)?);
    let restored = by_name(&refunds, RefundEffect::Restored);
    let lost = checked_sum(disputes.values().filter(|fact| fact.state == DisputeState::Lost).map(|fact| fact.amount))?;
    let of_paid = with_tax.checked_add(lost).ok_or(MoneyError::Overflow)? - sum(&restored, Basis::Paid)?;
    let of_sale = sum(&made, Basis::Commissionable)? - sum(&restored, Basis::Commissionable)?;
    let share = match (of_paid.clamp(0, paid.minor), paid.minor) {
        (0, _) | (_, 0) => 0,
        (part, paid) => sale.fraction(part, paid, Rounding::HalfUp)?.minor,
    };
    let amount = of_sale.checked_add(share).ok_or(MoneyError::Overflow)?;
    let is_any = of_sale.saturating_add(of_paid.max(0)) > 0;
    if amount > sale.minor || (paid.is_known && of_paid > paid.minor) {
        issues.insert(1);
    }
    let states = || disputes.values().map(|fact| fact.state);
    let dispute = [DisputeState::Open, DisputeState::Lost, DisputeState::Won]
        .into_iter()
        .find(|requested| states().any(|state| state == *requested));
    let issues = issues.into_iter().map(|n| [RefundIssue::RefundCurrency, RefundIssue::RefundExceedsSale][n]).collect();
    Ok(GivenBack { amount: amount.clamp(0, sale.minor), dispute, issues, is_any })
}

fn in_currency<'a, T>(
    report: &'a [T],
    currency: impl Fn(&T) -> Currency,
    sale: Currency,
    issues: &mut BTreeSet<usize>,
) -> Vec<&'a T> {
    let (fitting, foreign): (Vec<&T>, Vec<&T>) = report.iter().partition(|item| currency(item) == sale);
    if !foreign.is_empty() {
        issues.insert(0);
    }
    fitting
}

fn checked_sum(amounts: impl IntoIterator<Item = i64>) -> Result<i64, MoneyError> {
    amounts.into_iter().try_fold(0_i64, |sum, amount| sum.checked_add(amount).ok_or(MoneyError::Overflow))
}

/// By a refund's id: its amount, and what the amount is a part of.
type Refunded<'a> = BTreeMap<&'a str, (Basis, i64)>;

/// Returns each refund with this effect once, however many events report it, without those that were undone. A gateway
/// knows how much money was returned: if the brand's backend reports a refund with the same id, the gateway's amount
/// counts, else the largest.
fn by_name<'a>(refunds: &[&'a Refund], effect: RefundEffect) -> Refunded<'a> {
    let undone = |name: &str| {
        effect != RefundEffect::Undone
            && refunds.iter().any(|other| other.fact.effect == RefundEffect::Undone && other.fact.external_id == name)
    };
    let rank = |(basis, amount): (Basis, i64)| (basis == Basis::Paid, amount);
    let mut amounts = Refunded::new();
    for refund in refunds {
        let fact = &refund.fact;
        if fact.effect == effect && !undone(&fact.external_id) {
            let reported = (fact.basis, fact.amount);
            let counts = amounts.entry(&fact.external_id).or_insert(reported);
            if rank(*counts) < rank(reported) {
                *counts = reported;
            }
        }
    }
    amounts
}

fn sum(refunded: &Refunded<'_>, basis: Basis) -> Result<i64, MoneyError> {
    checked_sum(refunded.values().filter(|(of, _)| *of == basis).map(|(_, amount)| *amount))
}

/// The totals that charges report as refunded so far, less refunds that failed afterwards.
fn charge_totals(refunds: &[&Refund]) -> Result<i64, MoneyError> {
    let all = |effect| checked_sum(by_name(refunds, effect).into_values().map(|(_, amount)| amount));
    Ok((all(RefundEffect::Total)? - all(RefundEffect::Undone)?).max(0))
}

/// The latest state of each dispute. At the same time, its end counts as later than its opening.
fn latest<'a>(disputes: &[&'a Dispute]) -> BTreeMap<&'a str, &'a DisputeFact> {
    let mut sorted = disputes.to_vec();
    sorted.sort_by_key(|dispute| (dispute.occurred_at, dispute.fact.state != DisputeState::Open, dispute.event_id));
    sorted.into_iter().map(|dispute| (dispute.fact.external_id.as_str(), &dispute.fact)).collect()
}

#[cfg(test)]
mod tests;

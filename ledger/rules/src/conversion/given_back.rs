//! What was given back of a sale: refunds and lost disputes, as everything told about them adds up. Pure.
//!
//! The order in which they were reported can't matter. A refund that several events report counts once, also where a gateway
//! and the brand's backend report it in different terms (with tax, without); one that failed doesn't count, whatever
//! reported it before; more than the sale counts as all of it, and is shown.

use std::collections::{BTreeMap, BTreeSet};

use shared::{
    id::EventId,
    money::{Currency, Money, MoneyError, Rounding},
    timestamp::Timestamp,
};

use super::RefundIssue;
use crate::fact::{Basis, DisputeFact, DisputeState, RefundEffect, RefundFact};

/// A refund as one event told it, of a sale that is known by now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refund {
    pub event_id: EventId,
    pub occurred_at: Timestamp,
    pub fact: RefundFact,
}

impl Refund {
    /// Whether the other is a gateway's report of this one, which the brand's backend reported.
    pub fn is_overruled_by(&self, other: &Self) -> bool {
        let (mine, theirs) = (&self.fact, &other.fact);
        mine.external_id == theirs.external_id
            && mine.effect == theirs.effect
            && (mine.basis, theirs.basis) == (Basis::Commissionable, Basis::Paid)
    }
}

/// A dispute as one event told it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dispute {
    pub event_id: EventId,
    pub occurred_at: Timestamp,
    pub fact: DisputeFact,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GivenBack {
    /// Of the commissionable amount; at most all of it.
    pub amount: i64,
    /// Open while any dispute of the sale is; else lost if any was.
    pub dispute: Option<DisputeState>,
    pub issues: Vec<RefundIssue>,
}

/// What a sale's refunds and disputes are measured against.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Paid {
    /// What the buyer paid in all; where that isn't known, the commissionable amount.
    pub minor: i64,
    pub is_known: bool,
}

impl Paid {
    /// With what the gateway says of the payment along with its disputes.
    fn reported_by(self, disputes: &[&Dispute]) -> Self {
        match disputes.iter().filter_map(|dispute| dispute.fact.total).max() {
            Some(total) => Self { minor: self.minor.max(total), is_known: true },
            None => self,
        }
    }
}

/// `sale` is the commissionable amount. Where nobody said what was paid in all, a refund or dispute of more than the sale is of
/// all of it: it holds the tax. Half a minor unit is rounded up, in favour
/// of what was given back.
///
/// # Errors
/// [`MoneyError::Overflow`] where the sums exceed 64 bits.
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
    if amount > sale.minor || (paid.is_known && of_paid > paid.minor) {
        issues.insert(1);
    }
    let states = || disputes.values().map(|fact| fact.state);
    let dispute = [DisputeState::Open, DisputeState::Lost, DisputeState::Won]
        .into_iter()
        .find(|requested| states().any(|state| state == *requested));
    let issues = issues.into_iter().map(|n| [RefundIssue::RefundCurrency, RefundIssue::RefundExceedsSale][n]).collect();
    Ok(GivenBack { amount: amount.clamp(0, sale.minor), dispute, issues })
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

/// By a refund's name: what its amount is a part of, and the amount.
type Refunded<'a> = BTreeMap<&'a str, (Basis, i64)>;

/// Each refund of one effect once, however many events report it; those undone left out. A gateway saw how much money went
/// back: where the brand's backend reports a refund under the same name, the gateway's amount counts, else the largest.
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

/// What charges say was refunded of them so far, less what failed afterwards.
fn charge_totals(refunds: &[&Refund]) -> Result<i64, MoneyError> {
    let all = |effect| checked_sum(by_name(refunds, effect).into_values().map(|(_, amount)| amount));
    Ok((all(RefundEffect::Total)? - all(RefundEffect::Undone)?).max(0))
}

/// Each dispute's latest word. At one and the same time an end is later than what it ends.
fn latest<'a>(disputes: &[&'a Dispute]) -> BTreeMap<&'a str, &'a DisputeFact> {
    let mut sorted = disputes.to_vec();
    sorted.sort_by_key(|dispute| (dispute.occurred_at, dispute.fact.state != DisputeState::Open, dispute.event_id));
    sorted.into_iter().map(|dispute| (dispute.fact.external_id.as_str(), &dispute.fact)).collect()
}

#[cfg(test)]
mod tests;

//! What was given back of a sale: refunds and lost disputes, as everything told about them adds up. Pure.
//!
//! The order in which they were told can't matter. A refund that several events tell counts once; one that failed
//! doesn't count, whatever told of it before; more than the sale counts as all of it, and is shown.

use std::collections::{BTreeMap, BTreeSet};

use shared::{
    id::EventId,
    money::{Currency, Money, MoneyError, Rounding},
    timestamp::Timestamp,
};

use super::Trouble;
use crate::fact::{Basis, DisputeFact, DisputeState, RefundEffect, RefundFact};

/// A refund as one event told it, of a sale that is known by now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refund {
    pub event_id: EventId,
    pub occurred_at: Timestamp,
    pub fact: RefundFact,
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
    pub troubles: Vec<Trouble>,
}

/// `sale` is the commissionable amount, `paid` what the buyer paid in all. Half a minor unit is rounded up, in favour
/// of what was given back.
///
/// # Errors
/// [`MoneyError::Overflow`] where the sums exceed 64 bits.
pub fn given_back(sale: Money, paid: i64, refunds: &[Refund], disputes: &[Dispute]) -> Result<GivenBack, MoneyError> {
    let mut troubles = BTreeSet::new();
    let refunds = in_currency(refunds, |refund| refund.fact.currency, sale.currency, &mut troubles);
    let disputes = in_currency(disputes, |dispute| dispute.fact.currency, sale.currency, &mut troubles);
    let disputes = latest(&disputes);
    let ex_tax = sum(&refunds, Basis::Commissionable)?;
    let with_tax = sum(&refunds, Basis::Paid)?.max(charge_totals(&refunds)?);
    let restored = restored(&refunds)?;
    let lost = checked_sum(disputes.values().filter(|fact| fact.state == DisputeState::Lost).map(|fact| fact.amount))?;
    let of_paid = with_tax.checked_add(lost).ok_or(MoneyError::Overflow)? - restored.1;
    let of_sale = ex_tax - restored.0;
    let share = match (of_paid.clamp(0, paid), paid) {
        (0, _) | (_, 0) => 0,
        (part, paid) => sale.fraction(part, paid, Rounding::HalfUp)?.minor,
    };
    let amount = of_sale.checked_add(share).ok_or(MoneyError::Overflow)?;
    if amount > sale.minor || of_paid > paid {
        troubles.insert(1);
    }
    let states = || disputes.values().map(|fact| fact.state);
    let dispute = [DisputeState::Open, DisputeState::Lost, DisputeState::Won]
        .into_iter()
        .find(|wanted| states().any(|state| state == *wanted));
    let troubles = troubles.into_iter().map(|n| [Trouble::RefundCurrency, Trouble::RefundExceedsSale][n]).collect();
    Ok(GivenBack { amount: amount.clamp(0, sale.minor), dispute, troubles })
}

fn in_currency<'a, T>(
    told: &'a [T],
    currency: impl Fn(&T) -> Currency,
    sale: Currency,
    troubles: &mut BTreeSet<usize>,
) -> Vec<&'a T> {
    let (fitting, foreign): (Vec<&T>, Vec<&T>) = told.iter().partition(|item| currency(item) == sale);
    if !foreign.is_empty() {
        troubles.insert(0);
    }
    fitting
}

fn checked_sum(amounts: impl IntoIterator<Item = i64>) -> Result<i64, MoneyError> {
    amounts.into_iter().try_fold(0_i64, |sum, amount| sum.checked_add(amount).ok_or(MoneyError::Overflow))
}

/// Each name's largest telling of one effect; those undone left out.
fn by_name<'a>(refunds: &[&'a Refund], effect: RefundEffect, basis: Option<Basis>) -> BTreeMap<&'a str, i64> {
    let undone = |name: &str| {
        effect != RefundEffect::Undone
            && refunds.iter().any(|other| other.fact.effect == RefundEffect::Undone && other.fact.external_id == name)
    };
    let mut amounts: BTreeMap<&str, i64> = BTreeMap::new();
    for refund in refunds {
        let fact = &refund.fact;
        if fact.effect == effect && basis.is_none_or(|basis| basis == fact.basis) && !undone(&fact.external_id) {
            let amount = amounts.entry(&fact.external_id).or_default();
            *amount = fact.amount.max(*amount);
        }
    }
    amounts
}

fn sum(refunds: &[&Refund], basis: Basis) -> Result<i64, MoneyError> {
    checked_sum(by_name(refunds, RefundEffect::Made, Some(basis)).into_values())
}

/// What charges say was refunded of them so far, less what failed afterwards.
fn charge_totals(refunds: &[&Refund]) -> Result<i64, MoneyError> {
    let told = checked_sum(by_name(refunds, RefundEffect::Total, None).into_values())?;
    let undone = checked_sum(by_name(refunds, RefundEffect::Undone, None).into_values())?;
    Ok((told - undone).max(0))
}

/// Given back to the brand: ex tax, and with tax.
fn restored(refunds: &[&Refund]) -> Result<(i64, i64), MoneyError> {
    let of = |basis| checked_sum(by_name(refunds, RefundEffect::Restored, Some(basis)).into_values());
    Ok((of(Basis::Commissionable)?, of(Basis::Paid)?))
}

/// Each dispute's latest word. At one and the same time an end is later than what it ends.
fn latest<'a>(disputes: &[&'a Dispute]) -> BTreeMap<&'a str, &'a DisputeFact> {
    let mut sorted = disputes.to_vec();
    sorted.sort_by_key(|dispute| (dispute.occurred_at, dispute.fact.state != DisputeState::Open, dispute.event_id));
    sorted.into_iter().map(|dispute| (dispute.fact.external_id.as_str(), &dispute.fact)).collect()
}

#[cfg(test)]
mod tests;

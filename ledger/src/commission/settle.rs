//! Settling a buyer's history: what everything known is worth now, against what was booked for it.
//!
//! The history is recomputed whole from its facts, so the result depends on the set of facts and not on the order in
//! which they came; only the difference to what is booked goes into the book. Pure.

use std::collections::{HashMap, HashSet};

use shared::{
    id::{AffiliateId, CommissionId, ConversionId, PlanVersionId, ProgramId},
    money::{Money, MoneyError},
    timestamp::Timestamp,
};

use super::{
    compute,
    plan::{PlanVersion, in_force},
};
use crate::{
    attribution::{
        decide::{Candidate, Credit, Policy, credit_journey},
        touch::Touch,
    },
    conversion::{Conversion, Credited, Kind, Outcome, Status, spelled},
};

/// What one component earns one affiliate on one conversion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Commission {
    pub id: CommissionId,
    pub conversion_id: ConversionId,
    pub affiliate_id: AffiliateId,
    pub program_id: ProgramId,
    pub plan_version_id: PlanVersionId,
    /// Index of the component in its plan version.
    pub component: i32,
    /// What it is worth now, in `earned`'s currency.
    pub amount: i64,
    /// What it was worth before refunds.
    pub earned: Money,
    pub status: CommissionStatus,
    pub hold_until: Timestamp,
    /// The arithmetic in words.
    pub reason: String,
}

spelled! {
    /// `Pending` until the hold ends; `Refunded` and `Denied` are worth nothing.
    CommissionStatus { Pending, Approved, Paid, Refunded, Denied }
}

/// Everything known about one buyer; or, where the buyer is unknown, one conversion with its own touches.
#[derive(Debug, Clone, Default)]
pub struct Journey {
    /// Outcomes are as stored; those of conversions in `new` are not stored yet.
    pub conversions: Vec<Conversion>,
    pub new: HashSet<ConversionId>,
    pub touches: Vec<Touch>,
    /// As booked so far.
    pub commissions: Vec<Commission>,
}

/// What a program's settings say, for every program that a touch names.
#[derive(Debug, Clone, Default)]
pub struct Rates {
    pub policies: HashMap<ProgramId, Policy>,
    pub versions: Vec<PlanVersion>,
}

/// What changes.
#[derive(Debug, Clone, Default)]
pub struct Settlement {
    /// New conversions, and stored ones whose outcome changed, with the outcome they had.
    pub conversions: Vec<(Option<Outcome>, Conversion)>,
    /// New commissions, and booked ones that changed, with what they were.
    pub commissions: Vec<(Option<Commission>, Commission)>,
}

/// `refunded` is the sum of all refunds told for a sale's external id, in the sale's currency.
///
/// # Errors
/// [`MoneyError::Overflow`] where a commission exceeds 64 bits.
pub fn settle(
    journey: Journey,
    refunded: &HashMap<String, i64>,
    rates: &Rates,
    mut new_id: impl FnMut() -> CommissionId,
) -> Result<Settlement, MoneyError> {
    let credits = {
        let candidates: Vec<Candidate<'_>> = journey.conversions.iter().map(candidate).collect();
        credit_journey(&candidates, &journey.touches, &rates.policies)
    };
    let kinds = kinds(&journey.conversions);
    let mut booked: HashMap<(ConversionId, AffiliateId, i32), Commission> = journey
        .commissions
        .into_iter()
        .map(|commission| ((commission.conversion_id, commission.affiliate_id, commission.component), commission))
        .collect();
    let mut settlement = Settlement::default();
    for ((mut conversion, credit), kind) in journey.conversions.into_iter().zip(credits).zip(kinds) {
        let version = credit.and_then(|credit| in_force(&rates.versions, credit.program_id, credit.bound_at));
        let refunded = refunded.get(&conversion.external_id).copied().unwrap_or(0).clamp(0, conversion.amount.minor);
        let outcome = outcome(&conversion, kind, refunded, credit, version);
        if let (Some(credit), Some(version)) = (credit, version) {
            let wanted = wanted(&conversion, refunded, credit, version, &mut new_id)?;
            for commission in wanted {
                let key = (commission.conversion_id, commission.affiliate_id, commission.component);
                settlement.push_commission(booked.remove(&key), commission);
            }
        }
        if journey.new.contains(&conversion.id) {
            conversion.outcome = outcome;
            settlement.conversions.push((None, conversion));
        } else if conversion.outcome != outcome {
            let before = std::mem::replace(&mut conversion.outcome, outcome);
            settlement.conversions.push((Some(before), conversion));
        }
    }
    // What is booked for somebody who is not credited any more.
    let mut left: Vec<Commission> = booked.into_values().filter(|commission| commission.amount > 0).collect();
    left.sort_by_key(|commission| commission.id);
    for before in left {
        let now = Commission {
            amount: 0,
            status: CommissionStatus::Denied,
            reason: format!("{}; earlier evidence credits somebody else", before.reason),
            ..before.clone()
        };
        settlement.commissions.push((Some(before), now));
    }
    Ok(settlement)
}

impl Settlement {
    /// Keeps what a booked commission is (its id, and the states that time or people gave it), and takes what it is worth.
    fn push_commission(&mut self, booked: Option<Commission>, wanted: Commission) {
        let Some(before) = booked else {
            self.commissions.push((None, wanted));
            return;
        };
        let status = match before.status {
            _ if wanted.amount == 0 => CommissionStatus::Refunded,
            CommissionStatus::Refunded | CommissionStatus::Denied => CommissionStatus::Pending,
            kept => kept,
        };
        let now = Commission { id: before.id, status, hold_until: before.hold_until, ..wanted };
        if now != before {
            self.commissions.push((Some(before), now));
        }
    }
}

fn candidate(conversion: &Conversion) -> Candidate<'_> {
    Candidate { external_id: &conversion.external_id, occurred_at: conversion.occurred_at, lead: conversion.lead }
}

/// A renewal is what the gateway calls one, or any but the first sale of a subscription.
fn kinds(conversions: &[Conversion]) -> Vec<Kind> {
    let mut order: Vec<usize> = (0..conversions.len()).collect();
    order.sort_by_key(|index| (conversions[*index].occurred_at, &conversions[*index].external_id));
    let mut seen = HashSet::new();
    let mut kinds = vec![Kind::Sale; conversions.len()];
    for index in order {
        let conversion = &conversions[index];
        let subscription = conversion.subscription_id.as_deref().filter(|_| !conversion.lead);
        let renews = subscription.is_some_and(|subscription| !seen.insert(subscription));
        kinds[index] = match conversion.lead {
            true => Kind::Lead,
            false if renews || conversion.told_recurring => Kind::Recurring,
            false => Kind::Sale,
        };
    }
    kinds
}

fn outcome(
    conversion: &Conversion,
    kind: Kind,
    refunded: i64,
    credit: Option<Credit>,
    version: Option<&PlanVersion>,
) -> Outcome {
    let status = match credit {
        None => Status::Unattributed,
        Some(_) if kind == Kind::Lead => Status::Approved,
        Some(_) if refunded > 0 && refunded == conversion.amount.minor => Status::Refunded,
        // Time and people move a conversion on; a recomputation doesn't move it back.
        Some(_) => match conversion.outcome.status {
            kept @ (Status::Approved | Status::Paid | Status::Denied) => kept,
            Status::Pending | Status::Refunded | Status::Unattributed => Status::Pending,
        },
    };
    Outcome {
        kind,
        status,
        refunded,
        credit: credit.map(|credit| Credited {
            program_id: credit.program_id,
            affiliate_id: credit.affiliate_id,
            link_id: credit.link_id,
            click_id: credit.click_id,
            plan_version_id: version.map(|version| version.id),
            rule: credit.rule.as_str().to_owned(),
        }),
    }
}

fn wanted(
    conversion: &Conversion,
    refunded: i64,
    credit: Credit,
    version: &PlanVersion,
    new_id: &mut impl FnMut() -> CommissionId,
) -> Result<Vec<Commission>, MoneyError> {
    let mut wanted = Vec::with_capacity(version.components.len());
    for (component, index) in version.components.iter().zip(0_i32..) {
        let Some(earned) = compute::earn(component, conversion.amount)? else { continue };
        let left = compute::after_refunds(earned.amount, conversion.amount.minor, refunded)?;
        let mut reason = earned.reason;
        if refunded > 0 {
            let back = Money::new(refunded, conversion.amount.currency);
            reason.push_str(&format!("; {back} of {} refunded leaves {left}", conversion.amount));
        }
        wanted.push(Commission {
            id: new_id(),
            conversion_id: conversion.id,
            affiliate_id: credit.affiliate_id,
            program_id: credit.program_id,
            plan_version_id: version.id,
            component: index,
            amount: left.minor,
            earned: earned.amount,
            status: if left.minor == 0 { CommissionStatus::Refunded } else { CommissionStatus::Pending },
            hold_until: conversion.occurred_at.plus_days(i64::from(version.hold_days)),
            reason,
        });
    }
    Ok(wanted)
}

#[cfg(test)]
mod tests;

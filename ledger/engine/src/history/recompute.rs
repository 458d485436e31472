//! The second half of a recomputation: computes what each credited conversion earns now, compared with what is booked
//! for it.
//!
//! Histories are recomputed completely from their facts, so the result depends on the set of facts and not on the order
//! in which they arrived; only the difference to what is booked goes into the book. If tiers, caps or checks count an
//! affiliate's other conversions, these are counted too, and those whose prices may change are recomputed. No side
//! effects.

use std::{
    borrow::Cow,
    collections::{BTreeSet, HashMap, HashSet},
};

use shared::{
    id::{AffiliateId, CommissionId, ConversionId, ProgramId},
    money::MoneyError,
    timestamp::Timestamp,
};

use super::{
    BuyerHistory, HistoryKey, Rates,
    attributed::Attributed,
    claims, sales,
    slot::{Slot, component_id, paid_in_another},
    waiting::{self, Findings, Seen, hour_pool},
};
use crate::conversion::{claim_day::ClaimDay, pool_member::PoolMember};
use rules::{
    attribution::flag::Review,
    commission::{
        Commission, CommissionStatus, EarnedBy, Held,
        price::{self, Earned, Pool, Priced, Sale, price},
    },
    conversion::{Conversion, Kind, Outcome, Status},
    fact::DisputeState,
};

/// A history with the credits of its conversions.
#[derive(Debug)]
pub struct Part<'r> {
    pub key: HistoryKey,
    pub history: BuyerHistory,
    pub attributed: Vec<Attributed<'r>>,
}

/// The changes to a history.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct HistoryChanges {
    /// The stored version, if any, and the current one.
    pub conversions: Vec<(Option<Conversion>, Conversion)>,
    pub commissions: Vec<(Option<Commission>, Commission)>,
}

/// The pools whose other conversions affect these histories' prices and flags, and which changes to these histories may
/// affect in turn: by the current credit of each conversion, and by the previous one. None are those of a claim that waits
/// for a review.
pub fn pools(part: &Part<'_>, rates: &Rates) -> BTreeSet<Pool> {
    let mut pools = BTreeSet::new();
    let mut reach = |program: ProgramId, affiliate: AffiliateId, at: Timestamp| {
        pools.extend(price::reached(&rates.versions, program, affiliate, at));
        if rates.policies.at(program, at).is_some_and(|policy| policy.checks.velocity_per_hour.is_some()) {
            pools.insert(hour_pool(program, affiliate, at));
        }
    };
    let trusting = rates.trusting();
    let counts = |conversion: &Conversion, review, program: ProgramId| {
        claims::counts(conversion, review) || trusting.contains(&program)
    };
    let all = part.history.conversions.iter().zip(&part.attributed);
    for (conversion, attributed) in all.filter(|(conversion, _)| !conversion.is_past()) {
        if let Some(credit) = &attributed.credit
            && counts(conversion, attributed.outcome.review, credit.program_id)
        {
            reach(credit.program_id, credit.affiliate_id, conversion.occurred_at);
        }
        if let Some(stored) = part.history.stored.get(&conversion.id)
            && let Some(credit) = &stored.outcome.credit
            && counts(stored, stored.outcome.review, credit.program_id)
        {
            reach(credit.program_id, credit.affiliate_id, stored.occurred_at);
        }
    }
    pools
}

/// The pools and claim days whose conversions are all known to a recomputation.
#[derive(Debug, Default)]
pub struct Complete {
    pub pools: BTreeSet<Pool>,
    pub claim_days: BTreeSet<ClaimDay>,
    /// Conversions of the pools that aren't among the parts. Their prices can't change, and they count for others as they
    /// are stored: see `members`. None waits for a review.
    pub earlier: Vec<PoolMember>,
}

/// Computes the changes, in the order of `parts`. All conversions of the pools and all claims of the days in `complete`
/// are among the parts, or among its earlier ones.
///
/// Conversions that need no review are priced as if no others existed. Conversions that wait for a review or were
/// denied are priced together with those, and claims of programs that trust their pages together with all. Any other
/// claim is priced by itself until someone approves it. So commissions that may never be earned neither reach a tier nor
/// use up a cap.
///
/// # Errors
/// [`MoneyError::Overflow`] if a commission exceeds 64 bits.
pub fn recompute(
    parts: &[Part<'_>],
    complete: &Complete,
    rates: &Rates,
    now: Timestamp,
    mut new_id: impl FnMut() -> CommissionId,
) -> Result<Vec<HistoryChanges>, MoneyError> {
    let mut sales = sales::credited(parts, rates);
    sales.extend(sales::stored(&complete.earlier, rates));
    let is_whole = |pool: &Pool| complete.pools.contains(pool);
    let Findings { claims, seen, uncounted } = waiting::find(parts, &sales, complete, rates);
    let pooled = without(&sales, &claims.apart);
    let verified = without(&pooled, &claims.pooled);
    let denied = complete.earlier.iter().filter(|member| member.is_denied).map(|member| member.id);
    let left_out: HashSet<ConversionId> = uncounted.iter().copied().chain(denied).collect();
    let mut prices = Prices {
        counted: price(&without(&verified, &left_out), is_whole)?.into_iter(),
        uncounted: among(&verified, &uncounted, is_whole)?.into_iter(),
        pooled: among(&pooled, &claims.pooled, is_whole)?.into_iter(),
        apart: alone(&sales, &claims.apart)?.into_iter(),
    };
    let mut changes = Vec::with_capacity(parts.len());
    for (part, seen) in parts.iter().zip(seen) {
        let mut run = Run::new(part, rates, now);
        for ((conversion, attributed), seen) in part.history.conversions.iter().zip(&part.attributed).zip(seen) {
            let prices = match conversion.id {
                id if claims.apart.contains(&id) => &mut prices.apart,
                id if claims.pooled.contains(&id) => &mut prices.pooled,
                id if uncounted.contains(&id) => &mut prices.uncounted,
                _ => &mut prices.counted,
            };
            if let Some(past) = conversion.details.past {
                run.past(conversion, attributed, past, &mut new_id)?;
                continue;
            }
            let priced = attributed.credit.and_then(|_| prices.next()).unwrap_or_default();
            run.conversion((conversion, attributed), priced, seen, rates, &mut new_id)?;
        }
        changes.push(run.finish());
    }
    Ok(changes)
}

/// What credited conversions earn, each kind in the order of the parts, and then what only counts for them.
struct Prices {
    counted: std::vec::IntoIter<Vec<Priced>>,
    uncounted: std::vec::IntoIter<Vec<Priced>>,
    pooled: std::vec::IntoIter<Vec<Priced>>,
    apart: std::vec::IntoIter<Vec<Priced>>,
}

pub(super) fn without<'s, 'a>(sales: &'s [Sale<'a>], left_out: &HashSet<ConversionId>) -> Cow<'s, [Sale<'a>]> {
    if left_out.is_empty() {
        return Cow::Borrowed(sales);
    }
    sales.iter().filter(|sale| !left_out.contains(&sale.conversion)).copied().collect()
}

/// What the requested sales earn when priced together with all of these, in their order.
fn among(
    sales: &[Sale<'_>],
    requested: &HashSet<ConversionId>,
    is_whole: impl Fn(&Pool) -> bool,
) -> Result<Vec<Vec<Priced>>, MoneyError> {
    if requested.is_empty() {
        return Ok(Vec::new());
    }
    let priced = price(sales, is_whole)?.into_iter().zip(sales);
    Ok(priced.filter(|(_, sale)| requested.contains(&sale.conversion)).map(|(priced, _)| priced).collect())
}

/// What each of the requested sales earns as if there were no other one, in their order.
fn alone(sales: &[Sale<'_>], requested: &HashSet<ConversionId>) -> Result<Vec<Vec<Priced>>, MoneyError> {
    let requested = sales.iter().filter(|sale| requested.contains(&sale.conversion));
    requested.map(|sale| Ok(price(std::slice::from_ref(sale), |_| true)?.concat())).collect()
}

/// The recomputation of one history in progress.
pub(super) struct Run<'p> {
    pub(super) part: &'p Part<'p>,
    pub(super) now: Timestamp,
    pub(super) booked: HashMap<Slot, &'p Commission>,
    pub(super) changes: HistoryChanges,
}

impl<'p> Run<'p> {
    fn new(part: &'p Part<'p>, rates: &'p Rates, now: Timestamp) -> Self {
        let slot = |booked: &Commission| Some((booked.conversion()?, booked.affiliate_id, component_id(booked, rates)));
        let booked = part.history.commissions.iter().filter_map(|booked| Some((slot(booked)?, booked))).collect();
        Self { part, now, booked, changes: HistoryChanges::default() }
    }

    fn conversion(
        &mut self,
        (conversion, attributed): (&Conversion, &Attributed<'_>),
        priced: Vec<Priced>,
        seen: Seen,
        rates: &Rates,
        new_id: &mut impl FnMut() -> CommissionId,
    ) -> Result<(), MoneyError> {
        let held = held(&attributed.outcome, &seen);
        let outcome = Outcome { flags: seen.flags, ..attributed.outcome.clone() };
        let (mut commissions, mut parents) = (Vec::with_capacity(priced.len()), Vec::new());
        for priced in priced {
            let requested = match priced {
                Priced::Earned(earned) => self.requested(conversion, attributed, earned, new_id),
                Priced::Kept { component } => attributed.credit.and_then(|credit| {
                    let id = attributed.version?.component_id(component)?;
                    let booked = *self.booked.get(&(conversion.id, credit.affiliate_id, id.clone()))?;
                    let kept = || Commission { component_id: Some(id), ..booked.clone() };
                    (!is_written_off(booked)).then(kept)
                }),
            };
            if let Some(requested) = requested {
                let parent = self.push(requested, conversion.provenance, &outcome, held);
                commissions.push(parent.status);
                parents.push(parent);
            }
        }
        self.overrides((conversion, attributed, &outcome), &parents, rates, new_id)?;
        self.save(conversion, outcome, &commissions);
        Ok(())
    }

    /// Records the conversion with its outcome if it changed.
    pub(super) fn save(&mut self, conversion: &Conversion, mut outcome: Outcome, commissions: &[CommissionStatus]) {
        outcome.status = status(conversion, &outcome, commissions);
        let now = Conversion { outcome, ..conversion.clone() };
        let stored = self.part.history.stored.get(&conversion.id);
        if stored != Some(&now) {
            self.changes.conversions.push((stored.cloned(), now));
        }
    }

    fn requested(
        &self,
        conversion: &Conversion,
        attributed: &Attributed<'_>,
        earned: Earned,
        new_id: &mut impl FnMut() -> CommissionId,
    ) -> Option<Commission> {
        let (credit, version) = (attributed.credit?, attributed.version?);
        let component_id = version.component_id(earned.component)?;
        let booked = self.booked.get(&(conversion.id, credit.affiliate_id, component_id.clone()));
        let in_another = |booked: &&&Commission| booked.earned.currency != earned.earned.currency;
        if let Some(booked) = booked.filter(|booked| booked.is_in_payouts()).filter(in_another) {
            return Some(paid_in_another(booked, component_id, conversion.amount, attributed.outcome.refunded));
        }
        Some(Commission {
            id: booked.map_or_else(new_id, |booked| booked.id),
            earned_by: EarnedBy::Conversion(conversion.id),
            affiliate_id: credit.affiliate_id,
            program_id: credit.program_id,
            plan_version_id: Some(version.id),
            component: earned.component,
            component_id: Some(component_id),
            amount: earned.left.minor,
            earned: earned.earned,
            paid: booked.map_or(0, |booked| booked.paid),
            reserved: booked.map_or(0, |booked| booked.reserved),
            status: CommissionStatus::Pending,
            held: None,
            hold_until: conversion.occurred_at.plus_days(i64::from(version.hold_days)),
            approved_at: booked.and_then(|booked| booked.approved_at).filter(|_| !self.replaces_claim(conversion)),
            reason: earned.steps.join("; "),
        })
    }

    /// Whether a verified report is replacing a claim in this recomputation: the hold is then the report's own.
    pub(super) fn replaces_claim(&self, conversion: &Conversion) -> bool {
        let stored = self.part.history.stored.get(&conversion.id);
        stored.is_some_and(|stored| stored.provenance < conversion.provenance)
    }

    /// Writes off booked commissions that no one earns any longer.
    fn finish(mut self) -> HistoryChanges {
        let mut left: Vec<&Commission> = self.booked.into_values().filter(|booked| booked.amount != 0).collect();
        left.sort_by_key(|booked| booked.id);
        for before in left {
            let now = Commission {
                amount: 0,
                status: CommissionStatus::Denied,
                held: None,
                reason: format!("{}; {WRITTEN_OFF}", before.reason),
                ..before.clone()
            };
            self.changes.commissions.push((Some(before.clone()), now));
        }
        self.changes
    }
}

/// Ends the reason of what an earlier recomputation wrote off because another credit, plan or price applied: it stays written
/// off, and a person's denial afterwards changes nothing about it.
const WRITTEN_OFF: &str = "no longer earned: later reports changed the attribution or the plan";

/// A commission that a person denied has the same amount and status, and may be earned again.
fn is_written_off(booked: &Commission) -> bool {
    booked.amount == 0 && booked.status == CommissionStatus::Denied && booked.reason.ends_with(WRITTEN_OFF)
}

pub(super) fn held(outcome: &Outcome, seen: &Seen) -> Option<Held> {
    if outcome.dispute == Some(DisputeState::Open) { Some(Held::Dispute) } else { seen.waits }
}

/// The status of a conversion, derived from the statuses of its commissions for the credited affiliate.
pub fn status(conversion: &Conversion, outcome: &Outcome, commissions: &[CommissionStatus]) -> Status {
    let any = |requested: CommissionStatus| commissions.contains(&requested);
    match () {
        () if outcome.credit.is_none() => Status::Unattributed,
        () if outcome.review == Some(Review::Denied) => Status::Denied,
        () if outcome.refunded > 0 && outcome.refunded == conversion.amount.minor => Status::Refunded,
        () if outcome.kind == Kind::Lead && commissions.is_empty() => Status::Approved,
        () if commissions.is_empty() && conversion.is_past() => Status::Approved,
        () if any(CommissionStatus::Pending) || commissions.is_empty() => Status::Pending,
        () if any(CommissionStatus::Approved) => Status::Approved,
        () if any(CommissionStatus::Paid) => Status::Paid,
        () if any(CommissionStatus::Refunded) => Status::Refunded,
        () => Status::Denied,
    }
}

#[cfg(test)]
mod tests;

//! Which members of a pool are recomputed after a change, and which only count for them, as they are stored.
//!
//! Where tiers and caps look back, a price depends on the conversions before it, by their dates. So the conversions before
//! the first change keep their prices: nothing in their own histories changed, and what is stored with them is what a
//! recomputation would find. All others are loaded with their histories. No side effects; [`super::neighbours`] loads.

use std::collections::{BTreeSet, HashMap, HashSet};

use shared::{
    id::{AffiliateId, ConversionId, CustomerId, OrganizationId, PlanVersionId, ProgramId},
    timestamp::Timestamp,
};

use super::{
    BuyerHistory, HistoryKey, Rates,
    attributed::Attributed,
    claims,
    recompute::{Complete, Part},
    sales,
    waiting::{self, hour_pool},
};
use crate::conversion::pool_member::PoolMember;
use rules::{
    attribution::flag::Review,
    commission::price::{self, Pool},
    conversion::Conversion,
};

/// Whether all members of the pool have to be recomputed. Each of an hour may be flagged, or no longer; claims of programs
/// that trust their pages are priced together with all others; and some plans don't look back.
pub(super) fn is_whole(pool: &Pool, rates: &Rates, trusting: &HashSet<ProgramId>) -> bool {
    *pool == hour_pool(pool.program, pool.affiliate, pool.from)
        || trusting.contains(&pool.program)
        || !price::looks_back(&rates.versions, pool)
}

/// Leaves out the pools within others. As periods nest, the remaining ones don't overlap.
pub(super) fn outermost(pools: &BTreeSet<(OrganizationId, Pool)>) -> Vec<(OrganizationId, Pool)> {
    let mut found: Vec<(OrganizationId, Pool)> = Vec::new();
    for (organization, pool) in pools {
        let last = found.last_mut().map(|(_, last)| last);
        match last.filter(|last| (last.program, last.affiliate) == (pool.program, pool.affiliate)) {
            Some(last) if last.from == pool.from => last.to = last.to.max(pool.to),
            Some(last) if pool.from < last.to => {}
            _ => found.push((*organization, *pool)),
        }
    }
    found
}

/// Where and when conversions count differently for others than they are stored.
pub(super) type Changes = BTreeSet<(ProgramId, AffiliateId, Timestamp)>;

/// Finds the changes in these parts. Facts may be new in the `given` histories only.
pub(super) fn changes(parts: &[Part<'_>], complete: &Complete, rates: &Rates, given: &HashSet<HistoryKey>) -> Changes {
    let found = waiting::find(parts, &sales::credited(parts, rates), complete, rates);
    let mut changes = Changes::new();
    for part in parts {
        let history = &part.history;
        // What depended on a sale that waits isn't stored. If the facts are the same, it's what depends on it now.
        let is_known = !given.contains(&part.key) || !history.stored.values().any(waits);
        for (conversion, attributed) in history.conversions.iter().zip(&part.attributed) {
            let stored = history.stored.get(&conversion.id).filter(|stored| counts(stored, stored.outcome.review));
            let before = stored.and_then(|stored| Some((stored, stored.outcome.credit.as_ref()?)));
            let now = attributed.outcome.credit.as_ref().filter(|_| counts(conversion, attributed.outcome.review));
            let is_unchanged = match (before, now) {
                (None, None) => true,
                (Some((stored, before)), Some(now)) => {
                    is_known
                        && before == now
                        && is_same(stored, conversion, attributed)
                        && was_counted(history, stored, attributed) != found.uncounted.contains(&conversion.id)
                }
                _ => false,
            };
            if !is_unchanged {
                changes.extend(before.map(|(stored, of)| (of.program_id, of.affiliate_id, stored.occurred_at)));
                changes.extend(now.map(|of| (of.program_id, of.affiliate_id, conversion.occurred_at)));
            }
        }
    }
    changes
}

/// Whether it's priced together with others, counted or not.
fn counts(conversion: &Conversion, review: Option<Review>) -> bool {
    !conversion.is_past() && claims::counts(conversion, review)
}

fn waits(stored: &Conversion) -> bool {
    stored.outcome.review.is_none() && stored.outcome.flags.iter().any(|flag| flag.holds_sale())
}

/// Whether it counted for others when it was stored, if it depended on the same sale as now.
fn was_counted(history: &BuyerHistory, stored: &Conversion, attributed: &Attributed<'_>) -> bool {
    let root = attributed.hangs_on.and_then(|root| history.conversions.get(root));
    let hangs = root.and_then(|root| history.stored.get(&root.id)).is_some_and(waits);
    match stored.outcome.review {
        Some(Review::Denied) => false,
        Some(Review::Approved) => true,
        None => !hangs && !waits(stored),
    }
}

/// Whether all else that others' prices depend on is as it was stored.
fn is_same(stored: &Conversion, conversion: &Conversion, attributed: &Attributed<'_>) -> bool {
    let (before, now) = (&stored.outcome, &attributed.outcome);
    (before.kind, before.sequence, before.refunded) == (now.kind, now.sequence, now.refunded)
        && (stored.occurred_at, stored.amount) == (conversion.occurred_at, conversion.amount)
        && (&stored.product_id, &stored.details) == (&conversion.product_id, &conversion.details)
}

/// The times in which prices may change: from the first change in a pool to its end.
#[derive(Debug, Default)]
pub(super) struct Affected(HashMap<(ProgramId, AffiliateId), Vec<(Timestamp, Timestamp)>>);

impl Affected {
    pub(super) fn of<'p>(pools: impl Iterator<Item = &'p Pool>, changes: &Changes) -> Self {
        let mut affected = Self::default();
        for pool in pools {
            let at = |time: Timestamp| (pool.program, pool.affiliate, time);
            if let Some((.., first)) = changes.range(at(pool.from)..at(pool.to)).next() {
                affected.0.entry((pool.program, pool.affiliate)).or_default().push((*first, pool.to));
            }
        }
        affected
    }

    fn contains(&self, member: &PoolMember) -> bool {
        let times = self.0.get(&(member.program_id, member.affiliate_id));
        times.is_some_and(|times| times.iter().any(|(from, to)| (*from..*to).contains(&member.occurred_at)))
    }
}

/// Splits members that aren't among these `present` conversions: into those whose histories have to be recomputed, and
/// those that only count. `waiting` are customers with something that waits for a review: what depends on it isn't stored.
pub(super) fn split(
    members: Vec<PoolMember>,
    affected: &Affected,
    waiting: &HashSet<CustomerId>,
    present: &HashSet<ConversionId>,
    rates: &Rates,
) -> (Vec<PoolMember>, Vec<PoolMember>) {
    let known: HashSet<PlanVersionId> = rates.versions.iter().map(|version| version.id).collect();
    members.into_iter().filter(|member| !present.contains(&member.id)).partition(|member| {
        affected.contains(member)
            || member.waits
            || member.customer_id.is_some_and(|customer| waiting.contains(&customer))
            || member.plan_version_id.is_some_and(|version| !known.contains(&version))
    })
}

#[cfg(test)]
mod tests;

//! Determines what needs a review before it is paid: the flags of each conversion, and the conversions that depend on
//! one that waits. No side effects.

use std::collections::{BTreeSet, HashMap, HashSet};

use shared::{
    id::{AffiliateId, ConversionId, ProgramId},
    timestamp::Timestamp,
};

use super::{
    Rates,
    attributed::{Attributed, Counted, flags},
    claims::{self, Unvouched},
    recompute::{Complete, Part, without},
};
use rules::{
    attribution::{
        decide::Credit,
        flag::{Flag, Review, hour_of},
    },
    commission::{
        Held,
        price::{self, Pool, Sale},
    },
    conversion::Conversion,
};

/// The number of conversions in each complete hour that a check counts.
#[derive(Debug)]
struct Hours {
    verified: HashMap<Pool, u32>,
    all: HashMap<Pool, u32>,
}

impl Hours {
    fn of(verified: &[Sale<'_>], all: &[Sale<'_>], complete: &BTreeSet<Pool>) -> Self {
        let count = |sales: &[Sale<'_>]| {
            let mut hours = HashMap::new();
            for sale in sales.iter().filter(|_| !complete.is_empty()) {
                let pool = hour_pool(sale.program, sale.affiliate, sale.occurred_at);
                if complete.contains(&pool) {
                    *hours.entry(pool).or_default() += 1;
                }
            }
            hours
        };
        Self { verified: count(verified), all: count(all) }
    }

    /// A verified conversion is counted as if claims didn't exist, and a claim together with all conversions, or by
    /// itself if it is priced so.
    fn around(&self, conversion: &Conversion, credit: Credit, claims: &Unvouched) -> Option<u32> {
        if claims.apart.contains(&conversion.id) {
            return Some(1);
        }
        let hours = if claims.pooled.contains(&conversion.id) { &self.all } else { &self.verified };
        hours.get(&hour_pool(credit.program_id, credit.affiliate_id, conversion.occurred_at)).copied()
    }
}

/// The conversions of one affiliate in one clock hour.
pub(super) fn hour_pool(program: ProgramId, affiliate: AffiliateId, at: Timestamp) -> Pool {
    let (from, to) = hour_of(at);
    Pool { program, affiliate, from, to }
}

/// The findings about one conversion.
#[derive(Debug, Clone, Default)]
pub(super) struct Seen {
    pub(super) flags: Vec<Flag>,
    /// Set if it waits for a review, or depends on a sale that does because the customer came through it.
    pub(super) waits: Option<Held>,
}

/// The findings about all parts.
#[derive(Debug)]
pub(super) struct Findings {
    pub(super) claims: Unvouched,
    /// By part, in the order of their conversions.
    pub(super) seen: Vec<Vec<Seen>>,
    /// The conversions that don't count for others, because they wait for a review or were denied.
    pub(super) uncounted: HashSet<ConversionId>,
}

/// Returns the findings about the parts, whose credited conversions are these `sales`.
pub(super) fn find(parts: &[Part<'_>], sales: &[Sale<'_>], complete: &Complete, rates: &Rates) -> Findings {
    let claims = claims::unvouched(parts, rates);
    let pooled = without(sales, &claims.apart);
    let verified = without(&pooled, &claims.pooled);
    let hours = Hours::of(&verified, &pooled, &complete.pools);
    let trusted = claims::within_limits(parts, &complete.claim_days, rates);
    let seen: Vec<Vec<Seen>> = parts.iter().map(|part| look(part, rates, &claims, &hours, &trusted)).collect();
    let uncounted = uncounted(parts, &seen);
    Findings { claims, seen, uncounted }
}

/// Returns the findings about one history's conversions, in their order.
fn look(
    part: &Part<'_>,
    rates: &Rates,
    claims: &Unvouched,
    hours: &Hours,
    trusted: &HashSet<ConversionId>,
) -> Vec<Seen> {
    let mut seen = Vec::with_capacity(part.attributed.len());
    for (conversion, attributed) in part.history.conversions.iter().zip(&part.attributed) {
        // What was settled elsewhere isn't reviewed here.
        if conversion.is_past() {
            seen.push(Seen::default());
            continue;
        }
        let counted = attributed.credit.map(|credit| Counted {
            in_this_hour: hours.around(conversion, credit, claims),
            is_trusted: conversion.provenance.is_verified() || trusted.contains(&conversion.id),
        });
        let flags = flags(&part.history, conversion, attributed, rates, counted.unwrap_or_default());
        let waits = flags.iter().any(|flag| flag.holds_sale()) && attributed.outcome.review.is_none();
        seen.push(Seen { flags, waits: waits.then_some(Held::Review) });
    }
    // A sale depends on the customer's first one, which depends on none.
    let roots: Vec<bool> = seen.iter().map(|seen| seen.waits.is_some()).collect();
    for (seen, attributed) in seen.iter_mut().zip(&part.attributed) {
        let hangs = attributed.hangs_on.is_some_and(|root| roots.get(root).copied().unwrap_or_default());
        if hangs && seen.waits.is_none() && attributed.outcome.review.is_none() {
            seen.waits = Some(Held::FirstSale);
        }
    }
    seen
}

/// The pools of conversions that depend on a conversion in one of these hours, which may be flagged or no longer: because the
/// customer came through it, or because a cap per customer counts it too.
pub(super) fn pools_of_dependent(part: &Part<'_>, hours: &BTreeSet<Pool>, rates: &Rates) -> BTreeSet<Pool> {
    let all: Vec<_> = part.history.conversions.iter().zip(&part.attributed).collect();
    let is_counted = |(conversion, attributed): &(&Conversion, &Attributed<'_>)| {
        attributed.credit.is_some_and(|credit| {
            hours.contains(&hour_pool(credit.program_id, credit.affiliate_id, conversion.occurred_at))
        })
    };
    let hangs =
        |attributed: &Attributed<'_>| attributed.hangs_on.and_then(|root| all.get(root)).is_some_and(is_counted);
    let changing: Vec<_> = all.iter().filter(|one| is_counted(one) || hangs(one.1)).collect();
    let shares_cap = |conversion: &Conversion, attributed: &Attributed<'_>| {
        attributed.version.filter(|version| price::links_pools(version)).is_some_and(|version| {
            changing.iter().any(|(other, of_other)| {
                other.id != conversion.id
                    && of_other.buyer == attributed.buyer
                    && of_other.version.is_some_and(|of_other| of_other.id == version.id)
            })
        })
    };
    let dependent =
        all.iter().filter(|(conversion, attributed)| hangs(attributed) || shares_cap(conversion, attributed));
    let credited = dependent.filter_map(|(conversion, attributed)| Some((conversion, attributed.credit?)));
    credited
        .flat_map(|(conversion, credit)| {
            price::reached(&rates.versions, credit.program_id, credit.affiliate_id, conversion.occurred_at)
        })
        .collect()
}

fn uncounted(parts: &[Part<'_>], seen: &[Vec<Seen>]) -> HashSet<ConversionId> {
    let of_part = |(part, seen): (&Part<'_>, &Vec<Seen>)| {
        let all = part.history.conversions.iter().zip(&part.attributed).zip(seen);
        let uncounted = all.filter(|((_, attributed), seen)| seen.waits.is_some() || is_denied(attributed));
        uncounted.map(|((conversion, _), _)| conversion.id).collect::<Vec<_>>()
    };
    parts.iter().zip(seen).flat_map(of_part).collect()
}

fn is_denied(attributed: &Attributed<'_>) -> bool {
    attributed.outcome.review == Some(Review::Denied)
}

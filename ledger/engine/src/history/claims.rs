//! How claims count compared with verified facts, and which claims pass in a program that trusts its pages. No side
//! effects.
//!
//! Anyone can send a claim through a page. So a trusting program's claims are counted by the day of their arrival,
//! which no page can choose: the first ones up to the program's and the affiliate's limits pass, the others wait for a
//! review. So do leads that the plan pays for: nothing bounds their worth, and nothing tells a new person from one who
//! signed up before.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use shared::{
    id::{AffiliateId, ConversionId, ProgramId},
    timestamp::Timestamp,
};

use super::{Rates, attributed::pays_leads, recompute::Part};
use crate::conversion::claim_day::ClaimDay;
use rules::{
    attribution::{
        flag::{Flag, Review},
        policy::{Claims, Worth},
    },
    conversion::Conversion,
};

/// The days of arrival whose claims share a limit with these histories' claims, in programs that trust their pages.
pub fn claim_days(part: &Part<'_>, rates: &Rates) -> BTreeSet<ClaimDay> {
    let mut days = BTreeSet::new();
    let mut reach = |program: ProgramId, at: Timestamp| {
        if rates.policies.at(program, at).is_some_and(|policy| policy.claims.worth == Worth::Trusted) {
            days.insert(ClaimDay::of(program, at));
        }
    };
    for (conversion, attributed) in part.history.conversions.iter().zip(&part.attributed) {
        if let Some(credit) = attributed.credit.filter(|_| !conversion.provenance.is_verified()) {
            reach(credit.program_id, conversion.occurred_at);
        }
        if let Some(stored) = part.history.stored.get(&conversion.id).filter(|row| !row.provenance.is_verified())
            && let Some(credit) = &stored.outcome.credit
        {
            reach(credit.program_id, stored.occurred_at);
        }
    }
    days
}

/// Claims that no one has approved: they don't affect other conversions.
pub(super) fn unvouched(parts: &[Part<'_>]) -> HashSet<ConversionId> {
    let all = parts.iter().flat_map(|part| part.history.conversions.iter().zip(&part.attributed));
    let claims = all.filter(|(conversion, attributed)| {
        !conversion.provenance.is_verified() && attributed.outcome.review != Some(Review::Approved)
    });
    claims.map(|(conversion, _)| conversion.id).collect()
}

/// A credited claim in a program that trusts its pages.
struct Claim<'p> {
    conversion: &'p Conversion,
    affiliate: AffiliateId,
    limits: Claims,
}

/// Returns the claims that pass. If the parts don't contain all claims of a day, the earlier result is kept.
pub(super) fn within_limits(parts: &[Part<'_>], complete: &BTreeSet<ClaimDay>, rates: &Rates) -> HashSet<ConversionId> {
    let mut passed = HashSet::new();
    let mut days: BTreeMap<ClaimDay, Vec<Claim<'_>>> = BTreeMap::new();
    for part in parts {
        for (conversion, attributed) in part.history.conversions.iter().zip(&part.attributed) {
            let Some(credit) = attributed.credit.filter(|_| !conversion.provenance.is_verified()) else { continue };
            let Some(policy) = rates.policies.at(credit.program_id, conversion.occurred_at) else { continue };
            if conversion.lead && pays_leads(attributed) {
                continue;
            }
            let denied = attributed.outcome.review == Some(Review::Denied);
            if policy.claims.worth != Worth::Trusted || denied || conversion.amount.minor > policy.claims.max_amount {
                continue;
            }
            let day = ClaimDay::of(credit.program_id, conversion.occurred_at);
            if complete.contains(&day) {
                let claim = Claim { conversion, affiliate: credit.affiliate_id, limits: policy.claims };
                days.entry(day).or_default().push(claim);
            } else if part.history.stored.get(&conversion.id).is_some_and(passed_before) {
                passed.insert(conversion.id);
            }
        }
    }
    for mut claims in days.into_values() {
        claims.sort_by_key(|claim| (claim.conversion.occurred_at, claim.conversion.external_id.as_str()));
        let mut of_affiliate: HashMap<AffiliateId, u32> = HashMap::new();
        let mut of_program = 0;
        for claim in claims {
            let own = of_affiliate.entry(claim.affiliate).or_default();
            if of_program < claim.limits.per_day && *own < claim.limits.per_affiliate_day {
                of_program += 1;
                *own += 1;
                passed.insert(claim.conversion.id);
            }
        }
    }
    passed
}

fn passed_before(stored: &Conversion) -> bool {
    stored.outcome.credit.is_some() && !stored.outcome.flags.contains(&Flag::Unverified)
}

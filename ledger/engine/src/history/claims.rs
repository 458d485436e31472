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

/// Claims that no one has approved: they don't affect verified conversions.
#[derive(Debug, Default)]
pub(super) struct Unvouched {
    /// Those of programs that trusted their pages at that time: they're priced and counted together with all others.
    pub(super) pooled: HashSet<ConversionId>,
    /// Those that wait for a person or for the verified report. Each is priced and counted by itself: however many a
    /// page sends, nothing has to be loaded because of them.
    pub(super) apart: HashSet<ConversionId>,
}

pub(super) fn unvouched(parts: &[Part<'_>], rates: &Rates) -> Unvouched {
    let mut claims = Unvouched::default();
    let all = parts.iter().flat_map(|part| part.history.conversions.iter().zip(&part.attributed));
    for (conversion, attributed) in all.filter(|(row, attributed)| !counts(row, attributed.outcome.review)) {
        let policy = attributed.credit.and_then(|credit| rates.policies.at(credit.program_id, conversion.occurred_at));
        let is_trusting = policy.is_some_and(|policy| policy.claims.worth == Worth::Trusted);
        let of = if is_trusting { &mut claims.pooled } else { &mut claims.apart };
        of.insert(conversion.id);
    }
    claims
}

/// Whether it affects other conversions in any program: it's verified, or a person approved it.
pub(super) fn counts(conversion: &Conversion, review: Option<Review>) -> bool {
    conversion.provenance.is_verified() || review == Some(Review::Approved)
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

#[cfg(test)]
mod tests {
    use shared::{
        config::AttributionModel,
        id::Id,
        money::{Currency, Money},
    };
    use uuid::Uuid;

    use super::*;
    use crate::history::{
        BuyerHistories, BuyerHistory, Decision, DecisionKind, HistoryKey,
        recompute::{Complete, pools, recompute},
        write,
    };
    use rules::{
        attribution::{
            policy::{Checks, CustomerBinding, Policies, Policy},
            touch::{BuyerKey, Touch, TouchKind},
        },
        commission::plan::{PlanVersion, Scope},
        conversion::Outcome,
        fact::{Details, Provenance},
    };

    fn id<K: shared::id::Kind>(number: u8) -> Id<K> {
        Id::from_bytes([number; 16])
    }

    fn at(number: u8) -> Timestamp {
        Timestamp::EPOCH.plus_days(20_000).plus_millis(i64::from(number))
    }

    /// 10%, and 20% of each sale from the third on.
    fn rates(worth: Worth) -> Rates {
        let mut policies = Policies::default();
        policies.add(
            id(1),
            Policy {
                effective_at: Timestamp::EPOCH,
                model: AttributionModel::LastTouch,
                window_days: 60,
                binding: CustomerBinding::AffiliateAndPlan,
                checks: Checks { velocity_per_hour: Some(3), ..Checks::default() },
                claims: Claims { worth, ..Claims::default() },
            },
        );
        let tiers = r#"[{"type":"tiers","by":"sales","period":"ever","mode":"whole",
                         "steps":[{"from":1,"ratePercent":"10"},{"from":3,"ratePercent":"20"}]}]"#;
        let version = PlanVersion {
            id: id(2),
            program_id: id(1),
            scope: Scope::Program,
            effective_at: Timestamp::EPOCH,
            components: serde_json::from_str(tiers).unwrap(),
            hold_days: 30,
        };
        Rates { policies, versions: vec![version], ..Rates::default() }
    }

    /// A sale of 100.00 by an unknown buyer, and whether a person approved it.
    fn sale(number: u8, provenance: Provenance, is_approved: bool) -> (HistoryKey, BuyerHistory) {
        let sale = Conversion {
            organization_id: id(9),
            id: id(number),
            event_id: id(number),
            external_id: format!("sale {number}"),
            source: "S2s".into(),
            provenance,
            claimed_email_key: None,
            lead: false,
            reported_recurring: false,
            reported_program_id: None,
            customer_id: None,
            subscription_id: None,
            product_id: None,
            details: Details::default(),
            amount: Money::new(10_000, Currency::USD),
            paid: 10_000,
            paid_known: true,
            occurred_at: at(number),
            outcome: Outcome::unknown(),
        };
        let touch = Touch {
            buyer: BuyerKey::Alone(id(number)),
            event_id: id(number),
            reported_at: at(number),
            kind: TouchKind::Slug,
            touched_at: at(number),
            click_id: None,
            link_id: None,
            coupon_id: None,
            program_id: id(1),
            affiliate_id: id(7),
            overrides_click: false,
            provenance,
            purchase: None,
        };
        let approval = Decision {
            id: Uuid::from_u128(u128::from(number)),
            kind: DecisionKind::Approve,
            conversion_id: Some(id(number)),
            commission_id: None,
            credit: None,
            reach: None,
            reason: "It is in our books".to_owned(),
            about_claim: true,
            repeats_from: None,
            decided_at: at(200),
        };
        let history = BuyerHistory {
            conversions: vec![sale],
            touches: vec![touch],
            decisions: if is_approved { vec![approval] } else { Vec::new() },
            ..BuyerHistory::default()
        };
        (HistoryKey::Alone(id(9), id(number)), history)
    }

    /// The amount of a sale, its flags, and the number of pools that are loaded because of it.
    type Priced = (i64, Vec<Flag>, usize);

    fn priced(worth: Worth, sales: &[(Provenance, bool)]) -> Vec<Priced> {
        let rates = rates(worth);
        let sales = (1..).zip(sales);
        let histories: BuyerHistories =
            sales.map(|(number, (provenance, is_approved))| sale(number, *provenance, *is_approved)).collect();
        let parts = write::parts(histories, &rates).unwrap();
        let reached: Vec<_> = parts.iter().map(|part| pools(part, &rates)).collect();
        let complete = Complete { pools: reached.iter().flatten().copied().collect(), ..Complete::default() };
        let changes = recompute(&parts, &complete, &rates, at(201), || id(0)).unwrap();
        let of_one = changes.into_iter().zip(reached).map(|(changes, reached)| {
            let amount: i64 = changes.commissions.iter().map(|(_, now)| now.amount).sum();
            let flags: Vec<Flag> = changes.conversions.into_iter().flat_map(|(_, now)| now.outcome.flags).collect();
            (amount, flags, reached.len())
        });
        of_one.collect()
    }

    #[test]
    fn a_claim_that_waits_is_priced_by_itself_and_loads_nothing() {
        const CLAIM: (Provenance, bool) = (Provenance::Claimed, false);
        const APPROVED: (Provenance, bool) = (Provenance::Claimed, true);
        let verified = (Provenance::Verified, false);
        // Those of all sales, and of the hour.
        let counted = |cents: i64| -> Priced { (cents, Vec::new(), 2) };
        let waiting = |cents: i64, pools: usize| -> Priced { (cents, vec![Flag::Unverified], pools) };
        let by_itself = || waiting(1_000, 0);
        assert_eq!(
            priced(Worth::Review, &[verified, CLAIM, CLAIM, CLAIM, CLAIM]),
            [counted(1_000), by_itself(), by_itself(), by_itself(), by_itself()]
        );
        assert_eq!(
            priced(Worth::Review, &[verified, APPROVED, APPROVED, CLAIM]),
            [counted(2_000), waiting(2_000, 2), waiting(2_000, 2), by_itself()]
        );
        let trusted = priced(Worth::Trusted, &[verified, CLAIM, CLAIM]);
        assert_eq!(trusted, [counted(1_000), waiting(2_000, 2), waiting(2_000, 2)], "there they count for each other");
    }
}

//! The first half of settling: who is credited with each conversion of a group, as what it counts, and what should be
//! looked at. No money yet. Pure.

use std::collections::{HashMap, HashSet};

use shared::money::MoneyError;

use super::{DecisionKind, Journey, Rates, Reach};
use crate::{
    attribution::{
        decide::{Candidate, Credit, Manual, came_with_import, credit_journey},
        flag::{self, Review, Signs},
        touch::{BuyerKey, TouchKind},
    },
    commission::plan::{PlanVersion, in_force},
    conversion::{Conversion, Credited, Kind, Outcome, Status, given_back::given_back},
    fact::Provenance,
};

/// One conversion with its credit.
#[derive(Debug, Clone)]
pub struct Attributed<'r> {
    /// The outcome but for its status, and for flags that depend on others' conversions.
    pub outcome: Outcome,
    pub credit: Option<Credit>,
    pub version: Option<&'r PlanVersion>,
    pub buyer: BuyerKey,
    pub emails: Vec<String>,
    pub bought_before_as_another: bool,
}

/// Of every conversion of the journey, in their order.
///
/// # Errors
/// [`MoneyError`] where refunds sum up beyond 64 bits.
pub fn attribute<'r>(journey: &Journey, rates: &'r Rates) -> Result<Vec<Attributed<'r>>, MoneyError> {
    let credits = credits(journey, rates);
    let kinds = kinds(journey);
    let sequences = sequences(journey, &credits);
    let repeaters = repeaters(journey);
    let mut attributed = Vec::with_capacity(journey.conversions.len());
    for (index, conversion) in journey.conversions.iter().enumerate() {
        let credit = credits[index];
        let version = credit.and_then(|credit| {
            let segment =
                rates.affiliates.get(&credit.affiliate_id).and_then(|partner| partner.segment(credit.plan_at));
            in_force(&rates.versions, credit.program_id, credit.affiliate_id, segment, credit.plan_at)
        });
        let back = given_back(
            conversion.amount,
            conversion.paid,
            journey.refunds.get(&conversion.external_id).map(Vec::as_slice).unwrap_or_default(),
            journey.disputes.get(&conversion.external_id).map(Vec::as_slice).unwrap_or_default(),
        )?;
        let buyer = journey.buyer(conversion);
        let emails = match conversion.provenance {
            Provenance::Verified => journey.emails(buyer),
            Provenance::Claimed => conversion.claimed_email_key.iter().cloned().collect(),
        };
        let outcome = Outcome {
            kind: kinds[index],
            status: Status::Unattributed,
            refunded: back.amount,
            credit: credit.map(|credit| credited(credit, version)),
            sequence: sequences[index],
            flags: Vec::new(),
            review: review(journey, conversion),
            dispute: back.dispute,
            troubles: back.troubles,
        };
        attributed.push(Attributed {
            outcome,
            credit,
            version,
            buyer,
            emails,
            bought_before_as_another: !conversion.lead && sequences[index] == 1 && repeaters.contains(&buyer),
        });
    }
    Ok(attributed)
}

/// What other conversions say about one.
#[derive(Debug, Clone, Copy, Default)]
pub struct Counted {
    /// Conversions of the affiliate in the same hour, where the program counts them.
    pub in_this_hour: Option<u32>,
    /// A verified source reported it, or it is a claim within the limits of a program that trusts its pages.
    pub is_trusted: bool,
}

/// The flags of a credited conversion.
pub fn flags(
    journey: &Journey,
    conversion: &Conversion,
    attributed: &Attributed<'_>,
    rates: &Rates,
    counted: Counted,
) -> Vec<flag::Flag> {
    let Some(credit) = &attributed.credit else { return Vec::new() };
    let Some(policy) = rates.policies.at(credit.program_id, conversion.occurred_at) else { return Vec::new() };
    let click = |kind: TouchKind, id| kind == TouchKind::Click && credit.click_id.is_some() && id == credit.click_id;
    let clicked_at =
        journey.touches.iter().find(|touch| click(touch.kind, touch.click_id)).map(|touch| touch.touched_at);
    let own = rates.affiliates.get(&credit.affiliate_id).map(|partner| partner.emails(conversion.occurred_at));
    let signs = Signs {
        credit,
        occurred_at: conversion.occurred_at,
        clicked_at: clicked_at.filter(|_| attributed.outcome.sequence == 1),
        buyer_emails: &attributed.emails,
        affiliate_emails: own.as_deref().unwrap_or_default(),
        bought_before_as_another: attributed.bought_before_as_another,
        in_this_hour: counted.in_this_hour.or_else(|| was_too_many(journey, conversion, credit).then_some(u32::MAX)),
        unverified: !counted.is_trusted,
    };
    flag::raise(signs, &policy.checks)
}

/// What was found when the whole hour was last counted: it stands for a conversion that is settled along with others.
fn was_too_many(journey: &Journey, conversion: &Conversion, credit: &Credit) -> bool {
    journey.stored.get(&conversion.id).is_some_and(|stored| {
        let same = |known: &Credited| {
            (known.program_id, known.affiliate_id) == (credit.program_id, credit.affiliate_id)
                && stored.occurred_at == conversion.occurred_at
        };
        stored.outcome.credit.as_ref().is_some_and(same) && stored.outcome.flags.contains(&flag::Flag::Velocity)
    })
}

fn credits(journey: &Journey, rates: &Rates) -> Vec<Option<Credit>> {
    credit_journey(&candidates(journey), &journey.touches, &rates.policies, kin(journey))
}

/// The journey's conversions as far as their credit depends on them, in their order.
pub fn candidates(journey: &Journey) -> Vec<Candidate<'_>> {
    journey.conversions.iter().map(|conversion| candidate(journey, conversion)).collect()
}

/// Whether two buyers share an e-mail address.
pub fn kin(journey: &Journey) -> impl Fn(BuyerKey, BuyerKey) -> bool {
    |a, b| {
        let theirs = journey.emails(b);
        journey.emails(a).iter().any(|email| theirs.contains(email))
    }
}

/// A conversion as far as its credit depends on it.
pub fn candidate<'a>(journey: &Journey, conversion: &'a Conversion) -> Candidate<'a> {
    let retold = journey.retold_by.iter().filter(|(name, _)| *name == conversion.external_id).map(|(_, event)| *event);
    let about =
        |kind| journey.latest(|decision| decision.kind == kind && decision.conversion_id == Some(conversion.id));
    Candidate {
        external_id: &conversion.external_id,
        occurred_at: conversion.occurred_at,
        lead: conversion.lead,
        buyer: journey.buyer(conversion),
        told_by: std::iter::once(conversion.event_id).chain(retold).collect(),
        program: conversion.told_program_id,
        provenance: conversion.provenance,
        claim: review_of_claim(journey, conversion),
        manual: about(DecisionKind::Reattribute)
            .map(|decision| Manual { credit: decision.credit, binds: decision.reach == Some(Reach::Customer) }),
    }
}

fn credited(credit: Credit, version: Option<&PlanVersion>) -> Credited {
    Credited {
        program_id: credit.program_id,
        affiliate_id: credit.affiliate_id,
        link_id: credit.link_id,
        click_id: credit.click_id,
        plan_version_id: version.map(|version| version.id),
        bound_at: credit.bound_at,
        rule: credit.rule.as_str().to_owned(),
    }
}

fn review(journey: &Journey, conversion: &Conversion) -> Option<Review> {
    let decision = journey.latest(|decision| {
        matches!(decision.kind, DecisionKind::Approve | DecisionKind::Deny)
            && decision.conversion_id == Some(conversion.id)
            && decision.about_claim != conversion.provenance.is_verified()
    })?;
    Some(verdict(decision.kind))
}

/// What a person decided about the claim whose place a verified report took.
fn review_of_claim(journey: &Journey, conversion: &Conversion) -> Option<Review> {
    let decision = journey.latest(|decision| {
        matches!(decision.kind, DecisionKind::Approve | DecisionKind::Deny)
            && decision.conversion_id == Some(conversion.id)
            && decision.about_claim
            && conversion.provenance.is_verified()
    })?;
    Some(verdict(decision.kind))
}

fn verdict(kind: DecisionKind) -> Review {
    if kind == DecisionKind::Deny { Review::Denied } else { Review::Approved }
}

/// Indexes in the order of time.
fn in_time(journey: &Journey) -> Vec<usize> {
    let mut order: Vec<usize> = (0..journey.conversions.len()).collect();
    order.sort_by_key(|index| {
        let conversion = &journey.conversions[*index];
        (conversion.occurred_at, &conversion.external_id)
    });
    order
}

/// A renewal is what the gateway calls one, or any but the first payment of a subscription; without a subscription, any
/// but the buyer's first sale. What cost nothing was no payment.
fn kinds(journey: &Journey) -> Vec<Kind> {
    let mut seen: HashSet<(BuyerKey, Option<&str>)> = HashSet::new();
    let mut kinds = vec![Kind::Sale; journey.conversions.len()];
    for index in in_time(journey) {
        let conversion = &journey.conversions[index];
        if conversion.lead {
            kinds[index] = Kind::Lead;
            continue;
        }
        let buyer = journey.buyer(conversion);
        let subscription = conversion.subscription_id.as_deref();
        let again = match subscription {
            Some(_) => seen.contains(&(buyer, subscription)),
            None => seen.contains(&(buyer, None)) || bought_elsewhere(journey, conversion),
        };
        if conversion.amount.minor > 0 {
            seen.insert((buyer, subscription));
            seen.insert((buyer, None));
        }
        if again || conversion.told_recurring {
            kinds[index] = Kind::Recurring;
        }
    }
    kinds
}

/// The how manieth sale (or lead) of the buyer in its program each conversion is, by all that is known of the buyer:
/// sales that nobody is credited with count in every program.
fn sequences(journey: &Journey, credits: &[Option<Credit>]) -> Vec<u32> {
    let mut counted = HashMap::new();
    let mut uncredited: HashMap<(BuyerKey, bool), u32> = HashMap::new();
    let mut sequences = vec![0; journey.conversions.len()];
    for index in in_time(journey) {
        let conversion = &journey.conversions[index];
        if !conversion.lead && conversion.amount.minor <= 0 {
            continue;
        }
        let who = (journey.buyer(conversion), conversion.lead);
        let organic = uncredited.entry(who).or_default();
        match credits[index] {
            Some(credit) => {
                let of_program: &mut u32 = counted.entry((who, credit.program_id)).or_default();
                *of_program += 1;
                let elsewhere = u32::from(!conversion.lead && bought_elsewhere(journey, conversion));
                sequences[index] = *of_program + *organic + elsewhere;
            }
            None => *organic += 1,
        }
    }
    sequences
}

/// Whoever came with an import bought before, at least once: nothing that is due for a first sale is due for their next.
fn bought_elsewhere(journey: &Journey, conversion: &Conversion) -> bool {
    came_with_import(journey.buyer(conversion), conversion.occurred_at, &journey.touches, kin(journey))
}

/// Buyers with an address that another buyer had who bought before them.
fn repeaters(journey: &Journey) -> HashSet<BuyerKey> {
    let mut buyers: Vec<BuyerKey> = Vec::new();
    for index in in_time(journey) {
        let conversion = &journey.conversions[index];
        let buyer = journey.buyer(conversion);
        if !conversion.lead && conversion.amount.minor > 0 && !buyers.contains(&buyer) {
            buyers.push(buyer);
        }
    }
    if buyers.len() < 2 {
        return HashSet::new();
    }
    let mut known: HashSet<String> = HashSet::new();
    let mut repeaters = HashSet::new();
    for buyer in buyers {
        let emails = journey.emails(buyer);
        if emails.iter().any(|email| known.contains(email)) {
            repeaters.insert(buyer);
        }
        known.extend(emails);
    }
    repeaters
}

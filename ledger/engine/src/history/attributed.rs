//! The first half of a recomputation: determines who is credited with each conversion of a group, its kind, and what
//! needs a review. Computes no money and has no side effects.

use std::collections::{HashMap, HashSet};

use shared::{
    id::{AffiliateId, EventId, ProgramId},
    money::MoneyError,
};

use super::{BuyerHistory, DecisionKind, Rates, addresses::Addresses, decided, overrides};
use rules::{
    attribution::{
        decide::{Candidate, Credit, Credits, Rule, credit_all},
        flag::{self, InHour, Review, Signs},
        touch::{BuyerKey, TouchKind},
    },
    commission::plan::{Pays, PlanVersion, in_force},
    conversion::{Conversion, Credited, Kind, Outcome, Status, given_back::given_back},
    fact::Provenance,
};

/// A conversion with its credit.
#[derive(Debug, Clone)]
pub struct Attributed<'r> {
    /// The outcome without its status and without flags that depend on other buyers' conversions.
    pub outcome: Outcome,
    pub credit: Option<Credit>,
    pub version: Option<&'r PlanVersion>,
    pub buyer: BuyerKey,
    pub emails: Vec<String>,
    /// This is the buyer's first sale (or lead), and another buyer with one of the same addresses bought (or was a
    /// lead) earlier.
    pub bought_before_as_another: bool,
    pub denied_before: bool,
    /// Whether anything was refunded or charged back, also of a sale without an amount.
    pub any_given_back: bool,
    /// The index of the sale in the same history through which the customer came: anything that holds that sale holds
    /// this one too.
    pub hangs_on: Option<usize>,
}

/// Attributes every conversion of the history, in the history's order.
///
/// # Errors
/// [`MoneyError`] if refunds add up to more than 64 bits.
pub fn attribute<'r>(history: &BuyerHistory, rates: &'r Rates) -> Result<Vec<Attributed<'r>>, MoneyError> {
    let addresses = Addresses::of(history);
    let kin = |one, other| addresses.are_kin(one, other);
    let found = credit_all(&candidates(history), &history.touches, &rates.policies, kin);
    let kinds = kinds(history, &found);
    let sequences = sequences(history, &found);
    let repeaters = Repeaters::of(history, &addresses);
    let denied = denied_before(history, &found.credits);
    let mut attributed = Vec::with_capacity(history.conversions.len());
    for (index, conversion) in history.conversions.iter().enumerate() {
        let credit = found.credits[index];
        let version = credit.and_then(|credit| {
            let segment =
                rates.affiliates.get(&credit.affiliate_id).and_then(|partner| partner.segment(credit.plan_at));
            in_force(&rates.versions, credit.program_id, credit.affiliate_id, segment, credit.plan_at)
        });
        let back = given_back(
            conversion.amount,
            conversion.paid_in_all(),
            history.refunds.get(&conversion.external_id).map(Vec::as_slice).unwrap_or_default(),
            history.disputes.get(&conversion.external_id).map(Vec::as_slice).unwrap_or_default(),
        )?;
        let buyer = history.buyer(conversion);
        let emails = match conversion.provenance {
            Provenance::Verified => addresses.all(buyer),
            Provenance::Claimed => conversion.claimed_email_key.iter().cloned().collect(),
        };
        let outcome = Outcome {
            kind: kinds[index],
            status: Status::Unattributed,
            refunded: back.amount,
            // No plan computed what a past sale earned.
            credit: credit.map(|credit| credited(credit, version.filter(|_| !conversion.is_past()))),
            sequence: sequences[index],
            flags: Vec::new(),
            review: decided::review(history, conversion),
            dispute: back.dispute,
            issues: back.issues,
        };
        attributed.push(Attributed {
            outcome,
            credit,
            version,
            buyer,
            emails,
            bought_before_as_another: sequences[index] == 1 && repeaters.contain(buyer, conversion.lead),
            denied_before: denied.contains(&index),
            any_given_back: back.is_any,
            hangs_on: found.hangs_on[index].filter(|root| !history.conversions[*root].lead),
        });
    }
    Ok(attributed)
}

/// What other conversions contribute to the flags of one.
#[derive(Debug, Clone, Copy, Default)]
pub struct Counted {
    /// The affiliate's conversions in the same hour, if the program counts them.
    pub in_this_hour: Option<u32>,
    /// A verified source reported it, or it is a claim within the limits of a program that trusts claims.
    pub is_trusted: bool,
}

/// Returns the flags of a credited conversion.
pub fn flags(
    history: &BuyerHistory,
    conversion: &Conversion,
    attributed: &Attributed<'_>,
    rates: &Rates,
    counted: Counted,
) -> Vec<flag::Flag> {
    let Some(credit) = &attributed.credit else { return Vec::new() };
    let Some(policy) = rates.policies.at(credit.program_id, conversion.occurred_at) else { return Vec::new() };
    let click = |kind: TouchKind, id| kind == TouchKind::Click && credit.click_id.is_some() && id == credit.click_id;
    let clicked_at =
        history.touches.iter().find(|touch| click(touch.kind, touch.click_id)).map(|touch| touch.touched_at);
    let own = rates.affiliates.get(&credit.affiliate_id).map(|partner| partner.emails(conversion.occurred_at));
    let signs = Signs {
        credit,
        occurred_at: conversion.occurred_at,
        clicked_at: clicked_at.filter(|_| attributed.outcome.sequence == 1),
        buyer_emails: &attributed.emails,
        affiliate_emails: own.as_deref().unwrap_or_default(),
        bought_before_as_another: attributed.bought_before_as_another && (!conversion.lead || pays_leads(attributed)),
        unknown_lead: is_unknown_lead(conversion, attributed),
        denied_before: attributed.denied_before,
        in_this_hour: counted
            .in_this_hour
            .map_or_else(|| InHour::AsBefore { too_many: was_too_many(history, conversion, credit) }, InHour::Counted),
        unverified: !counted.is_trusted,
        self_recruit: overrides::recruiter(conversion, attributed, rates)
            .is_some_and(|recruiter| recruiter.is_one_of_them),
    };
    flag::raise(signs, &policy.checks)
}

/// Whether the plan pays for leads; if it doesn't, no one gains by signing up twice.
pub(super) fn pays_leads(attributed: &Attributed<'_>) -> bool {
    let components = attributed.version.and_then(|version| version.components.as_deref()).unwrap_or_default();
    components.iter().any(|component| matches!(component.pays, Pays::PerLead(_)))
}

/// Whether nothing distinguishes a paid lead from another one of the same person. A claim from a page is held anyway.
fn is_unknown_lead(conversion: &Conversion, attributed: &Attributed<'_>) -> bool {
    conversion.lead
        && conversion.provenance.is_verified()
        && matches!(attributed.buyer, BuyerKey::Alone(_))
        && pays_leads(attributed)
}

/// Returns the result of the last count of the whole hour, which applies to a conversion that is recomputed along with
/// others.
fn was_too_many(history: &BuyerHistory, conversion: &Conversion, credit: &Credit) -> bool {
    history.stored.get(&conversion.id).is_some_and(|stored| {
        let same = |known: &Credited| {
            (known.program_id, known.affiliate_id) == (credit.program_id, credit.affiliate_id)
                && stored.occurred_at == conversion.occurred_at
        };
        stored.outcome.credit.as_ref().is_some_and(same) && stored.outcome.flags.contains(&flag::Flag::Velocity)
    })
}

/// All conversions of the history with the facts that their credit depends on, in the history's order.
pub fn candidates(history: &BuyerHistory) -> Vec<Candidate<'_>> {
    let mut repeated: HashMap<&str, Vec<EventId>> = HashMap::new();
    for (name, event) in &history.repeated_by {
        repeated.entry(name).or_default().push(*event);
    }
    let events = |conversion: &Conversion| {
        let again = repeated.get(conversion.external_id.as_str()).into_iter().flatten().copied();
        std::iter::once(conversion.event_id).chain(again).collect::<Vec<_>>()
    };
    history.conversions.iter().map(|conversion| candidate(history, conversion, events(conversion))).collect()
}

/// Returns a check of whether two buyers share an e-mail address that belongs to one person.
pub fn kin(history: &BuyerHistory) -> impl Fn(BuyerKey, BuyerKey) -> bool {
    let addresses = Addresses::of(history);
    move |one, other| addresses.are_kin(one, other)
}

/// A conversion with the facts that its credit depends on.
fn candidate<'a>(history: &BuyerHistory, conversion: &'a Conversion, reported_by: Vec<EventId>) -> Candidate<'a> {
    Candidate {
        external_id: &conversion.external_id,
        occurred_at: conversion.occurred_at,
        lead: conversion.lead,
        buyer: history.buyer(conversion),
        reported_by,
        program: conversion.reported_program_id,
        subscription: conversion.subscription_id.as_deref(),
        provenance: conversion.provenance,
        is_past: conversion.is_past(),
        review: decided::review(history, conversion),
        claim: decided::review_of_claim(history, conversion),
        decisions: decided::reattributions(history, conversion),
        repeats_from: decided::repeats_from(history, conversion),
    }
}

fn credited(credit: Credit, version: Option<&PlanVersion>) -> Credited {
    Credited {
        program_id: credit.program_id,
        affiliate_id: credit.affiliate_id,
        link_id: credit.link_id,
        click_id: credit.click_id,
        coupon_id: credit.coupon_id,
        plan_version_id: version.map(|version| version.id),
        bound_at: credit.bound_at,
        rule: credit.rule.as_str().to_owned(),
    }
}

/// Indexes in chronological order.
fn in_time(history: &BuyerHistory) -> Vec<usize> {
    let mut order: Vec<usize> = (0..history.conversions.len()).collect();
    order.sort_by_key(|index| {
        let conversion = &history.conversions[*index];
        (conversion.occurred_at, &conversion.external_id)
    });
    order
}

/// Determines the kinds. A renewal is a conversion that the gateway reports as one, or any payment of a subscription
/// but the first; without a subscription, any sale but the buyer's first in its program, where sales that no one is
/// credited with count in every program. A conversion that cost nothing isn't a payment. To a gateway, the first
/// payment after a trial is a renewal; here, it is the sale that the trial led to.
fn kinds(history: &BuyerHistory, found: &Credits) -> Vec<Kind> {
    let mut paid: HashSet<(BuyerKey, &str)> = HashSet::new();
    let mut bought: HashMap<BuyerKey, HashSet<Option<ProgramId>>> = HashMap::new();
    let mut trials: HashSet<(BuyerKey, Option<&str>)> = HashSet::new();
    let mut kinds = vec![Kind::Sale; history.conversions.len()];
    for index in in_time(history) {
        let conversion = &history.conversions[index];
        let (buyer, subscription) = (history.buyer(conversion), conversion.subscription_id.as_deref());
        if conversion.lead {
            kinds[index] = Kind::Lead;
            if conversion.provenance.is_verified() && subscription.is_some() {
                trials.insert((buyer, subscription));
            }
            continue;
        }
        let program = found.credits[index].map(|credit| credit.program_id);
        let counts = |programs: &HashSet<Option<ProgramId>>| {
            program.is_none() || programs.contains(&None) || programs.contains(&program)
        };
        let again = match subscription {
            Some(name) => paid.contains(&(buyer, name)),
            None => bought.get(&buyer).is_some_and(counts) || bought_elsewhere(history, conversion, found),
        };
        if conversion.amount.minor > 0 {
            paid.extend(subscription.map(|name| (buyer, name)));
            bought.entry(buyer).or_default().insert(program);
        }
        let renews = conversion.reported_recurring && !trials.contains(&(buyer, subscription));
        if again || renews {
            kinds[index] = Kind::Recurring;
        }
    }
    kinds
}

/// The ordinal of each conversion among the buyer's sales (or leads) in its program, by all that is known of the buyer.
/// Sales that no one is credited with count in every program.
fn sequences(history: &BuyerHistory, found: &Credits) -> Vec<u32> {
    let mut counted = HashMap::new();
    let mut uncredited: HashMap<(BuyerKey, bool), u32> = HashMap::new();
    let mut sequences = vec![0; history.conversions.len()];
    // Those whose past sales were imported are counted by these sales.
    let past: HashSet<BuyerKey> =
        history.conversions.iter().filter(|row| row.is_past() && !row.lead).map(|row| history.buyer(row)).collect();
    for index in in_time(history) {
        let conversion = &history.conversions[index];
        if !conversion.lead && conversion.amount.minor <= 0 {
            continue;
        }
        let who = (history.buyer(conversion), conversion.lead);
        let organic = uncredited.entry(who).or_default();
        match found.credits[index] {
            Some(credit) => {
                let of_program: &mut u32 = counted.entry((who, credit.program_id)).or_default();
                *of_program += 1;
                let elsewhere = !conversion.lead
                    && !past.contains(&history.buyer(conversion))
                    && bought_elsewhere(history, conversion, found);
                sequences[index] = *of_program + *organic + u32::from(elsewhere);
            }
            None => *organic += 1,
        }
    }
    sequences
}

/// Whether the buyer was imported: an imported buyer bought at least once before, so first-sale terms don't apply to
/// their next sale.
fn bought_elsewhere(history: &BuyerHistory, conversion: &Conversion, found: &Credits) -> bool {
    found.brought.get(&history.buyer(conversion)).is_some_and(|since| *since <= conversion.occurred_at)
}

/// Indexes of conversions credited to an affiliate to whom an earlier conversion of the buyer was denied. A conversion
/// that an earlier sale bound depends on that sale only, whatever happened to others.
fn denied_before(history: &BuyerHistory, credits: &[Option<Credit>]) -> HashSet<usize> {
    let mut denied: HashSet<(BuyerKey, ProgramId, AffiliateId)> = HashSet::new();
    let mut found = HashSet::new();
    if history.decisions.iter().all(|decision| decision.kind != DecisionKind::Deny) {
        return found;
    }
    for index in in_time(history) {
        let conversion = &history.conversions[index];
        let Some(credit) = credits[index].filter(|_| conversion.provenance.is_verified()) else { continue };
        let whose = (history.buyer(conversion), credit.program_id, credit.affiliate_id);
        if credit.rule != Rule::Bound && credit.rule != Rule::Manual && denied.contains(&whose) {
            found.insert(index);
        }
        if decided::review(history, conversion) == Some(Review::Denied) {
            denied.insert(whose);
        }
    }
    found
}

/// Buyers with an address that another buyer used before them: as a buyer, and as a lead.
#[derive(Debug, Default)]
struct Repeaters {
    sales: HashSet<BuyerKey>,
    leads: HashSet<BuyerKey>,
}

impl Repeaters {
    fn of(history: &BuyerHistory, addresses: &Addresses<'_>) -> Self {
        let mut found = Self::default();
        // The first buyer with each address, among those who bought and among all.
        let (mut bought, mut known): (HashMap<&str, BuyerKey>, HashMap<&str, BuyerKey>) = Default::default();
        let (mut buyers, mut leads): (HashSet<BuyerKey>, HashSet<BuyerKey>) = Default::default();
        let in_time = if history.people.len() < 2 { Vec::new() } else { in_time(history) };
        for index in in_time {
            let conversion = &history.conversions[index];
            let buyer = history.buyer(conversion);
            let is_first =
                if conversion.lead { leads.insert(buyer) } else { conversion.amount.minor > 0 && buyers.insert(buyer) };
            if !is_first {
                continue;
            }
            let of_another =
                |email: &str, first: &HashMap<&str, BuyerKey>| first.get(email).is_some_and(|other| *other != buyer);
            for email in addresses.personal(buyer) {
                if conversion.lead && of_another(email, &known) {
                    found.leads.insert(buyer);
                }
                if !conversion.lead && of_another(email, &bought) {
                    found.sales.insert(buyer);
                }
                if !conversion.lead {
                    bought.entry(email).or_insert(buyer);
                }
                known.entry(email).or_insert(buyer);
            }
        }
        found
    }

    fn contain(&self, buyer: BuyerKey, lead: bool) -> bool {
        if lead { self.leads.contains(&buyer) } else { self.sales.contains(&buyer) }
    }
}

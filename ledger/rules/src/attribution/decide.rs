//! Decides who is credited with a conversion. Pure.
//!
//! Precedence: a person's decision, then an existing binding of the buyer (by a sale, or by an import), then a coupon
//! that overrides clicks, then a click, then a named slug, then a coupon that doesn't override, then an earlier lead of
//! the same person, then a click token that a page sent with the very same purchase. The first credited sale binds the
//! buyer to its affiliate, and to the plan in force at that time. A touch counts for conversions from its own time to
//! the end of its program's window, and only if its affiliate is approved: at the touch and at the conversion. Evidence
//! that came with one conversion never counts for an earlier one; coupons and slugs count for the purchase that they
//! came with; what a page claims counts for nothing else at all. A sale that a person denied doesn't bind the buyer,
//! and the evidence that credited it is spent, also where later reports repeat it.

pub mod bindings;
pub mod considered;
mod evidence;
mod imported;
mod past;
mod spent;

use std::collections::HashMap;

use shared::{
    config::AttributionModel,
    id::{AffiliateId, ClickId, CouponId, EventId, LinkId, ProgramId},
    timestamp::Timestamp,
};

use self::evidence::winner;
use self::past::{Earlier, Past};
pub use self::{
    bindings::{Binding, bindings},
    considered::{Beaten, Considered, Fate, considered},
    evidence::{Eligibility, ReportingEvents},
    imported::IMPORTED,
};
use super::{
    flag::Review,
    policy::{CustomerBinding, Policies},
    touch::{BuyerKey, Touch, TouchKind},
};
use crate::fact::Provenance;

/// A conversion, as far as credit depends on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate<'a> {
    /// Breaks ties, so that equal times have an order.
    pub external_id: &'a str,
    pub occurred_at: Timestamp,
    /// A lead is credited but doesn't bind the buyer.
    pub lead: bool,
    pub buyer: BuyerKey,
    /// The events that reported it, the first one in front: their evidence determines its program.
    pub reported_by: Vec<EventId>,
    /// The program named in the report.
    pub program: Option<ProgramId>,
    pub subscription: Option<&'a str>,
    pub provenance: Provenance,
    /// An imported sale or lead of the past: the import says whose it is, whatever the rules would say.
    pub is_past: bool,
    /// A person's decision about it: a denied conversion doesn't bind the buyer.
    pub review: Option<Review>,
    /// A person's decision about the claim of this purchase, while it was one, and when they decided: if approved, the
    /// evidence it had then counts for the purchase; if denied, not even its click token does.
    pub claim: Option<(Review, Timestamp)>,
    /// People's decisions about its credit, in their order: see [`Manual`].
    pub decisions: Vec<Manual>,
    /// If a person's decision about it uses up evidence: from when on that includes what other reports repeat. `None`:
    /// always. Decisions of before this rule leave what was booked before it.
    pub repeats_from: Option<Timestamp>,
}

impl Candidate<'_> {
    /// The decision that applies to this conversion.
    fn manual(&self) -> Option<Manual> {
        self.decisions.last().copied()
    }

    /// The decision that applies to the buyer from this conversion on.
    fn manual_of_buyer(&self) -> Option<Manual> {
        self.decisions.iter().copied().rfind(|manual| manual.binds)
    }
}

/// A person's decision about the credit. The latest one applies to the conversion, and the latest one that binds the
/// buyer applies to them: a later one that concerns only the conversion doesn't change whose customer they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Manual {
    /// `None`: no affiliate.
    pub credit: Option<(ProgramId, AffiliateId)>,
    /// Whether it also binds the buyer from this conversion on; otherwise it concerns only this one.
    pub binds: bool,
}

/// Who is credited, and by which rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Credit {
    pub program_id: ProgramId,
    pub affiliate_id: AffiliateId,
    pub link_id: Option<LinkId>,
    pub click_id: Option<ClickId>,
    /// The coupon that gave the credit, or that brought the customer.
    pub coupon_id: Option<CouponId>,
    pub rule: Rule,
    /// When the buyer was bound: durations count from it.
    pub bound_at: Timestamp,
    /// The plan version in force at this time applies.
    pub plan_at: Timestamp,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    Manual,
    Bound,
    /// The buyer came with an import, which bound them; or the sale itself did.
    Import,
    Coupon,
    Click,
    Slug,
    Lead,
}

impl Rule {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Manual => "manual",
            Self::Bound => "bound",
            Self::Import => "import",
            Self::Coupon => "coupon",
            Self::Click => "click",
            Self::Slug => "slug",
            Self::Lead => "lead",
        }
    }
}

/// The credits of a group of buyers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Credits {
    /// In the order of the conversions given.
    pub credits: Vec<Option<Credit>>,
    /// For each credit, the index of the conversion it depends on: the one that bound the buyer, the lead that counts
    /// for a sale, or, if each sale is credited anew, the buyer's first one with the same affiliate.
    pub hangs_on: Vec<Option<usize>>,
    /// Since when each buyer is known from an import.
    pub brought: HashMap<BuyerKey, Timestamp>,
}

/// Credits every conversion of a group of buyers. The order of the lists doesn't matter. `kin` says whether two buyers
/// share an email address that belongs to one person: then one buyer's lead counts for the other's sales.
pub fn credit_all(
    conversions: &[Candidate<'_>],
    touches: &[Touch],
    policies: &Policies,
    kin: impl Fn(BuyerKey, BuyerKey) -> bool,
) -> Credits {
    let (mut credits, mut hangs_on) = (vec![None; conversions.len()], vec![None; conversions.len()]);
    let past = walk(conversions, touches, policies, &kin, |index, found, _| {
        credits[index] = found.map(|found| found.credit);
        hangs_on[index] = found.and_then(|found| found.through?.index);
    });
    Credits { credits, hangs_on, brought: past.brought }
}

/// A credit, and the earlier conversion it depends on: see [`Credits::hangs_on`].
#[derive(Debug, Clone, Copy)]
struct Found<'c> {
    credit: Credit,
    through: Option<Earlier<'c>>,
}

/// Walks through the conversions by date; calls `each` with every credit and the state left by earlier conversions.
fn walk<'c>(
    conversions: &'c [Candidate<'c>],
    touches: &[Touch],
    policies: &Policies,
    kin: &impl Fn(BuyerKey, BuyerKey) -> bool,
    mut each: impl FnMut(usize, Option<Found<'c>>, &Past<'c>),
) -> Past<'c> {
    let mut order: Vec<usize> = (0..conversions.len()).collect();
    order.sort_by_key(|index| (conversions[*index].occurred_at, conversions[*index].external_id));
    let reporting_events = evidence::reporting_events(conversions);
    let leads = conversions.iter().filter(|conversion| conversion.is_past && conversion.lead);
    let imported_leads = leads.flat_map(|lead| lead.reported_by.iter().copied()).collect();
    let longest_window = policies.longest_window();
    let mut past = Past { reporting_events, imported_leads, longest_window, ..Past::default() };
    for index in order {
        let conversion = &conversions[index];
        past.import(conversion.buyer, conversion.occurred_at, touches, kin);
        if conversion.is_past {
            let credit = imported::stated(conversion, touches);
            each(index, credit.map(|credit| Found { credit, through: None }), &past);
            past.came(conversion, credit);
            if let Some(manual) = conversion.manual_of_buyer() {
                let decided = decided(conversion, manual, policies, &past).map(|found| found.credit);
                past.decide(index, conversion, decided, touches);
            }
            continue;
        }
        let by_rules = by_rules(conversion, touches, policies, &past, kin);
        let found = conversion.manual().map_or(by_rules, |manual| decided(conversion, manual, policies, &past));
        each(index, found, &past);
        if let Some(manual) = conversion.manual_of_buyer() {
            let decided = decided(conversion, manual, policies, &past).map(|found| found.credit);
            past.decide(index, conversion, decided, touches);
        } else if conversion.review == Some(Review::Denied) {
            past.deny(conversion, found.map(|found| found.credit), touches);
        } else {
            // A decision about this conversion only changes nothing else: the rules continue as if it hadn't been made.
            past.keep(index, conversion, by_rules.map(|found| found.credit));
        }
    }
    past
}

/// The new affiliate gets the customer as they are: months continue from when the customer was bound in the program,
/// and the plan of that day stays. If nothing bound them there, both start with this conversion.
fn decided<'c>(conversion: &Candidate<'_>, manual: Manual, policies: &Policies, past: &Past<'c>) -> Option<Found<'c>> {
    let (program_id, affiliate_id) = manual.credit?;
    let binding = policies.at(program_id, conversion.occurred_at).map(|policy| policy.binding);
    let before = past.bound_in(conversion.buyer, program_id).map(|earlier| earlier.credit);
    let before = before.filter(|_| !matches!(binding, None | Some(CustomerBinding::None)));
    let keeps_plan = binding == Some(CustomerBinding::AffiliateAndPlan);
    let fresh = Credit {
        program_id,
        affiliate_id,
        link_id: None,
        click_id: None,
        coupon_id: None,
        rule: Rule::Manual,
        bound_at: before.map_or(conversion.occurred_at, |before| before.bound_at),
        plan_at: before.filter(|_| keeps_plan).map_or(conversion.occurred_at, |before| before.plan_at),
    };
    Some(since_first(fresh, conversion, policies, past))
}

fn by_rules<'c>(
    conversion: &Candidate<'_>,
    touches: &[Touch],
    policies: &Policies,
    past: &Past<'c>,
    kin: &impl Fn(BuyerKey, BuyerKey) -> bool,
) -> Option<Found<'c>> {
    let by_touch = |worth| {
        let fresh = by_touch(conversion, worth, touches, policies, past)?;
        Some(since_first(fresh, conversion, policies, past))
    };
    bound(conversion, touches, policies, past)
        .or_else(|| by_touch(Provenance::Verified))
        .or_else(|| by_lead(conversion, policies, past, kin))
        .or_else(|| by_touch(Provenance::Claimed))
}

/// If each sale is credited anew, durations count from the buyer's first credited sale in the program, and a sale
/// depends on that first one if it has the same affiliate.
fn since_first<'c>(credit: Credit, conversion: &Candidate<'_>, policies: &Policies, past: &Past<'c>) -> Found<'c> {
    let anew = policies
        .at(credit.program_id, conversion.occurred_at)
        .is_some_and(|policy| policy.binding == CustomerBinding::None);
    let first = past.firsts.get(&(conversion.buyer, credit.program_id)).filter(|_| anew).copied();
    let through = first.filter(|first| first.credit.affiliate_id == credit.affiliate_id && !conversion.lead);
    let bound_at = first.map_or(credit.bound_at, |first| first.credit.bound_at);
    Found { credit: Credit { bound_at, ..credit }, through }
}

fn bound<'c>(conversion: &Candidate<'_>, touches: &[Touch], policies: &Policies, past: &Past<'c>) -> Option<Found<'c>> {
    let earlier @ Earlier { credit, by_person, .. } = *binding(conversion, touches, policies, past)?;
    // An affiliate earns nothing while not approved; the customer stays theirs in case they are approved again.
    if !policies.may_earn(credit.affiliate_id, conversion.occurred_at) {
        return None;
    }
    let plan_at = match policies.at(credit.program_id, conversion.occurred_at)?.binding {
        CustomerBinding::AffiliateAndPlan => credit.plan_at,
        CustomerBinding::Affiliate => conversion.occurred_at,
        // A person's decision about the customer applies even if the rules bind no buyers.
        CustomerBinding::None if by_person => conversion.occurred_at,
        CustomerBinding::None => return None,
    };
    Some(Found { credit: Credit { rule: Rule::Bound, plan_at, ..credit }, through: Some(earlier) })
}

/// Returns the sale that bound the buyer in the program of this conversion's own evidence; else in the program of its
/// subscription; else the first one in a program that binds buyers.
fn binding<'p, 'c>(
    conversion: &Candidate<'_>,
    touches: &[Touch],
    policies: &Policies,
    past: &'p Past<'c>,
) -> Option<&'p Earlier<'c>> {
    let of_subscription =
        || conversion.subscription.and_then(|name| past.subscriptions.get(&(conversion.buyer, name)).copied());
    let own = evidence::own_program(conversion, touches, policies, past);
    let at = conversion.occurred_at;
    match own.or(conversion.program).or_else(of_subscription) {
        Some(program) => past.bound_in(conversion.buyer, program),
        None => past.bindings.get(&conversion.buyer)?.iter().find(|earlier| binds(earlier, policies, at)),
    }
}

/// Whether an earlier sale binds its buyer at this time. In a program that binds no one, only a person's decision does.
fn binds(earlier: &Earlier<'_>, policies: &Policies, at: Timestamp) -> bool {
    let policy = policies.at(earlier.credit.program_id, at);
    earlier.by_person || policy.is_some_and(|policy| policy.binding != CustomerBinding::None)
}

fn by_touch(
    conversion: &Candidate<'_>,
    worth: Provenance,
    touches: &[Touch],
    policies: &Policies,
    past: &Past<'_>,
) -> Option<Credit> {
    let touch = winner(conversion, worth, touches, policies, past)?;
    Some(Credit {
        program_id: touch.program_id,
        affiliate_id: touch.affiliate_id,
        link_id: touch.link_id,
        click_id: touch.click_id,
        coupon_id: touch.coupon_id,
        rule: match touch.kind {
            TouchKind::Click => Rule::Click,
            TouchKind::Slug => Rule::Slug,
            TouchKind::Coupon => Rule::Coupon,
            TouchKind::Import => Rule::Import,
        },
        bound_at: conversion.occurred_at,
        plan_at: conversion.occurred_at,
    })
}

fn by_lead<'c>(
    conversion: &Candidate<'_>,
    policies: &Policies,
    past: &Past<'c>,
    kin: &impl Fn(BuyerKey, BuyerKey) -> bool,
) -> Option<Found<'c>> {
    let lead = *speaking_lead(conversion, policies, past, kin)?;
    let (bound_at, plan_at) = (conversion.occurred_at, conversion.occurred_at);
    let fresh = Credit { rule: Rule::Lead, bound_at, plan_at, ..lead.credit };
    Some(Found { through: Some(lead), ..since_first(fresh, conversion, policies, past) })
}

/// Returns the lead that counts for this conversion: it keeps its affiliate's claim for a window of its own, even if
/// the buyer's cookie is gone. Buyers who share an address can have any number of leads, so only those within the
/// longest window are looked at, and no more than needed.
fn speaking_lead<'p, 'c>(
    conversion: &Candidate<'_>,
    policies: &Policies,
    past: &'p Past<'c>,
    kin: &impl Fn(BuyerKey, BuyerKey) -> bool,
) -> Option<&'p Earlier<'c>> {
    let longest = i64::from(past.longest_window);
    // `leads` is ordered by time; of equal claims the first (or last) in that order wins.
    let over = past.leads.partition_point(|(_, lead)| lead.occurred_at.plus_days(longest) < conversion.occurred_at);
    let mut fitting = past.leads.iter().skip(over).filter(|(buyer, lead)| {
        (*buyer == conversion.buyer || kin(*buyer, conversion.buyer))
            && !past.spent.iter().any(|spent| spent.takes_lead(lead, conversion))
            && policies.at(lead.credit.program_id, conversion.occurred_at).is_some_and(|policy| {
                conversion.occurred_at <= lead.occurred_at.plus_days(i64::from(policy.window_days))
            })
            && policies.may_earn(lead.credit.affiliate_id, conversion.occurred_at)
    });
    let (_, first) = fitting.next()?;
    match policies.at(first.credit.program_id, conversion.occurred_at)?.model {
        AttributionModel::FirstTouch => Some(first),
        AttributionModel::LastTouch => Some(fitting.next_back().map_or(first, |(_, last)| last)),
    }
}

#[cfg(test)]
mod tests;

//! Decides which evidence counts for a conversion, and which of it takes precedence.

use std::collections::HashSet;

use shared::{
    config::AttributionModel,
    id::{EventId, ProgramId},
    timestamp::Timestamp,
};

use super::{Candidate, Past, Policies, Review, Touch, TouchKind, binds};
use crate::{
    attribution::policy::{Policy, Worth},
    fact::Provenance,
};

/// The clocks of gateways, brands and edge may differ by this much. The tolerance applies to evidence that came with
/// the conversion itself, or with no conversion at all (a checkout session), and never to evidence of another
/// conversion.
const CLOCK_SKEW_MS: i64 = 10 * 60 * 1_000;

/// A page's click token counts for the verified report of its purchase if it came at most this long before it: long
/// enough for slow payments, and too short to send tokens in advance for next month's order numbers.
const CLAIM_AHEAD_MS: i64 = 24 * 60 * 60 * 1_000;

/// What a page sends about a purchase counts if it came at most this long after it. Everyone can learn or guess order
/// numbers, and affiliates follow their own links: a token that comes later is more likely theirs than the buyer's.
pub(super) const CLAIM_AFTER_HOURS: i64 = 24;
const CLAIM_AFTER_MS: i64 = CLAIM_AFTER_HOURS * 60 * 60 * 1_000;

/// Whether a touch can count for one conversion, or why not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Eligibility {
    /// It could credit the conversion.
    Fits,
    /// It came after the conversion.
    After,
    /// The window, in days, was over.
    Expired(u16),
    /// Its program has no policy.
    NoProgram,
    /// Its affiliate wasn't approved at the touch or at the conversion.
    NotApproved,
}

/// Returns a touch's eligibility for a conversion. `reporting_events` are the events that reported a conversion of the
/// history.
pub(super) fn eligibility(
    touch: &Touch,
    conversion: &Candidate<'_>,
    reporting_events: &ReportingEvents,
    policies: &Policies,
) -> Eligibility {
    let occurred_at = conversion.occurred_at;
    let Some(policy) = policies.at(touch.program_id, occurred_at) else { return Eligibility::NoProgram };
    let from = since(touch, conversion);
    if comes_after(touch, conversion, reporting_events) {
        Eligibility::After
    } else if occurred_at > from.plus_days(i64::from(policy.window_days)) {
        Eligibility::Expired(policy.window_days)
    } else if !(policies.may_earn(touch.affiliate_id, from) && policies.may_earn(touch.affiliate_id, occurred_at)) {
        Eligibility::NotApproved
    } else {
        Eligibility::Fits
    }
}

/// When a touch counts from for a conversion. An affiliate or coupon that was named with a purchase counts as being as
/// old as the purchase, even if a page sent it later, or if the brand's server reports what a gateway reported before.
/// Among a page's claims the time counts: everyone can add one.
fn since(touch: &Touch, conversion: &Candidate<'_>) -> Timestamp {
    let own = conversion.reported_by.contains(&touch.event_id);
    let named_with_it = own && matches!(touch.kind, TouchKind::Slug | TouchKind::Coupon);
    let sent_along = named_with_it && conversion.provenance.is_verified();
    if sent_along { touch.touched_at.min(conversion.occurred_at) } else { touch.touched_at }
}

/// Whether a touch came after a conversion, so that it can't count for it.
pub(super) fn comes_after(touch: &Touch, conversion: &Candidate<'_>, reporting_events: &ReportingEvents) -> bool {
    let occurred_at = conversion.occurred_at;
    let of_another = !is_of_purchase(touch, conversion) && reporting_events.contains(&touch.event_id);
    let skew = if of_another { 0 } else { CLOCK_SKEW_MS };
    since(touch, conversion) > occurred_at.plus_millis(skew) || (of_another && touch.reported_at > occurred_at)
}

/// The events that reported a conversion.
pub type ReportingEvents = HashSet<EventId>;

/// The events that reported these conversions. If there is only one conversion, no evidence belongs to another.
pub(super) fn reporting_events(conversions: &[Candidate<'_>]) -> ReportingEvents {
    match conversions {
        [] | [_] => ReportingEvents::new(),
        many => many.iter().flat_map(|conversion| conversion.reported_by.iter().copied()).collect(),
    }
}

/// Whether a touch came with this purchase: reported with the conversion itself, or with the checkout or trial of its
/// subscription, which report no sale.
pub(super) fn is_of_purchase(touch: &Touch, conversion: &Candidate<'_>) -> bool {
    let names = |purchase: &str| purchase == conversion.external_id || conversion.subscription == Some(purchase);
    conversion.reported_by.contains(&touch.event_id) || touch.purchase.as_deref().is_some_and(names)
}

/// The program of the conversion's own evidence, if the buyer is bound there or the evidence counts. What a later event of
/// its subscription adds is that of later payments.
pub(super) fn own_program(
    conversion: &Candidate<'_>,
    touches: &[Touch],
    policies: &Policies,
    past: &Past<'_>,
) -> Option<ProgramId> {
    let reporting_events = &past.reporting_events;
    let was_there = |touch: &Touch| {
        conversion.reported_by.contains(&touch.event_id) || !comes_after(touch, conversion, reporting_events)
    };
    let counts = |touch: &Touch| {
        let bound = past.bound_in(conversion.buyer, touch.program_id);
        bound.is_some_and(|earlier| binds(earlier, policies, conversion.occurred_at))
            || (eligibility(touch, conversion, reporting_events, policies) == Eligibility::Fits
                && !past.is_spent(touch, conversion))
    };
    let own = touches.iter().filter(|touch| is_of_purchase(touch, conversion) && was_there(touch));
    let own = own.filter(|touch| touch.provenance == conversion.provenance && touch.buyer == conversion.buyer);
    own.filter(|touch| counts(touch))
        .min_by_key(|touch| (precedence(touch), touch.event_id))
        .map(|touch| touch.program_id)
}

/// Coupons and slugs count for the purchase that they came with. Those that came with no purchase, such as from a
/// checkout that names none, count for the next one.
pub(super) fn is_about(touch: &Touch, conversion: &Candidate<'_>, reporting_events: &ReportingEvents) -> bool {
    match touch.kind {
        TouchKind::Click | TouchKind::Import => true,
        TouchKind::Slug | TouchKind::Coupon => names_none(touch, reporting_events) || is_of_purchase(touch, conversion),
    }
}

/// Whether a touch came with no purchase, as with an event about a customer.
pub(super) fn names_none(touch: &Touch, reporting_events: &ReportingEvents) -> bool {
    !reporting_events.contains(&touch.event_id) && touch.purchase.is_none()
}

/// Whether a touch may count for a conversion at all, given its buyer and its provenance.
pub(super) fn speaks_for(touch: &Touch, conversion: &Candidate<'_>) -> bool {
    let own = conversion.reported_by.contains(&touch.event_id);
    match (touch.provenance, conversion.provenance) {
        (Provenance::Verified, Provenance::Verified) => touch.buyer == conversion.buyer,
        (Provenance::Claimed, Provenance::Claimed) => own && is_timely(touch, conversion),
        (Provenance::Claimed, Provenance::Verified) => {
            own && is_timely(touch, conversion) && is_bridge(touch, conversion)
        }
        (Provenance::Verified, Provenance::Claimed) => false,
    }
}

/// What a page's evidence came too late for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Late {
    /// It came more than [`CLAIM_AFTER_HOURS`] after the purchase.
    Purchase,
    /// A person had decided about the claim.
    Decision,
}

/// Returns what a page's evidence came too late for. It has to come soon after the purchase, and before a person
/// decides about the claim: the decision is about what was there. An approved claim's own evidence always was, even if
/// the verified report says that the purchase was made long before.
pub(super) fn lateness(touch: &Touch, conversion: &Candidate<'_>) -> Option<Late> {
    let came_first = conversion.reported_by.first() == Some(&touch.event_id);
    let decided = conversion.claim.filter(|_| !came_after_forgery(touch, conversion));
    match decided {
        Some((_, decided_at)) if touch.reported_at > decided_at => Some(Late::Decision),
        Some((Review::Approved, _)) if came_first => None,
        _ if touch.reported_at <= conversion.occurred_at.plus_millis(CLAIM_AFTER_MS) => None,
        _ => Some(Late::Purchase),
    }
}

/// Whether a person had denied the claim before the purchase was made, and the touch came after that. Everyone can claim
/// coming order numbers: such a denial says nothing about what the buyer's own page sends later.
fn came_after_forgery(touch: &Touch, conversion: &Candidate<'_>) -> bool {
    let Some((Review::Denied, decided_at)) = conversion.claim else { return false };
    decided_at < conversion.occurred_at && decided_at < touch.reported_at
}

fn is_timely(touch: &Touch, conversion: &Candidate<'_>) -> bool {
    lateness(touch, conversion).is_none()
}

/// Whether evidence that a page sent with a purchase counts for the verified report.
pub(super) fn is_bridge(touch: &Touch, conversion: &Candidate<'_>) -> bool {
    match conversion.claim {
        Some((Review::Denied, _)) if !came_after_forgery(touch, conversion) => false,
        Some((Review::Approved, _)) => true,
        _ => touch.kind == TouchKind::Click && touch.reported_at.plus_millis(CLAIM_AHEAD_MS) >= conversion.occurred_at,
    }
}

/// Returns the eligible touch of this provenance that takes precedence. If the purchase brought evidence of its own,
/// only touches of that evidence's program compete.
pub(super) fn winner<'t>(
    conversion: &Candidate<'_>,
    worth: Provenance,
    touches: &'t [Touch],
    policies: &Policies,
    past: &Past<'_>,
) -> Option<&'t Touch> {
    let reporting_events = &past.reporting_events;
    let fitting = touches
        .iter()
        .filter(|touch| touch.provenance == worth && touch.kind != TouchKind::Import && speaks_for(touch, conversion))
        .filter(|touch| is_about(touch, conversion, reporting_events) && !past.is_spent(touch, conversion))
        .filter(|touch| eligibility(touch, conversion, reporting_events, policies) == Eligibility::Fits)
        .filter_map(|touch| Some((touch, policies.at(touch.program_id, conversion.occurred_at)?)))
        .filter(|(_, policy)| conversion.provenance.is_verified() || policy.claims.worth != Worth::Off);
    let fitting: Vec<(&Touch, &Policy)> = fitting.collect();
    let first = |of: &dyn Fn(&Touch) -> bool| {
        let requested = fitting.iter().filter(|(touch, _)| of(touch));
        requested.min_by_key(|(touch, policy)| rank(touch, policy)).map(|(touch, _)| *touch)
    };
    let own = first(&|touch| is_of_purchase(touch, conversion));
    first(&|touch| own.is_none_or(|own| own.program_id == touch.program_id))
}

/// The lowest rank wins. Coupons and slugs belong to this purchase: the latest one wins. Clicks follow the program's
/// model.
fn rank(touch: &Touch, policy: &Policy) -> (u8, i64, EventId) {
    let first = touch.kind == TouchKind::Click && policy.model == AttributionModel::FirstTouch;
    let age = touch.touched_at.millis();
    (precedence(touch), if first { age } else { -age }, touch.event_id)
}

/// Lower wins.
pub(super) const fn precedence(touch: &Touch) -> u8 {
    match touch.kind {
        TouchKind::Coupon if touch.overrides_click => 0,
        TouchKind::Click => 1,
        TouchKind::Slug => 2,
        // An import counts through its binding.
        TouchKind::Coupon | TouchKind::Import => 3,
    }
}

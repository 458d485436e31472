//! Explains why a conversion is credited as it is: every touch considered, and its outcome.
//!
//! It uses the same rules as the credit itself: the walk, a touch's eligibility, the winner and the binding are those
//! of the parent module, evaluated again for one conversion.

use shared::timestamp::Timestamp;

use super::{
    BuyerKey, Candidate, Credit, Eligibility, Past, Policies, ReportingEvents, Rule, Touch, TouchKind,
    evidence::{CLAIM_AFTER_HOURS, Late, eligibility, is_about, is_bridge, lateness, precedence, speaks_for, winner},
    walk,
};
use crate::fact::Provenance;

/// One conversion's credit with the reasons.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Considered<'c> {
    pub credit: Option<Credit>,
    /// The sale that bound the buyer, or the lead that counts for this sale: its external id and time.
    pub through: Option<(&'c str, Timestamp)>,
    /// The buyer's touches, oldest first.
    pub touches: Vec<(&'c Touch, Fate)>,
}

/// The outcome of a touch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    Won,
    /// It came after the conversion.
    After,
    /// The window, in days, was over.
    Expired(u16),
    /// Its program has no policy.
    NoProgram,
    /// Its affiliate wasn't approved at the touch or at the conversion.
    NotApproved,
    /// A person made the decision.
    Decided,
    /// The buyer was already bound.
    Bound,
    /// A person denied a sale that it counts for, or removed its credit.
    Spent,
    /// A coupon or slug of another purchase.
    Elsewhere,
    /// Only a page reported it, and it isn't evidence for a verified report.
    Claimed,
    /// A page sent it more than this many hours after the purchase.
    ClaimedLate(i64),
    /// A page sent it after a person had decided about the claim.
    ClaimedAfterDecision,
    /// Another touch won.
    Beaten(Beaten),
}

/// Why another touch won.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Beaten {
    /// Evidence of a verified report takes precedence over a page's click token.
    Verified,
    /// The winner is of another program: the purchase belongs to that one, or it came first.
    OtherProgram,
    /// A coupon that overrides clicks.
    Coupon,
    /// A click takes precedence over slugs, and over coupons that don't override it.
    Click,
    /// A named slug takes precedence over a coupon that doesn't override clicks.
    Slug,
    Later,
    Earlier,
    /// A touch with the same time won.
    SameMoment,
}

/// Explains the conversion at `index`; the other arguments are those of [`super::credit_all`].
pub fn considered<'c>(
    index: usize,
    conversions: &'c [Candidate<'c>],
    touches: &'c [Touch],
    policies: &Policies,
    kin: impl Fn(BuyerKey, BuyerKey) -> bool,
) -> Considered<'c> {
    let mut considered = Considered::default();
    walk(conversions, touches, policies, &kin, |at, found, past| {
        if at != index {
            return;
        }
        let credit = found.map(|found| found.credit);
        let through = found.filter(|found| matches!(found.credit.rule, Rule::Bound | Rule::Lead));
        let through = through.and_then(|found| found.through);
        considered = Considered {
            credit,
            through: through.map(|earlier| (earlier.external_id, earlier.occurred_at)),
            touches: fates(&conversions[at], credit, touches, policies, past),
        };
    });
    considered
}

fn fates<'c>(
    conversion: &Candidate<'_>,
    credit: Option<Credit>,
    touches: &'c [Touch],
    policies: &Policies,
    past: &Past<'_>,
) -> Vec<(&'c Touch, Fate)> {
    let reporting_events = &past.reporting_events;
    let of = |worth| winner(conversion, worth, touches, policies, past);
    let winner = of(Provenance::Verified).or_else(|| of(Provenance::Claimed));
    let by_lead = credit.is_some_and(|credit| credit.rule == Rule::Lead);
    let fate = |touch: &'c Touch| match stands(touch, conversion, reporting_events, policies) {
        _ if states(touch, conversion) => Fate::Won,
        _ if !speaks_for(touch, conversion) => uncounted(touch, conversion),
        Eligibility::After => Fate::After,
        Eligibility::Expired(days) => Fate::Expired(days),
        Eligibility::NoProgram => Fate::NoProgram,
        Eligibility::NotApproved => Fate::NotApproved,
        Eligibility::Fits if !conversion.decisions.is_empty() => Fate::Decided,
        Eligibility::Fits if touch.kind == TouchKind::Import => Fate::Bound,
        Eligibility::Fits if past.is_spent(touch, conversion) => Fate::Spent,
        Eligibility::Fits if !is_about(touch, conversion, reporting_events) => Fate::Elsewhere,
        Eligibility::Fits if by_lead => Fate::Beaten(Beaten::Verified),
        Eligibility::Fits if credit.is_some_and(|credit| credit.rule == Rule::Bound) => Fate::Bound,
        Eligibility::Fits => match winner {
            Some(winner) if !std::ptr::eq(winner, touch) => Fate::Beaten(beaten(touch, winner)),
            _ => Fate::Won,
        },
    };
    let own = touches.iter().filter(|touch| {
        touch.buyer == conversion.buyer
            && (touch.provenance.is_verified() || conversion.reported_by.contains(&touch.event_id))
    });
    let mut fates: Vec<(&Touch, Fate)> = own.map(|touch| (touch, fate(touch))).collect();
    fates.sort_by_key(|(touch, _)| (touch.touched_at, touch.event_id, touch.kind));
    fates
}

/// Why a touch doesn't count for a conversion at all. That it came too late is a reason only if it would count
/// otherwise.
fn uncounted(touch: &Touch, conversion: &Candidate<'_>) -> Fate {
    let is_evidence =
        !touch.provenance.is_verified() && (!conversion.provenance.is_verified() || is_bridge(touch, conversion));
    match lateness(touch, conversion).filter(|_| is_evidence) {
        Some(Late::Purchase) => Fate::ClaimedLate(CLAIM_AFTER_HOURS),
        Some(Late::Decision) => Fate::ClaimedAfterDecision,
        None => Fate::Claimed,
    }
}

/// Whether this touch came with the imported sale itself.
fn states(touch: &Touch, conversion: &Candidate<'_>) -> bool {
    conversion.is_past && touch.kind == TouchKind::Import && conversion.reported_by.contains(&touch.event_id)
}

/// Returns a touch's eligibility. An import has no window, and binds from the time it was made.
fn stands(
    touch: &Touch,
    conversion: &Candidate<'_>,
    reporting_events: &ReportingEvents,
    policies: &Policies,
) -> Eligibility {
    if touch.kind != TouchKind::Import {
        return eligibility(touch, conversion, reporting_events, policies);
    }
    let occurred_at = conversion.occurred_at;
    if touch.reported_at > occurred_at {
        Eligibility::After
    } else if policies.at(touch.program_id, occurred_at).is_none() {
        Eligibility::NoProgram
    } else if policies.may_earn(touch.affiliate_id, occurred_at) {
        Eligibility::Fits
    } else {
        Eligibility::NotApproved
    }
}

fn beaten(touch: &Touch, winner: &Touch) -> Beaten {
    if winner.provenance > touch.provenance {
        return Beaten::Verified;
    }
    if winner.program_id != touch.program_id {
        return Beaten::OtherProgram;
    }
    if precedence(winner) != precedence(touch) {
        return match winner.kind {
            TouchKind::Coupon => Beaten::Coupon,
            TouchKind::Click => Beaten::Click,
            TouchKind::Slug | TouchKind::Import => Beaten::Slug,
        };
    }
    match winner.touched_at.cmp(&touch.touched_at) {
        std::cmp::Ordering::Greater => Beaten::Later,
        std::cmp::Ordering::Less => Beaten::Earlier,
        std::cmp::Ordering::Equal => Beaten::SameMoment,
    }
}

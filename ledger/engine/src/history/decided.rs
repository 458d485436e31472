//! What people decided about a conversion, as far as its credit depends on it.

use shared::timestamp::Timestamp;

use super::{BuyerHistory, Decision, DecisionKind, Reach};
use rules::{
    attribution::{decide::Manual, flag::Review},
    conversion::Conversion,
};

/// What they decided about its credit, in the order of their decisions.
pub(super) fn reattributions(history: &BuyerHistory, conversion: &Conversion) -> Vec<Manual> {
    let mut decisions: Vec<&Decision> =
        history.decisions.iter().filter(|decision| reattributes(history, decision, conversion)).collect();
    decisions.sort_by_key(|decision| (decision.decided_at, decision.id));
    decisions.into_iter().map(|decision| Manual { credit: decision.credit, binds: binds(decision) }).collect()
}

/// From when on the decision that uses up evidence includes what other reports repeat.
pub(super) fn repeats_from(history: &BuyerHistory, conversion: &Conversion) -> Option<Timestamp> {
    let of_customer = history.latest(|decision| reattributes(history, decision, conversion) && binds(decision));
    of_customer.or_else(|| latest_review(history, conversion))?.repeats_from
}

/// The review of the conversion as it is reported now.
pub(super) fn review(history: &BuyerHistory, conversion: &Conversion) -> Option<Review> {
    latest_review(history, conversion).map(|decision| verdict(decision.kind))
}

/// The decision about a claim, which a verified report may have replaced since, and when it was made.
pub(super) fn review_of_claim(history: &BuyerHistory, conversion: &Conversion) -> Option<(Review, Timestamp)> {
    let decision = history.latest(|decision| reviews(decision, conversion) && decision.about_claim)?;
    Some((verdict(decision.kind), decision.decided_at))
}

fn latest_review<'h>(history: &'h BuyerHistory, conversion: &Conversion) -> Option<&'h Decision> {
    let about_claim = !conversion.provenance.is_verified();
    history.latest(|decision| reviews(decision, conversion) && decision.about_claim == about_claim)
}

fn reattributes(history: &BuyerHistory, decision: &Decision, conversion: &Conversion) -> bool {
    decision.kind == DecisionKind::Reattribute
        && decision.conversion_id == Some(conversion.id)
        && !is_about_forgery(history, decision, conversion)
}

/// Whether the decision was about a claim of a purchase that was only made later. Everyone can claim coming order
/// numbers: unless a person approved the claim, too, the decision says nothing about the real purchase.
fn is_about_forgery(history: &BuyerHistory, decision: &Decision, conversion: &Conversion) -> bool {
    conversion.provenance.is_verified()
        && decision.about_claim
        && decision.decided_at < conversion.occurred_at
        && !matches!(review_of_claim(history, conversion), Some((Review::Approved, _)))
}

fn binds(decision: &Decision) -> bool {
    decision.reach == Some(Reach::Customer)
}

fn reviews(decision: &Decision, conversion: &Conversion) -> bool {
    matches!(decision.kind, DecisionKind::Approve | DecisionKind::Deny) && decision.conversion_id == Some(conversion.id)
}

fn verdict(kind: DecisionKind) -> Review {
    if kind == DecisionKind::Deny { Review::Denied } else { Review::Approved }
}

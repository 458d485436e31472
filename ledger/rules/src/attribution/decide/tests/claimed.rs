//! Goal: what a page claims credits its own claim and nothing else, except by a genuine click token of the same
//! purchase.

use super::*;
use crate::attribution::flag::Review;

const CLAIM: u8 = 99;

/// Evidence that a page sent with a purchase.
fn claimed(kind: TouchKind, affiliate: u8, at: i64) -> Touch {
    Touch {
        provenance: Provenance::Claimed,
        event_id: id(CLAIM),
        touched_at: day(at),
        ..named(kind, true, affiliate, at)
    }
}

/// A purchase that a backend reported, and a page too.
fn both(name: &str, at: i64) -> Candidate<'_> {
    Candidate { reported_by: vec![id(CLAIM)], ..sale(name, at) }
}

#[test]
fn a_pages_slug_or_coupon_is_no_evidence_for_a_verified_sale() {
    for kind in [TouchKind::Slug, TouchKind::Coupon] {
        assert_eq!(credited(&[both("a", 5)], &[claimed(kind, 20, 5)]), [None], "{kind:?}");
    }
}

#[test]
fn a_pages_click_token_is_evidence_for_its_own_purchase_only() {
    let touches = [Touch { buyer: BUYER, ..claimed(TouchKind::Click, 20, 5) }];
    let click = Some((20, Rule::Click));
    assert_eq!(credited(&[both("own", 5)], &touches), [click]);
    assert_eq!(credited(&[sale("other", 6)], &touches), [None], "another purchase of the same buyer");
    assert_eq!(credited(&[both("own", 5), sale("next", 6)], &touches), [click, Some((20, Rule::Bound))]);
}

#[test]
fn any_verified_evidence_comes_before_a_pages_token() {
    let page = claimed(TouchKind::Click, 20, 5);
    let slug = named(TouchKind::Slug, false, 30, 5);
    assert_eq!(credited(&[both("a", 5)], &[page.clone(), slug]), [Some((30, Rule::Slug))]);
    let lead = Candidate { lead: true, reported_by: vec![id(210)], ..sale("lead", 2) };
    let of_lead = Touch { event_id: id(210), ..click(LAST, 30, 1, 2) };
    let sale = Candidate { buyer: FRIEND, ..both("sale", 5) };
    let page = Touch { buyer: FRIEND, ..page };
    assert_eq!(credited(&[lead, sale], &[of_lead, page])[1], Some((30, Rule::Lead)));
}

#[test]
fn a_token_that_came_long_before_the_purchase_is_a_guess() {
    let early =
        |hours: i64| Touch { reported_at: day(5).plus_millis(-hours * 3_600_000), ..claimed(TouchKind::Click, 20, 1) };
    assert_eq!(credited(&[both("a", 5)], &[early(24)]), [Some((20, Rule::Click))]);
    assert_eq!(credited(&[both("a", 5)], &[early(25)]), [None]);
}

/// A click by another affiliate whose token a page sent so many hours after the purchase of day 5.
fn late(affiliate: u8, hours: i64) -> Touch {
    let reported_at = day(5).plus_millis(hours * 3_600_000);
    Touch { reported_at, ..claimed(TouchKind::Click, affiliate, 4) }
}

#[test]
fn a_token_that_comes_long_after_the_purchase_credits_no_one() {
    assert_eq!(credited(&[both("a", 5)], &[late(20, 24)]), [Some((20, Rule::Click))]);
    assert_eq!(credited(&[both("a", 5)], &[late(20, 25)]), [None]);
    let claim = Candidate { provenance: Provenance::Claimed, ..both("a", 5) };
    let own = claimed(TouchKind::Slug, 10, 5);
    assert_eq!(credited(slice::from_ref(&claim), &[own.clone(), late(20, 24)]), [Some((20, Rule::Click))]);
    assert_eq!(credited(&[claim], &[own, late(20, 25)]), [Some((10, Rule::Slug))]);
}

#[test]
fn what_a_page_sent_too_late_learns_what_it_was_too_late_for() {
    let of = |conversion: Candidate<'_>, touch: Touch| fates(0, &[conversion], &[touch]).1;
    let claim = |candidate| Candidate { provenance: Provenance::Claimed, ..candidate };
    let reviewed = |review| Candidate { claim: Some((review, day(5).plus_millis(2 * 3_600_000))), ..both("a", 5) };
    let (late_for_sale, late_for_decision) = ([(20, Fate::ClaimedLate(24))], [(20, Fate::ClaimedAfterDecision)]);
    assert_eq!(of(both("a", 5), late(20, 24)), [(20, Fate::Won)]);
    assert_eq!(of(both("a", 5), late(20, 25)), late_for_sale);
    assert_eq!(of(claim(both("a", 5)), late(20, 25)), late_for_sale);
    assert_eq!(of(reviewed(Review::Approved), late(20, 3)), late_for_decision);
    assert_eq!(of(claim(reviewed(Review::Denied)), late(20, 3)), late_for_decision);
    // Neither a slug nor what came with a denied claim would count for the verified report if it had come earlier.
    let slug = Touch { kind: TouchKind::Slug, ..late(20, 25) };
    assert_eq!(of(both("a", 5), slug), [(20, Fate::Claimed)]);
    assert_eq!(of(reviewed(Review::Denied), late(20, 3)), [(20, Fate::Claimed)]);
}

#[test]
fn a_persons_word_about_the_claim_decides_about_its_evidence() {
    let decided = |review, hours: i64| Some((review, day(5).plus_millis(hours * 3_600_000)));
    let with = |claim, kind| credited(&[Candidate { claim, ..both("a", 5) }], &[claimed(kind, 20, 5)])[0];
    assert_eq!(with(decided(Review::Approved, 1), TouchKind::Slug), Some((20, Rule::Slug)));
    assert_eq!(with(decided(Review::Denied, 1), TouchKind::Click), None);
    // What pages send after the decision isn't what was decided about.
    let own = claimed(TouchKind::Slug, 10, 5);
    for provenance in [Provenance::Claimed, Provenance::Verified] {
        let approved = Candidate { provenance, claim: decided(Review::Approved, 2), ..both("a", 5) };
        assert_eq!(credited(slice::from_ref(&approved), &[own.clone(), late(20, 1)]), [Some((20, Rule::Click))]);
        assert_eq!(credited(&[approved], &[own.clone(), late(20, 3)]), [Some((10, Rule::Slug))]);
    }
}

#[test]
fn a_claim_that_was_denied_before_the_purchase_voids_only_itself() {
    let hours = |hours: i64| day(5).plus_millis(hours * 3_600_000);
    let denied = Candidate { claim: Some((Review::Denied, hours(-1))), ..both("a", 5) };
    let forged = Touch { reported_at: hours(-2), ..claimed(TouchKind::Click, 30, 4) };
    let with = |touches: &[Touch]| credited(slice::from_ref(&denied), touches)[0];
    assert_eq!(with(slice::from_ref(&forged)), None);
    assert_eq!(with(&[forged.clone(), late(20, 1)]), Some((20, Rule::Click)));
    assert_eq!(with(&[forged.clone(), late(20, 25)]), None, "too late for the purchase");
    assert_eq!(with(&[Touch { kind: TouchKind::Slug, ..late(20, 1) }]), None);
    // A denial after the purchase is about the purchase, and no second token evades it.
    let since = Candidate { claim: Some((Review::Denied, hours(1))), ..denied.clone() };
    assert_eq!(credited(&[since], &[forged, late(20, 2)]), [None]);
}

#[test]
fn an_approved_claims_own_evidence_counts_whenever_the_purchase_was_made() {
    let decided_at = day(5).plus_millis(40 * 3_600_000);
    let claim = Some((Review::Approved, decided_at));
    let approved = Candidate { claim, ..both("a", 5) };
    assert_eq!(credited(slice::from_ref(&approved), &[late(20, 30)]), [Some((20, Rule::Click))]);
    // Another page's report isn't the claim that a person approved.
    let again = Touch { event_id: id(CLAIM + 1), ..late(20, 30) };
    let with = Candidate { reported_by: vec![id(CLAIM), id(CLAIM + 1)], ..approved.clone() };
    assert_eq!(credited(&[with], &[again]), [None]);
    let denied = Candidate { claim: Some((Review::Denied, decided_at)), ..approved };
    assert_eq!(credited(&[denied], &[late(20, 30)]), [None]);
}

#[test]
fn a_claim_is_credited_by_its_own_evidence_only_and_not_at_all_where_the_program_says_off() {
    let claim = || Candidate { provenance: Provenance::Claimed, buyer: BuyerKey::Alone(id(CLAIM)), ..both("a", 5) };
    let own = || Touch { buyer: BuyerKey::Alone(id(CLAIM)), ..claimed(TouchKind::Slug, 20, 5) };
    assert_eq!(credited(&[claim()], &[own()]), [Some((20, Rule::Slug))]);
    assert_eq!(credited(&[claim()], &[click(LAST, 30, 1, 2)]), [None]);
    let mut off = Policies::default();
    let rules = policy(AttributionModel::LastTouch, CustomerBinding::AffiliateAndPlan);
    off.add(id(LAST), Policy { claims: Claims { worth: Worth::Off, ..Claims::default() }, ..rules });
    assert_eq!(credit_history(&[claim()], &[own()], &off, kin), [None]);
}

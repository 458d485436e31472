//! Goal: a person's decision outlasts each later report of the evidence that it was about, and only what is new credits
//! again. Method: a subscription's first payment is denied, or credited to no one; then its evidence is reported again, with
//! and without a purchase, in either order.

use super::*;
use crate::attribution::flag::Review;

const MODES: [CustomerBinding; 3] =
    [CustomerBinding::AffiliateAndPlan, CustomerBinding::Affiliate, CustomerBinding::None];

/// What has no time of its own.
const NAMES: [(TouchKind, Rule); 2] = [(TouchKind::Coupon, Rule::Coupon), (TouchKind::Slug, Rule::Slug)];

/// A payment of the subscription, reported by this event.
fn payment(name: &str, at: i64, event: u8) -> Candidate<'_> {
    Candidate { subscription: Some("sub"), reported_by: vec![id(event)], ..sale(name, at) }
}

/// The affiliate's coupon or slug, as this event reports it.
fn reported(kind: TouchKind, event: u8, at: Timestamp, purchase: Option<&str>) -> Touch {
    let purchase = purchase.map(str::to_owned);
    Touch { event_id: id(event), reported_at: at, touched_at: at, purchase, ..named(kind, true, 10, 0) }
}

/// The first payment, as a person removed its credit or denied it.
fn decided_about(name: &str) -> [Candidate<'_>; 2] {
    let removed = vec![Manual { credit: None, binds: true }];
    [
        Candidate { decisions: removed, ..payment(name, 1, 50) },
        Candidate { review: Some(Review::Denied), ..payment(name, 1, 50) },
    ]
}

/// Who gets a later sale: the same, however a person decided, whatever the program binds, and in either order.
fn later(sold: &Candidate<'_>, touches: &[Touch]) -> Option<(u8, Rule)> {
    let mut backwards = touches.to_vec();
    backwards.reverse();
    let mut found = Vec::new();
    for binding in MODES {
        for first in decided_about("a") {
            for touches in [touches, backwards.as_slice()] {
                let credits = credit_history(&[first.clone(), sold.clone()], touches, &bound_by(binding), kin);
                found.push(credits[1].map(|credit| (credit.affiliate_id.bytes()[0], credit.rule)));
            }
        }
    }
    assert!(found.iter().all(|credit| *credit == found[0]), "{found:?}");
    found[0]
}

#[test]
fn a_later_event_of_the_subscription_repeats_its_evidence() {
    let renewal = payment("b", 31, 51);
    for (kind, _) in NAMES {
        let seconds_later = reported(kind, 60, day(1).plus_millis(5_000), Some("sub"));
        let month_later = reported(kind, 61, day(31), Some("sub"));
        assert_eq!(later(&renewal, &[reported(kind, 50, day(1), None), month_later.clone()]), None, "{kind:?}");
        assert_eq!(later(&renewal, &[seconds_later, month_later]), None, "{kind:?}");
    }
}

#[test]
fn a_later_event_about_the_customer_repeats_what_was_known() {
    let other = Candidate { reported_by: vec![id(52)], ..sale("c", 31) };
    for (kind, _) in NAMES {
        let again = reported(kind, 61, day(31), None);
        let seconds_later = reported(kind, 60, day(1).plus_millis(5_000), None);
        for known in [reported(kind, 50, day(1), None), reported(kind, 60, day(0), None), seconds_later] {
            for sold in [payment("b", 31, 51), other.clone()] {
                assert_eq!(later(&sold, &[known.clone(), again.clone()]), None, "{kind:?} {sold:?}");
            }
        }
    }
}

#[test]
fn a_click_is_as_old_as_it_was() {
    // The edge's clock is three minutes ahead, so the first report's own time counted.
    let first = Touch { event_id: id(50), ..click(LAST, 10, 1, 1) };
    let again = Touch { event_id: id(51), touched_at: day(1).plus_millis(180_000), ..click(LAST, 10, 1, 31) };
    let renewal = payment("b", 31, 51);
    assert_eq!(later(&renewal, &[first.clone(), again.clone()]), None);
    // A new one counts, even if the renewal of the same subscription brings it.
    let fresh = Touch { click_id: Some(id(70)), touched_at: day(20), ..again };
    assert_eq!(later(&renewal, &[first, fresh]), Some((10, Rule::Click)));
}

#[test]
fn what_is_new_counts() {
    let other = Candidate { reported_by: vec![id(52)], ..sale("c", 31) };
    for (kind, rule) in NAMES {
        let first = reported(kind, 50, day(1), None);
        let named_with_it = reported(kind, 52, day(31), None);
        assert_eq!(later(&other, &[first.clone(), named_with_it]), Some((10, rule)), "another purchase");
        let anothers = Touch { affiliate_id: id(20), ..reported(kind, 60, day(31), None) };
        assert_eq!(later(&other, &[first, anothers]), Some((20, rule)), "another affiliate's");
    }
}

/// What was booked before repeats counted stays as it was, and so does what it bound.
#[test]
fn a_decision_of_before_leaves_what_was_booked() {
    let [_, first] = decided_about("a");
    let first = Candidate { repeats_from: Some(day(40)), ..first };
    let sales = [first, payment("b", 31, 51), payment("c", 61, 52)];
    let again = |event, at| reported(TouchKind::Slug, event, day(at), None);
    let touches = [again(50, 1), again(60, 31), again(61, 61)];
    let run = |binding| {
        let credits = credit_history(&sales, &touches, &bound_by(binding), kin);
        credits.into_iter().map(|credit| credit.map(|credit| credit.rule)).collect::<Vec<_>>()
    };
    let named = Some(Rule::Slug);
    assert_eq!(run(CustomerBinding::None), [named, named, None]);
    assert_eq!(run(CustomerBinding::Affiliate), [named, named, Some(Rule::Bound)]);
}

proptest! {
    /// However often, in whatever way and order the evidence is reported again, no renewal is credited.
    #[test]
    fn no_repeat_credits_a_renewal(
        repeats in prop::collection::vec((0usize..2, any::<bool>(), 0i64..5_184_000), 0..6),
        days in prop::collection::vec(2i64..120, 1..4),
        (decision, mode) in (0usize..2, 0usize..3),
        turn in 0usize..16,
    ) {
        let names: Vec<String> = (0..days.len()).map(|number| format!("renewal {number}")).collect();
        let renewals = names.iter().zip(&days).zip(60u8..).map(|((name, at), event)| payment(name, *at, event));
        let sales: Vec<Candidate<'_>> = std::iter::once(decided_about("a")[decision].clone()).chain(renewals).collect();
        let mut touches: Vec<Touch> = Vec::new();
        for sale in &sales {
            let event = sale.reported_by[0].bytes()[0];
            touches.extend(NAMES.map(|(kind, _)| reported(kind, event, sale.occurred_at, None)));
        }
        for ((kind, of_purchase, seconds), event) in repeats.into_iter().zip(100u8..) {
            let at = day(1).plus_millis(seconds * 1_000);
            touches.push(reported(NAMES[kind].0, event, at, of_purchase.then_some("sub")));
        }
        let by = turn % touches.len();
        touches.rotate_left(by);
        let credits = credit_history(&sales, &touches, &bound_by(MODES[mode]), kin);
        prop_assert!(credits[1..].iter().all(Option::is_none), "{:?}", credits);
    }
}

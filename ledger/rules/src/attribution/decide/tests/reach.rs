//! Goal: evidence reaches back only as far as clocks differ, and never to a purchase earlier than its own.

use super::*;

#[test]
fn clocks_may_differ_by_ten_minutes() {
    let clicked = |millis: i64| Touch { touched_at: day(5).plus_millis(millis), ..click(LAST, 10, 5, 5) };
    let winner = Some((10, Rule::Click));
    assert_eq!(credited(&[sale("a", 5)], &[clicked(600_000)]), [winner]);
    assert_eq!(credited(&[sale("a", 5)], &[clicked(600_001)]), [None]);
}

#[test]
fn evidence_of_a_later_purchase_never_reaches_back() {
    let later = Candidate { reported_by: vec![id(77)], ..sale("later", 6) };
    let minutes_after = |kind| Touch { event_id: id(77), kind, ..named(kind, true, 20, 6) };
    for kind in [TouchKind::Slug, TouchKind::Coupon, TouchKind::Click] {
        // The second purchase follows five minutes after the first, and is reported with another affiliate.
        let report = day(5).plus_millis(300_000);
        let touch = Touch { reported_at: report, touched_at: report, ..minutes_after(kind) };
        let both = [sale("first", 5), Candidate { occurred_at: report, ..later.clone() }];
        assert_eq!(credited(&both, &[touch])[0], None, "{kind:?}");
    }
    // A click before the first purchase, reported only with the second one, is no evidence for the first one either.
    let known_late = Touch { event_id: id(77), ..click(LAST, 20, 1, 6) };
    assert_eq!(credited(&[sale("first", 5), later], &[known_late]), [None, Some((20, Rule::Click))]);
}

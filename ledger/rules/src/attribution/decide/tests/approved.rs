//! Goal: an affiliate earns nothing while not approved, at the time of the evidence or of the sale. Method: one
//! affiliate whose status changes back and forth.

use super::*;

/// For an affiliate who was approved from day 10 to day 20, and from day 30 on.
fn approved_by_day(conversions: &[Candidate<'_>], touches: &[Touch]) -> Vec<Option<(u8, Rule)>> {
    let mut policies = policies();
    policies.approve(id(10), vec![(Timestamp::EPOCH, false), (day(10), true), (day(20), false), (day(30), true)]);
    credit_history(conversions, touches, &policies, kin)
        .into_iter()
        .map(|credit| credit.map(|credit| (credit.affiliate_id.bytes()[0], credit.rule)))
        .collect()
}

#[test]
fn only_an_approved_affiliate_is_credited() {
    let named_at = |at: i64| approved_by_day(&[sale("a", at)], &[named(TouchKind::Slug, false, 10, at)]);
    assert_eq!([9, 10, 19, 20, 29, 30].map(|at| named_at(at)[0].is_some()), [false, true, true, false, false, true]);
    // A click before the approval counts for nothing after it; one before the ban counts again once the ban is over.
    let clicked = |clicked: i64, sold: i64| approved_by_day(&[sale("a", sold)], &[click(LAST, 10, clicked, sold)])[0];
    assert_eq!([clicked(5, 15), clicked(15, 25), clicked(15, 35)], [None, None, Some((10, Rule::Click))]);
}

#[test]
fn a_customer_stays_bound_to_a_banned_affiliate_and_earns_them_nothing_meanwhile() {
    let sales = [sale("a", 15), sale("b", 25), sale("c", 35)];
    let touches = [click(LAST, 10, 12, 15)];
    assert_eq!(approved_by_day(&sales, &touches), [Some((10, Rule::Click)), None, Some((10, Rule::Bound))]);
    // Another affiliate's click counts for the sale during the ban, and for no more than that.
    let touches = [click(LAST, 10, 12, 15), click(LAST, 20, 24, 25)];
    let expected = [Some((10, Rule::Click)), Some((20, Rule::Click)), Some((10, Rule::Bound))];
    assert_eq!(approved_by_day(&sales, &touches), expected);
}

#[test]
fn a_lead_speaks_for_an_approved_affiliate_only() {
    let lead = |at| Candidate { lead: true, ..sale("lead", at) };
    let with = |sold| approved_by_day(&[lead(15), sale("a", sold)], &[named(TouchKind::Slug, false, 10, 15)])[1];
    assert_eq!([with(18), with(25)], [Some((10, Rule::Slug)), None]);
    let friends = |sold| {
        let bought = Candidate { buyer: FRIEND, ..sale("a", sold) };
        approved_by_day(&[lead(15), bought], &[named(TouchKind::Slug, false, 10, 15)])[1]
    };
    assert_eq!([friends(18), friends(25), friends(35)], [Some((10, Rule::Lead)), None, Some((10, Rule::Lead))]);
}

#[test]
fn whose_a_buyer_is_now() {
    let mut policies = policies();
    policies.approve(id(10), vec![(Timestamp::EPOCH, true), (day(20), false)]);
    let (sales, touches) = ([sale("b", 5), sale("a", 3)], [click(LAST, 10, 1, 3), click(LAST, 20, 4, 5)]);
    let at = |now| bindings(BUYER, day(now), &sales, &touches, &policies, kin);
    let binding = Binding {
        program_id: id(LAST),
        affiliate_id: id(10),
        since: day(3),
        rule: Rule::Click,
        external_id: "a",
        earns: true,
    };
    assert_eq!(at(10), [binding]);
    assert_eq!(at(30), [Binding { earns: false, ..binding }]);
    assert!(bindings(FRIEND, day(10), &sales, &touches, &policies, kin).is_empty());
    let free = bound_by(CustomerBinding::None);
    assert!(bindings(BUYER, day(10), &sales, &touches, &free, kin).is_empty());
}

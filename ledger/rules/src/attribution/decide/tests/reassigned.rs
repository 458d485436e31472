//! Goal: a decision about one conversion changes only that, and one about the customer lasts until the next one about
//! them. Method: small stories.

use super::*;

const BOUND: Option<(u8, Rule)> = Some((10, Rule::Bound));

fn to(affiliate: u8) -> Option<(ProgramId, AffiliateId)> {
    Some((id(LAST), id(affiliate)))
}

/// A decision about the conversion only.
fn once(credit: Option<(ProgramId, AffiliateId)>) -> Manual {
    Manual { credit, binds: false }
}

/// A decision about the customer.
fn from_now_on(credit: Option<(ProgramId, AffiliateId)>) -> Manual {
    Manual { credit, binds: true }
}

/// A decision about one sale only leaves the others as they were, even if the rules bind the buyer by that very sale.
#[test]
fn a_decision_about_the_first_sale_only_unbinds_nobody() {
    let touches = [click(LAST, 10, 0, 1), click(LAST, 20, 30, 31)];
    let run = |decision| {
        let first = Candidate { decisions: vec![decision], ..sale("a", 1) };
        credited(&[first, sale("b", 31), sale("c", 100)], &touches)
    };
    assert_eq!(run(once(to(30))), [Some((30, Rule::Manual)), BOUND, BOUND]);
    assert_eq!(run(once(None)), [None, BOUND, BOUND]);
    // No one from then on, until new evidence comes.
    assert_eq!(run(from_now_on(None)), [None, Some((20, Rule::Click)), Some((20, Rule::Bound))]);
}

#[test]
fn a_decision_about_a_lead_reaches_as_far_as_one_about_a_sale() {
    let touches = [click(LAST, 10, 0, 1), click(LAST, 20, 30, 31)];
    let run = |decision| {
        let lead = Candidate { lead: true, decisions: vec![decision], ..sale("a", 1) };
        credited(&[lead, sale("b", 25), sale("c", 31), sale("d", 100)], &touches)[1..].to_vec()
    };
    let click = Some((10, Rule::Click));
    assert_eq!(run(once(to(30))), [click, BOUND, BOUND]);
    assert_eq!(run(from_now_on(to(30))), [Some((30, Rule::Bound)); 3]);
    assert_eq!(run(from_now_on(None)), [None, Some((20, Rule::Click)), Some((20, Rule::Bound))]);
}

#[test]
fn a_later_decision_about_the_sale_only_leaves_the_customer_where_they_are() {
    let touches = [click(LAST, 10, 0, 1)];
    for is_lead in [false, true] {
        let run = |decisions: &[Manual]| {
            let first = Candidate { lead: is_lead, decisions: decisions.to_vec(), ..sale("a", 1) };
            credited(&[first, sale("b", 31)], &touches)
        };
        let (manual, bound) = (|affiliate| Some((affiliate, Rule::Manual)), Some((30, Rule::Bound)));
        assert_eq!(run(&[from_now_on(to(30)), once(to(40))]), [manual(40), bound]);
        assert_eq!(run(&[from_now_on(to(30)), once(None)]), [None, bound]);
        // The customer belongs to no one, and only this conversion is credited.
        assert_eq!(run(&[from_now_on(None), once(to(40))]), [manual(40), None]);
        // Another decision about the customer replaces the former one, for the conversion, too.
        assert_eq!(run(&[from_now_on(to(20)), once(to(40)), from_now_on(to(30))]), [manual(30), bound]);
        assert_eq!(run(&[from_now_on(to(30)), once(to(40)), from_now_on(None)]), [None, None]);
        assert_eq!(run(&[once(to(40)), from_now_on(to(30))]), [manual(30), bound]);
    }
}

/// The months continue from the day on which the customer was bound, whichever affiliate gets this one sale.
#[test]
fn a_sale_that_goes_to_another_one_keeps_the_months_of_the_customer() {
    let touches = [click(LAST, 10, 0, 1)];
    let decisions = vec![from_now_on(to(30)), once(to(40))];
    let sales = [sale("a", 1), Candidate { decisions, ..sale("b", 5) }, sale("c", 9)];
    let credits = credit_history(&sales, &touches, &policies(), kin);
    let found: Vec<_> = credits.iter().flatten().map(|one| (one.affiliate_id, one.bound_at, one.plan_at)).collect();
    assert_eq!(found, [10, 40, 30].map(|affiliate| (id(affiliate), day(1), day(1))));
}

#[test]
fn a_past_sale_stays_and_its_customer_goes_where_the_last_decision_about_them_says() {
    let event = id(50);
    let touch = Touch { event_id: event, touched_at: day(1), ..named(TouchKind::Import, false, 10, 100) };
    let decisions = vec![from_now_on(to(30)), once(to(40))];
    let past = Candidate { is_past: true, reported_by: vec![event], decisions, ..sale("a", 1) };
    assert_eq!(credited(&[past, sale("b", 101)], &[touch]), [Some((10, Rule::Import)), Some((30, Rule::Bound))]);
}

#[test]
fn a_customer_stays_with_whom_a_person_named_even_if_the_sale_is_denied() {
    let denied = |decisions| Candidate { review: Some(Review::Denied), decisions, ..sale("a", 1) };
    let run = |decisions| credited(&[denied(decisions), sale("b", 31)], &[click(LAST, 10, 0, 1)])[1];
    assert_eq!(run(vec![from_now_on(to(30))]), Some((30, Rule::Bound)));
    assert_eq!(run(vec![from_now_on(to(30)), once(to(40))]), Some((30, Rule::Bound)));
}

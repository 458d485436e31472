//! Customers that came with an import: bound from then on, and not before.

use super::*;

fn import(affiliate: u8, report: i64) -> Touch {
    Touch { touched_at: day(report - 400), ..named(TouchKind::Import, false, affiliate, report) }
}

#[test]
fn an_import_binds_from_then_on() {
    let sales = [sale("before", 5), sale("after", 11), sale("years later", 800)];
    let bound = Some((10, Rule::Bound));
    assert_eq!(credited(&sales, &[import(10, 10)]), [None, bound, bound]);
    // Another affiliate's click changes nothing for a customer who is bound.
    assert_eq!(credited(&sales[1..2], &[import(10, 10), click(LAST, 20, 11, 11)]), [bound]);
    let credit = credit_history(&sales, &[import(10, 10)], &policies(), kin)[1].unwrap();
    assert_eq!(
        (credit.bound_at, credit.plan_at),
        (day(10 - 400), day(10)),
        "durations count from the other platform's day"
    );
}

#[test]
fn who_was_bound_before_stays() {
    let touches = [click(LAST, 20, 0, 1), import(10, 10)];
    assert_eq!(credited(&[sale("a", 1), sale("b", 11)], &touches), [Some((20, Rule::Click)), Some((20, Rule::Bound))]);
}

#[test]
fn a_person_may_still_decide() {
    let manual = Manual { credit: None, binds: true };
    let sales = [Candidate { decisions: vec![manual], ..sale("a", 11) }, sale("b", 12)];
    assert_eq!(credited(&sales, &[import(10, 10)]), [None, None]);
}

#[test]
fn an_import_by_address_speaks_for_who_has_it() {
    let friends = Touch { buyer: FRIEND, ..import(10, 10) };
    assert_eq!(credited(&[sale("a", 11)], std::slice::from_ref(&friends)), [Some((10, Rule::Bound))]);
    let stranger = Candidate { buyer: BuyerKey::Alone(id(7)), ..sale("a", 11) };
    assert_eq!(credited(&[stranger], &[friends]), [None]);
}

#[test]
fn a_program_that_binds_nobody_is_left_alone() {
    let credits = credit_history(&[sale("a", 11)], &[import(10, 10)], &bound_by(CustomerBinding::None), kin);
    assert_eq!(credits, [None]);
}

#[test]
fn an_import_is_shown_as_what_bound_the_buyer() {
    let touches = [import(10, 10)];
    let sales = [sale("a", 11)];
    let found = considered(0, &sales, &touches, &policies(), kin);
    assert_eq!(found.through, Some((IMPORTED, day(10))));
    assert_eq!(found.touches.iter().map(|(_, fate)| *fate).collect::<Vec<_>>(), [Fate::Bound]);
    let bound = bindings(BUYER, day(20), &[], &touches, &policies(), kin);
    assert_eq!(bound.iter().map(|one| (one.affiliate_id, one.rule)).collect::<Vec<_>>(), [(id(10), Rule::Import)]);
    assert!(bindings(BUYER, day(9), &[], &touches, &policies(), kin).is_empty());
}

/// A sale of the past, reported by its own event together with whose it was.
fn past(external_id: &'static str, affiliate: u8, at: i64, report: i64) -> (Candidate<'static>, Touch) {
    let event = id(external_id.as_bytes()[0]);
    let sale = Candidate { is_past: true, reported_by: vec![event], ..sale(external_id, at) };
    (sale, Touch { event_id: event, touched_at: day(at), ..import(affiliate, report) })
}

#[test]
fn a_past_sale_is_whose_the_import_says_and_binds_from_the_import_on() {
    let ((first, hers), (second, his)) = (past("a", 10, 1, 100), past("b", 20, 50, 100));
    let sales = [first, second, sale("before", 99), sale("after", 101)];
    let touches = [his, hers, click(LAST, 30, 100, 101)];
    let stated = |affiliate| Some((affiliate, Rule::Import));
    assert_eq!(credited(&sales, &touches), [stated(10), stated(20), None, Some((10, Rule::Bound))]);
    let credit = credit_history(&sales, &touches, &policies(), kin)[3].unwrap();
    assert_eq!((credit.bound_at, credit.plan_at), (day(1), day(100)), "the plan of the import, from the first sale");
    let found = considered(0, &sales, &touches, &policies(), kin);
    assert_eq!((found.credit.unwrap().rule, found.touches[0].1), (Rule::Import, Fate::Won));
}

#[test]
fn a_person_moves_the_customer_of_a_past_sale_and_not_the_sale() {
    let manual = Manual { credit: Some((id(LAST), id(20))), binds: true };
    let (first, hers) = past("a", 10, 1, 100);
    let sales = [Candidate { decisions: vec![manual], ..first }, sale("after", 101)];
    assert_eq!(credited(&sales, &[hers]), [Some((10, Rule::Import)), Some((20, Rule::Bound))]);
}

#[test]
fn an_imported_lead_binds_but_bought_nothing_before() {
    let brought = |is_lead: bool| {
        let (lead, touch) = past("a", 10, 1, 100);
        let sales = [Candidate { lead: is_lead, ..lead }, sale("after", 101)];
        let found = credit_all(&sales, &[touch], &policies(), kin);
        let after = found.credits[1].map(|credit| (credit.affiliate_id, credit.rule));
        assert_eq!(after, Some((id(10), Rule::Bound)));
        found.brought.get(&BUYER).copied()
    };
    assert_eq!(brought(false), Some(day(100)));
    assert_eq!(brought(true), None, "the next sale is the first one");
}

//! Goal: what a person denied or removed stays so, and evidence counts for its own purchase. Method: small stories.

use super::*;
use crate::attribution::flag::Review;

fn denied(name: &str, at: i64) -> Candidate<'_> {
    Candidate { review: Some(Review::Denied), ..sale(name, at) }
}

fn in_mode(binding: CustomerBinding, sales: &[Candidate<'_>], touches: &[Touch]) -> Vec<Option<(u8, Rule)>> {
    let credits = credit_history(sales, touches, &bound_by(binding), kin);
    credits.into_iter().map(|credit| credit.map(|credit| (credit.affiliate_id.bytes()[0], credit.rule))).collect()
}

const MODES: [CustomerBinding; 3] =
    [CustomerBinding::AffiliateAndPlan, CustomerBinding::Affiliate, CustomerBinding::None];

#[test]
fn a_denied_first_sale_binds_nobody_and_spends_what_credited_it() {
    let touches = [click(LAST, 10, 0, 1), click(LAST, 20, -5, 31)];
    for mode in MODES {
        let credits = in_mode(mode, &[denied("a", 1), sale("b", 31)], &touches);
        // The other affiliate's older click counts for the next sale: it hasn't credited anything yet.
        assert_eq!(credits, [Some((10, Rule::Click)), Some((20, Rule::Click))], "{mode:?}");
        assert_eq!(in_mode(mode, &[denied("a", 1), sale("b", 31)], &touches[..1])[1], None, "{mode:?}");
    }
}

#[test]
fn a_new_click_after_the_denied_sale_counts() {
    let again = Touch { event_id: id(99), click_id: Some(id(99)), ..click(LAST, 10, 20, 31) };
    let touches = [click(LAST, 10, 0, 1), again];
    assert_eq!(credited(&[denied("a", 1), sale("b", 31)], &touches)[1], Some((10, Rule::Click)));
}

#[test]
fn a_renewal_that_repeats_the_denied_evidence_brings_none() {
    let of = |name, at: i64, event: u8| Candidate {
        subscription: Some("sub"),
        reported_by: vec![id(event)],
        ..sale(name, at)
    };
    let touch = |event: u8, at| Touch { event_id: id(event), ..named(TouchKind::Slug, false, 10, at) };
    let first = Candidate { review: Some(Review::Denied), ..of("a", 1, 50) };
    let touches = [touch(50, 1), touch(51, 31)];
    assert_eq!(credited(&[first, of("b", 31, 51)], &touches), [Some((10, Rule::Slug)), None]);
}

#[test]
fn a_denied_later_sale_leaves_the_binding() {
    let touches = [click(LAST, 10, 0, 1)];
    let sales = [sale("a", 1), denied("b", 31), sale("c", 200)];
    let bound = Some((10, Rule::Bound));
    assert_eq!(credited(&sales, &touches), [Some((10, Rule::Click)), bound, bound]);
}

#[test]
fn a_denied_lead_speaks_for_nothing() {
    let lead = |review| Candidate { lead: true, review, reported_by: vec![id(50)], ..sale("lead", 1) };
    let touches = [Touch { event_id: id(50), ..named(TouchKind::Slug, false, 10, 1) }];
    assert_eq!(credited(&[lead(None), sale("a", 5)], &touches)[1], Some((10, Rule::Lead)));
    assert_eq!(credited(&[lead(Some(Review::Denied)), sale("a", 5)], &touches)[1], None);
}

#[test]
fn credited_to_nobody_lasts_until_there_is_new_evidence() {
    let manual = Manual { credit: None, binds: true };
    let touches = [click(LAST, 10, 0, 1), click(LAST, 20, 40, 61)];
    for mode in MODES {
        let sales = [Candidate { decisions: vec![manual], ..sale("a", 1) }, sale("b", 31), sale("c", 61)];
        assert_eq!(in_mode(mode, &sales, &touches), [None, None, Some((20, Rule::Click))], "{mode:?}");
    }
}

#[test]
fn a_persons_word_about_the_customer_holds_where_the_rules_bind_nobody() {
    let manual = Manual { credit: Some((id(LAST), id(30))), binds: true };
    let touches = [click(LAST, 10, 0, 1), click(LAST, 20, 30, 31)];
    for mode in MODES {
        let sales = [Candidate { decisions: vec![manual], ..sale("a", 1) }, sale("b", 31)];
        assert_eq!(in_mode(mode, &sales, &touches)[1], Some((30, Rule::Bound)), "{mode:?}");
    }
}

#[test]
fn another_affiliate_gets_the_customer_with_their_months_and_plan() {
    let manual = Manual { credit: Some((id(LAST), id(30))), binds: true };
    let sales = [sale("a", 1), Candidate { decisions: vec![manual], ..sale("b", 400) }, sale("c", 430)];
    let touches = [click(LAST, 10, 0, 1)];
    let dates = |binding| {
        let credits = credit_history(&sales, &touches, &bound_by(binding), kin);
        credits[1..].iter().flatten().map(|credit| (credit.bound_at, credit.plan_at)).collect::<Vec<_>>()
    };
    assert_eq!(dates(CustomerBinding::AffiliateAndPlan), [(day(1), day(1)); 2]);
    assert_eq!(dates(CustomerBinding::Affiliate), [(day(1), day(400)), (day(1), day(430))]);
    // No one had the customer: everything starts with this sale.
    let fresh = credit_history(&sales[1..2], &[], &policies(), kin)[0].unwrap();
    assert_eq!((fresh.bound_at, fresh.plan_at), (day(400), day(400)));
}

#[test]
fn a_coupon_or_slug_is_a_word_about_its_own_purchase() {
    for kind in [TouchKind::Coupon, TouchKind::Slug] {
        let first = Candidate { reported_by: vec![id(50)], ..sale("a", 1) };
        let touches = [
            Touch { event_id: id(50), ..named(kind, true, 10, 1) },
            Touch { event_id: id(51), ..click(LAST, 20, 10, 11) },
        ];
        let second = Candidate { reported_by: vec![id(51)], ..sale("b", 11) };
        let credits = in_mode(CustomerBinding::None, &[first.clone(), second], &touches);
        assert_eq!(credits[1], Some((20, Rule::Click)), "{kind:?}");
        let bare = in_mode(CustomerBinding::None, &[first, sale("b", 11)], &touches[..1]);
        assert_eq!(bare[1], None, "{kind:?}");
    }
}

#[test]
fn a_checkout_is_evidence_of_its_subscription() {
    let checkout = |purchase: Option<&str>| Touch {
        event_id: id(60),
        purchase: purchase.map(str::to_owned),
        ..click(LAST, 20, 40, 41)
    };
    let first = || Candidate { reported_by: vec![id(70)], ..sale("a", 1) };
    let invoice = |name, at| Candidate { subscription: Some("sub_1"), ..sale(name, at) };
    let alices = click(FIRST, 10, 0, 1);
    let with = |purchase| {
        let touches = [alices.clone(), checkout(purchase)];
        credited(&[first(), invoice("in_1", 41), invoice("in_2", 71)], &touches)
    };
    // The customer is bound in another program; the subscription belongs to this one, and so do its renewals.
    assert_eq!(with(Some("sub_1"))[1..], [Some((20, Rule::Click)), Some((20, Rule::Bound))]);
    assert_eq!(with(Some("in_1"))[1], Some((20, Rule::Click)));
    assert_eq!(with(Some("sub_2"))[1], Some((10, Rule::Bound)));
}

#[test]
fn evidence_that_does_not_count_takes_no_purchase_from_a_binding() {
    let alices = click(FIRST, 10, 0, 1);
    let own = |touch: Touch| Touch { event_id: id(60), purchase: Some("sub_1".to_owned()), ..touch };
    let coupon = || own(named(TouchKind::Coupon, true, 20, 101));
    let invoice = |name, at| Candidate { subscription: Some("sub_1"), ..sale(name, at) };
    let renewals = |own: Touch, policies: &Policies| {
        let sales = [sale("a", 1), invoice("in_1", 101), invoice("in_2", 131)];
        let credits = credit_history(&sales, &[alices.clone(), own], policies, kin);
        let credit = |credit: &Option<Credit>| credit.map(|credit| (credit.affiliate_id.bytes()[0], credit.rule));
        credits[1..].iter().map(credit).collect::<Vec<_>>()
    };
    let mut banned = policies();
    banned.approve(id(20), vec![(Timestamp::EPOCH, false)]);
    let bound = Some((10, Rule::Bound));
    assert_eq!(renewals(coupon(), &banned), [bound, bound]);
    assert_eq!(renewals(own(click(LAST, 20, 30, 101)), &policies()), [bound, bound], "its window is over");
    assert_eq!(renewals(coupon(), &policies()), [Some((20, Rule::Coupon)), Some((20, Rule::Bound))]);
}

#[test]
fn a_program_that_binds_no_one_leaves_bare_sales_to_one_that_does() {
    let mut policies = Policies::default();
    policies.add(id(LAST), policy(AttributionModel::LastTouch, CustomerBinding::None));
    policies.add(id(FIRST), policy(AttributionModel::FirstTouch, CustomerBinding::Affiliate));
    // The first affiliate is banned before their code is used once more.
    policies.approve(id(10), vec![(Timestamp::EPOCH, true), (day(105), false)]);
    let code = Touch { event_id: id(51), ..named(TouchKind::Coupon, true, 10, 110) };
    let touches = [click(LAST, 10, 0, 1), Touch { event_id: id(50), ..click(FIRST, 20, 30, 31) }, code];
    let reported = |name, at, event| Candidate { reported_by: vec![id(event)], ..sale(name, at) };
    let sales = [sale("a", 1), reported("b", 31, 50), sale("bare", 100), reported("in vain", 110, 51)];
    let credits = credit_history(&sales, &touches, &policies, kin);
    let credits = credits.iter().map(|credit| credit.map(|credit| (credit.affiliate_id.bytes()[0], credit.rule)));
    let bound = Some((20, Rule::Bound));
    assert_eq!(credits.collect::<Vec<_>>(), [Some((10, Rule::Click)), Some((20, Rule::Click)), bound, bound]);
}

#[test]
fn what_is_added_to_a_subscription_leaves_its_earlier_payments() {
    let payment =
        |name, at, event| Candidate { subscription: Some("sub_1"), reported_by: vec![id(event)], ..sale(name, at) };
    let added = Touch {
        event_id: id(80),
        program_id: id(FIRST),
        purchase: Some("sub_1".to_owned()),
        ..named(TouchKind::Coupon, true, 10, 200)
    };
    let touches = [click(LAST, 20, 0, 1), added];
    let payments = [payment("a", 1, 70), payment("b", 61, 71), payment("c", 201, 72)];
    let credits = credited(&payments, &touches);
    assert_eq!(credits[..2], [Some((20, Rule::Click)), Some((20, Rule::Bound))]);
    assert_eq!(credits[2], Some((10, Rule::Coupon)));
}

#[test]
fn an_address_that_several_customers_have_binds_the_first_one_only() {
    let other = BuyerKey::Known(CustomerId::from_bytes([3; 16]));
    let import = Touch { buyer: FRIEND, touched_at: day(1), ..named(TouchKind::Import, false, 10, 1) };
    let all_kin = |_: BuyerKey, _: BuyerKey| true;
    let sales = [sale("a", 11), Candidate { buyer: other, ..sale("b", 12) }];
    let credits = credit_all(&sales, &[import], &policies(), all_kin);
    assert_eq!(credits.credits.iter().map(Option::is_some).collect::<Vec<_>>(), [true, false]);
    assert_eq!((credits.brought.contains_key(&BUYER), credits.brought.contains_key(&other)), (true, false));
}

#[test]
fn a_sale_hangs_on_the_one_by_which_its_buyer_came() {
    let touches =
        [click(LAST, 10, 0, 1), click(LAST, 20, 30, 31), Touch { event_id: id(98), ..click(LAST, 10, 60, 61) }];
    let sales = [sale("c", 61), sale("b", 31), sale("a", 1)];
    let hangs = |binding| credit_all(&sales, &touches, &bound_by(binding), kin).hangs_on;
    assert_eq!(hangs(CustomerBinding::AffiliateAndPlan), [Some(2), Some(2), None]);
    // Each sale is credited anew: only those with the first one's affiliate depend on it.
    assert_eq!(hangs(CustomerBinding::None), [Some(2), None, None]);
}

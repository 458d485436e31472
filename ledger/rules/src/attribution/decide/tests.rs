//! Goal: credit follows the rules, whatever the order in which things become known. Method: small stories, and any
//! order.

mod approved;
mod claimed;
mod imported;
mod lead;
mod reach;
mod reassigned;
mod repeated;
mod spent;

use std::slice;

use proptest::prelude::*;

use shared::id::CustomerId;

use super::*;
use crate::attribution::policy::{Checks, Claims, Policy, Worth};

const LAST: u8 = 1;
const FIRST: u8 = 2;
const START: i64 = 1_790_000_000_000;

fn id<K: shared::id::Kind>(number: u8) -> shared::id::Id<K> {
    shared::id::Id::from_bytes([number; 16])
}

fn day(days: i64) -> Timestamp {
    Timestamp::from_millis(START).unwrap().plus_days(days)
}

fn policy(model: AttributionModel, binding: CustomerBinding) -> Policy {
    let (checks, claims) = (Checks::default(), Claims::default());
    Policy { effective_at: Timestamp::EPOCH, model, window_days: 60, binding, checks, claims }
}

fn policies() -> Policies {
    bound_by(CustomerBinding::AffiliateAndPlan)
}

fn bound_by(binding: CustomerBinding) -> Policies {
    let mut policies = Policies::default();
    policies.add(id(LAST), policy(AttributionModel::LastTouch, binding));
    policies.add(id(FIRST), policy(AttributionModel::FirstTouch, binding));
    policies
}

const BUYER: BuyerKey = BuyerKey::Known(CustomerId::from_bytes([1; 16]));
const FRIEND: BuyerKey = BuyerKey::Known(CustomerId::from_bytes([2; 16]));

/// The buyer and the friend share an address.
fn kin(a: BuyerKey, b: BuyerKey) -> bool {
    [a, b].iter().all(|buyer| [BUYER, FRIEND].contains(buyer))
}

fn click(program: u8, affiliate: u8, clicked: i64, report: i64) -> Touch {
    Touch {
        buyer: BUYER,
        event_id: id(affiliate.wrapping_mul(7)),
        reported_at: day(report),
        kind: TouchKind::Click,
        touched_at: day(clicked),
        click_id: Some(id(affiliate)),
        link_id: None,
        coupon_id: None,
        program_id: id(program),
        affiliate_id: id(affiliate),
        overrides_click: false,
        provenance: Provenance::Verified,
        purchase: None,
    }
}

fn named(kind: TouchKind, overrides_click: bool, affiliate: u8, report: i64) -> Touch {
    Touch { kind, overrides_click, click_id: None, touched_at: day(report), ..click(LAST, affiliate, report, report) }
}

fn sale(external_id: &str, at: i64) -> Candidate<'_> {
    Candidate {
        external_id,
        occurred_at: day(at),
        lead: false,
        buyer: BUYER,
        reported_by: Vec::new(),
        program: None,
        subscription: None,
        provenance: Provenance::Verified,
        is_past: false,
        review: None,
        claim: None,
        decisions: Vec::new(),
        repeats_from: None,
    }
}

fn credit_history(
    conversions: &[Candidate<'_>],
    touches: &[Touch],
    policies: &Policies,
    kin: impl Fn(BuyerKey, BuyerKey) -> bool,
) -> Vec<Option<Credit>> {
    credit_all(conversions, touches, policies, kin).credits
}

fn credited(conversions: &[Candidate<'_>], touches: &[Touch]) -> Vec<Option<(u8, Rule)>> {
    credit_history(conversions, touches, &policies(), kin)
        .into_iter()
        .map(|credit| credit.map(|credit| (credit.affiliate_id.bytes()[0], credit.rule)))
        .collect()
}

#[test]
fn the_first_credited_sale_binds_the_buyer() {
    let touches = [click(LAST, 10, 0, 1), click(LAST, 20, 30, 31)];
    let sales = [sale("b", 31), sale("a", 1)];
    assert_eq!(credited(&sales, &touches), [Some((10, Rule::Bound)), Some((10, Rule::Click))]);
}

#[test]
fn last_touch_and_first_touch() {
    let sales = [sale("a", 20)];
    let of = |program| [click(program, 10, 1, 20), click(program, 20, 10, 20)];
    assert_eq!(credited(&sales, &of(LAST)), [Some((20, Rule::Click))]);
    assert_eq!(credited(&sales, &of(FIRST)), [Some((10, Rule::Click))]);
}

#[test]
fn the_window_ends_after_its_last_day() {
    let touch = [click(LAST, 10, 0, 61)];
    assert_eq!(credited(&[sale("a", 60)], &touch), [Some((10, Rule::Click))]);
    assert_eq!(credited(&[sale("a", 61)], &touch), [None]);
}

#[test]
fn a_click_after_the_sale_earns_nothing() {
    // Bought on day 5, clicked on day 10, reported with a purchase on day 11.
    let touches = [click(LAST, 10, 10, 11)];
    assert_eq!(credited(&[sale("a", 5), sale("b", 11)], &touches), [None, Some((10, Rule::Click))]);
}

#[test]
fn what_is_named_with_a_sale_counts_however_late_it_is_named() {
    let report = id(210);
    let sold = Candidate { reported_by: vec![report], ..sale("a", 5) };
    let with = |touch: Touch| credited(slice::from_ref(&sold), &[Touch { event_id: report, ..touch }]);
    assert_eq!(with(named(TouchKind::Slug, false, 10, 90)), [Some((10, Rule::Slug))]);
    assert_eq!(with(named(TouchKind::Coupon, false, 10, 90)), [Some((10, Rule::Coupon))]);
    assert_eq!(with(click(LAST, 10, 6, 90)), [None], "a click has its own time");
    assert_eq!(credited(&[sold, sale("b", 89)], &[named(TouchKind::Slug, false, 10, 90)]), [None, None]);
}

#[test]
fn precedence_of_evidence() {
    let all = [
        named(TouchKind::Coupon, true, 10, 5),
        click(LAST, 20, 4, 5),
        named(TouchKind::Slug, false, 30, 5),
        named(TouchKind::Coupon, false, 40, 5),
    ];
    let winners = [(10, Rule::Coupon), (20, Rule::Click), (30, Rule::Slug), (40, Rule::Coupon)];
    for (skipped, winner) in winners.into_iter().enumerate() {
        assert_eq!(credited(&[sale("a", 5)], &all[skipped..]), [Some(winner)]);
    }
}

#[test]
fn a_lead_is_credited_but_binds_nobody() {
    let lead = Candidate { lead: true, ..sale("lead", 1) };
    let touches = [click(LAST, 10, 0, 1), click(LAST, 20, 2, 3)];
    assert_eq!(credited(&[lead, sale("a", 3)], &touches), [Some((10, Rule::Click)), Some((20, Rule::Click))]);
}

#[test]
fn a_lead_speaks_for_later_sales_also_of_a_friend_with_the_address() {
    let lead = Candidate { lead: true, buyer: FRIEND, ..sale("lead", 10) };
    let touches = [Touch { buyer: FRIEND, ..click(LAST, 10, 9, 10) }];
    let sales = [lead.clone(), sale("early", 5), sale("a", 69), sale("late", 71)];
    let credits = credited(&sales, &touches);
    assert_eq!(credits[1..], [None, Some((10, Rule::Lead)), Some((10, Rule::Bound))]);
    // A window later the lead counts no more, and a click by the buyer always takes precedence over it.
    assert_eq!(credited(&[lead.clone(), sale("late", 71)], &touches)[1], None);
    let own = [touches[0].clone(), click(LAST, 20, 12, 13)];
    assert_eq!(credited(&[lead.clone(), sale("a", 13)], &own)[1], Some((20, Rule::Click)));
    let stranger = Candidate { buyer: BuyerKey::Alone(id(7)), ..sale("a", 13) };
    assert_eq!(credited(&[lead, stranger], &touches)[1], None);
}

#[test]
fn a_binding_is_of_one_program_unless_nobody_says_which() {
    let of = |program: u8, name, at| Candidate { program: Some(id(program)), ..sale(name, at) };
    let touches = [click(LAST, 10, 0, 1), click(FIRST, 20, 0, 5)];
    let sales = [of(LAST, "a", 1), of(FIRST, "b", 5), sale("c", 6), of(FIRST, "d", 7)];
    // The first sale takes the latest click, whatever the program; after that, each program has its own.
    let credits = credited(&sales, &touches);
    assert_eq!(credits[0].map(|credit| credit.1), Some(Rule::Click));
    assert_eq!(credits[2].map(|credit| credit.1), Some(Rule::Bound));
    assert_eq!(credits[2].map(|credit| credit.0), credits[0].map(|credit| credit.0));
}

#[test]
fn a_program_may_bind_less() {
    let touches = [click(LAST, 10, 0, 1), click(LAST, 20, 30, 31)];
    let sales = [sale("a", 1), sale("b", 31)];
    let run = |binding| credit_history(&sales, &touches, &bound_by(binding), kin)[1].unwrap();
    let full = run(CustomerBinding::AffiliateAndPlan);
    assert_eq!((full.affiliate_id, full.plan_at, full.bound_at), (id(10), day(1), day(1)));
    let affiliate = run(CustomerBinding::Affiliate);
    assert_eq!((affiliate.affiliate_id, affiliate.plan_at, affiliate.bound_at), (id(10), day(31), day(1)));
    let anew = run(CustomerBinding::None);
    assert_eq!((anew.affiliate_id, anew.plan_at, anew.bound_at, anew.rule), (id(20), day(31), day(1), Rule::Click));
}

#[test]
fn a_person_decides_for_one_sale_or_from_it_on() {
    let touches = [click(LAST, 10, 0, 1)];
    let manual = |credit, binds| Manual { credit, binds };
    let to = |affiliate: u8| Some((id(LAST), id(affiliate)));
    let run = |decision| {
        let sales = [sale("a", 1), Candidate { decisions: vec![decision], ..sale("b", 2) }, sale("c", 3)];
        credited(&sales, &touches)
    };
    let (first, bound) = (Some((10, Rule::Click)), Some((10, Rule::Bound)));
    assert_eq!(run(manual(to(30), false)), [first, Some((30, Rule::Manual)), bound]);
    assert_eq!(run(manual(to(30), true)), [first, Some((30, Rule::Manual)), Some((30, Rule::Bound))]);
    assert_eq!(run(manual(None, false)), [first, None, bound]);
    // No one from then on: the click is within its window, but spent.
    assert_eq!(run(manual(None, true)), [first, None, None]);
}

/// Another affiliate gets the customer as they are: months continue, in every mode.
#[test]
fn durations_count_from_where_the_buyer_was_bound() {
    let touches = [click(LAST, 10, 0, 1)];
    let manual = Manual { credit: Some((id(LAST), id(30))), binds: true };
    let sales = [sale("a", 1), Candidate { decisions: vec![manual], ..sale("b", 5) }, sale("c", 9)];
    let run = |binding| {
        let credits = credit_history(&sales, &touches, &bound_by(binding), kin);
        credits.into_iter().map(|credit| credit.map(|credit| credit.bound_at)).collect::<Vec<_>>()
    };
    assert_eq!(run(CustomerBinding::AffiliateAndPlan), [Some(day(1)); 3]);
    assert_eq!(run(CustomerBinding::None), [Some(day(1)); 3]);
}

#[test]
fn rules_have_stable_names() {
    let all = [Rule::Manual, Rule::Bound, Rule::Import, Rule::Coupon, Rule::Click, Rule::Slug, Rule::Lead];
    assert_eq!(all.map(Rule::as_str), ["manual", "bound", "import", "coupon", "click", "slug", "lead"]);
}

#[test]
fn an_unknown_program_credits_nobody() {
    assert_eq!(credited(&[sale("a", 1)], &[click(9, 10, 0, 1)]), [None]);
}

/// The affiliate and fate of each touch of one conversion, and the conversion that its credit depends on.
fn fates(index: usize, conversions: &[Candidate<'_>], touches: &[Touch]) -> (Option<String>, Vec<(u8, Fate)>) {
    let found = considered(index, conversions, touches, &policies(), kin);
    let fates = found.touches.iter().map(|(touch, fate)| (touch.affiliate_id.bytes()[0], *fate)).collect();
    (found.through.map(|(name, _)| name.to_owned()), fates)
}

#[test]
fn each_touch_learns_why_it_lost() {
    let touches = [
        named(TouchKind::Coupon, true, 10, 70),
        click(LAST, 20, 69, 70),
        click(LAST, 21, 60, 70),
        named(TouchKind::Slug, false, 30, 70),
        named(TouchKind::Coupon, false, 40, 70),
        click(LAST, 50, 9, 70),
        click(9, 60, 68, 70),
        click(LAST, 70, 80, 80),
    ];
    let lost = |by| Fate::Beaten(by);
    let outside = [(50, Fate::Expired(60)), (60, Fate::NoProgram), (70, Fate::After)];
    let expect = |skipped: usize, mut inside: Vec<(u8, Fate)>| {
        let (through, mut fates) = fates(0, &[sale("a", 70)], &touches[skipped..]);
        inside.extend(outside);
        inside.sort_by_key(|(affiliate, _)| *affiliate);
        fates.sort_by_key(|(affiliate, _)| *affiliate);
        assert_eq!((through, fates), (None, inside));
    };
    let coupon = lost(Beaten::Coupon);
    expect(0, vec![(10, Fate::Won), (20, coupon), (21, coupon), (30, coupon), (40, coupon)]);
    let click_first = lost(Beaten::Click);
    expect(1, vec![(20, Fate::Won), (21, lost(Beaten::Later)), (30, click_first), (40, click_first)]);
    expect(3, vec![(30, Fate::Won), (40, lost(Beaten::Slug))]);
    let first = [click(FIRST, 10, 1, 20), click(FIRST, 20, 10, 20)];
    assert_eq!(fates(0, &[sale("a", 20)], &first).1, [(10, Fate::Won), (20, lost(Beaten::Earlier))]);
}

#[test]
fn a_binding_a_lead_or_a_person_comes_before_touches() {
    let touches = [click(LAST, 10, 0, 1), click(LAST, 20, 30, 31)];
    let sales = [sale("first", 1), sale("second", 31)];
    let (through, second) = fates(1, &sales, &touches);
    assert_eq!((through.as_deref(), second), (Some("first"), vec![(10, Fate::Bound), (20, Fate::Bound)]));
    let decided = Candidate { decisions: vec![Manual { credit: None, binds: true }], ..sale("second", 31) };
    assert_eq!(
        fates(1, &[sale("first", 1), decided], &touches),
        (None, vec![(10, Fate::Decided), (20, Fate::Decided)])
    );
    let lead = Candidate { lead: true, buyer: FRIEND, ..sale("signup", 10) };
    let friends = [Touch { buyer: FRIEND, ..click(LAST, 10, 9, 10) }];
    assert_eq!(fates(1, &[lead, sale("a", 69)], &friends), (Some("signup".to_owned()), vec![]));
}

fn any_touch() -> impl Strategy<Value = Touch> {
    (1u8..3, 1u8..6, 0i64..90, 0i64..90, 0u8..4, any::<bool>(), any::<u8>()).prop_map(
        |(program, affiliate, clicked, report, kind, overrides, event)| Touch {
            kind: [TouchKind::Click, TouchKind::Slug, TouchKind::Coupon, TouchKind::Import][usize::from(kind)],
            overrides_click: overrides,
            provenance: Provenance::Verified,
            event_id: id(event),
            ..click(program, affiliate, clicked, report)
        },
    )
}

/// One event reports one touch of each kind.
fn any_touches() -> impl Strategy<Value = Vec<Touch>> {
    prop::collection::vec(any_touch(), 0..6).prop_map(|mut touches| {
        let mut seen = std::collections::HashSet::new();
        touches.retain(|touch| seen.insert((touch.event_id, touch.kind.as_str())));
        touches
    })
}

proptest! {
    /// Invariant 3: the credit is the same, whatever arrives in whatever order.
    #[test]
    fn order_does_not_matter(
        touches in any_touches(),
        times in prop::collection::vec((0i64..90, any::<bool>()), 1..6),
        seed in any::<prop::sample::Selector>(),
    ) {
        let names: Vec<String> = (0..times.len()).map(|index| format!("sale {index}")).collect();
        let sales: Vec<Candidate<'_>> =
            times.iter().zip(&names).map(|((at, lead), name)| Candidate { lead: *lead, ..sale(name, *at) }).collect();
        let credits = credit_history(&sales, &touches, &policies(), kin);
        let rotate = seed.select(0..6usize);
        let (mut other_touches, mut other_sales) = (touches, sales.clone());
        other_touches.reverse();
        let by = rotate % other_sales.len();
        other_sales.rotate_left(by);
        let mut again = credit_history(&other_sales, &other_touches, &policies(), kin);
        again.rotate_right(by);
        // Two touches of equal rank may differ in their details; the credited affiliate may not.
        let who = |credits: Vec<Option<Credit>>| credits.into_iter().map(|c| c.map(|c| (c.affiliate_id, c.rule))).collect::<Vec<_>>();
        prop_assert_eq!(who(credits), who(again));
    }

    /// Reporting the same thing twice changes nothing.
    #[test]
    fn duplicates_do_not_matter(touches in any_touches(), at in 0i64..90) {
        let once = credit_history(&[sale("a", at)], &touches, &policies(), kin);
        let twice: Vec<Touch> = touches.iter().chain(&touches).cloned().collect();
        prop_assert_eq!(once, credit_history(&[sale("a", at)], &twice, &policies(), kin));
    }

    /// A receipt shows what was credited: the same credit, and one winner if a touch gave it.
    #[test]
    fn what_was_considered_is_what_was_credited(
        touches in any_touches(),
        times in prop::collection::vec((0i64..90, any::<bool>()), 1..6),
    ) {
        let names: Vec<String> = (0..times.len()).map(|index| format!("sale {index}")).collect();
        let sales: Vec<Candidate<'_>> =
            times.iter().zip(&names).map(|((at, lead), name)| Candidate { lead: *lead, ..sale(name, *at) }).collect();
        let credits = credit_history(&sales, &touches, &policies(), kin);
        for (index, credit) in credits.into_iter().enumerate() {
            let found = considered(index, &sales, &touches, &policies(), kin);
            prop_assert_eq!(found.credit, credit);
            prop_assert_eq!(found.touches.len(), touches.len());
            let won: Vec<_> = found.touches.iter().filter(|(_, fate)| *fate == Fate::Won).collect();
            let by_touch = credit.filter(|credit| matches!(credit.rule, Rule::Coupon | Rule::Click | Rule::Slug));
            prop_assert_eq!(won.len(), usize::from(by_touch.is_some()));
            if let (Some(credit), [(touch, _)]) = (by_touch, won.as_slice()) {
                prop_assert_eq!((touch.affiliate_id, touch.program_id), (credit.affiliate_id, credit.program_id));
            }
            let through = credit.is_some_and(|credit| matches!(credit.rule, Rule::Bound | Rule::Lead));
            prop_assert_eq!(found.through.is_some(), through);
        }
    }
}

use proptest::prelude::*;

use super::*;

const LAST: u8 = 1;
const FIRST: u8 = 2;
const START: i64 = 1_790_000_000_000;

fn id<K: shared::id::Kind>(number: u8) -> shared::id::Id<K> {
    shared::id::Id::from_bytes([number; 16])
}

fn day(days: i64) -> Timestamp {
    Timestamp::from_millis(START).unwrap().plus_days(days)
}

fn policies() -> HashMap<ProgramId, Policy> {
    HashMap::from([
        (id(LAST), Policy { model: AttributionModel::LastTouch, window_days: 60 }),
        (id(FIRST), Policy { model: AttributionModel::FirstTouch, window_days: 60 }),
    ])
}

fn click(program: u8, affiliate: u8, clicked: i64, told: i64) -> Touch {
    Touch {
        event_id: id(affiliate.wrapping_mul(7)),
        told_at: day(told),
        kind: TouchKind::Click,
        touched_at: day(clicked),
        click_id: Some(id(affiliate)),
        link_id: None,
        program_id: id(program),
        affiliate_id: id(affiliate),
        overrides_click: false,
    }
}

fn named(kind: TouchKind, overrides_click: bool, affiliate: u8, told: i64) -> Touch {
    Touch { kind, overrides_click, click_id: None, touched_at: day(told), ..click(LAST, affiliate, told, told) }
}

fn sale(external_id: &str, at: i64) -> Candidate<'_> {
    Candidate { external_id, occurred_at: day(at), lead: false }
}

fn credited(conversions: &[Candidate<'_>], touches: &[Touch]) -> Vec<Option<(u8, Rule)>> {
    credit_journey(conversions, touches, &policies())
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
    // Bought on day 5, clicked on day 10, told with a purchase on day 11.
    let touches = [click(LAST, 10, 10, 11)];
    assert_eq!(credited(&[sale("a", 5), sale("b", 11)], &touches), [None, Some((10, Rule::Click))]);
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
fn an_unknown_program_credits_nobody() {
    assert_eq!(credited(&[sale("a", 1)], &[click(9, 10, 0, 1)]), [None]);
}

fn any_touch() -> impl Strategy<Value = Touch> {
    (1u8..3, 1u8..6, 0i64..90, 0i64..90, 0u8..3, any::<bool>(), any::<u8>()).prop_map(
        |(program, affiliate, clicked, told, kind, overrides, event)| Touch {
            kind: [TouchKind::Click, TouchKind::Slug, TouchKind::Coupon][usize::from(kind)],
            overrides_click: overrides,
            event_id: id(event),
            ..click(program, affiliate, clicked, told)
        },
    )
}

proptest! {
    /// Invariant 3: whatever arrives in whatever order, the credit is the same.
    #[test]
    fn order_does_not_matter(
        touches in prop::collection::vec(any_touch(), 0..6),
        times in prop::collection::vec((0i64..90, any::<bool>()), 1..6),
        seed in any::<prop::sample::Selector>(),
    ) {
        let names: Vec<String> = (0..times.len()).map(|index| format!("sale {index}")).collect();
        let sales: Vec<Candidate<'_>> =
            times.iter().zip(&names).map(|((at, lead), name)| Candidate { lead: *lead, ..sale(name, *at) }).collect();
        let credits = credit_journey(&sales, &touches, &policies());
        let rotate = seed.select(0..6usize);
        let (mut other_touches, mut other_sales) = (touches, sales.clone());
        other_touches.reverse();
        let by = rotate % other_sales.len();
        other_sales.rotate_left(by);
        let mut again = credit_journey(&other_sales, &other_touches, &policies());
        again.rotate_right(by);
        // Two touches of equal standing may differ in what they carry; who is credited may not.
        let who = |credits: Vec<Option<Credit>>| credits.into_iter().map(|c| c.map(|c| (c.affiliate_id, c.rule))).collect::<Vec<_>>();
        prop_assert_eq!(who(credits), who(again));
    }

    /// Telling the same twice changes nothing.
    #[test]
    fn duplicates_do_not_matter(touches in prop::collection::vec(any_touch(), 0..6), at in 0i64..90) {
        let once = credit_journey(&[sale("a", at)], &touches, &policies());
        let twice: Vec<Touch> = touches.iter().chain(&touches).cloned().collect();
        prop_assert_eq!(once, credit_journey(&[sale("a", at)], &twice, &policies()));
    }
}

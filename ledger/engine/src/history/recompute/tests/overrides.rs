//! Goal: an override is always its share of what the parent is worth, in whatever order things arrive. Method: the same
//! facts are recomputed in many orders and one by one, with a recruiter for one of two affiliates.

use super::*;
use crate::history::joins::{Cause, Join, JoinStatus, Joins, Report, State, Verdict, judge};
use rules::{
    attribution::flag::Flag,
    commission::{
        Held,
        partner::Partner,
        plan::Cap,
        sub_affiliate::{Recruited, Terms, share},
    },
};

const RECRUIT: u8 = 3;
const OTHER: u8 = 4;
const RECRUITER: u8 = 5;
const PERCENT_PPM: u32 = 100_000;

/// As [`rates`], with 10% for the recruiter of affiliate 3 from a day on.
pub(super) fn recruited(since: i64, emails: (&str, &str)) -> Rates {
    let mut rates = rates();
    let terms = Terms { effective_at: Timestamp::EPOCH, enabled: true, percent_ppm: PERCENT_PPM, months: None };
    rates.sub_affiliates.add_terms(id(1), terms);
    rates.sub_affiliates.add_recruit(id(RECRUIT), Recruited { since: day(since), recruiter: Some(id(RECRUITER)) });
    for (who, email) in [(RECRUIT, emails.0), (RECRUITER, emails.1)] {
        let partner = Partner { emails: vec![(Timestamp::EPOCH, email.to_owned())], ..Partner::default() };
        rates.affiliates.insert(id(who), partner);
    }
    rates
}

const TWO: (&str, &str) = ("recruit@a.test", "recruiter@a.test");

fn world(rates: &Rates, steps: &[Step], at_once: bool) -> World {
    let mut world = World { now: 5, rates: Some(rates.clone()), ..World::default() };
    for step in steps {
        world.take(step);
        if !at_once {
            world.recompute();
        }
    }
    world.recompute();
    world
}

fn overrides(world: &World) -> Vec<&Commission> {
    world.history.commissions.iter().filter(|row| row.parent().is_some()).collect()
}

/// Every override is its parent's share, and has its parent's hold.
fn follow(world: &World) {
    for row in overrides(world) {
        let parent = world.history.commissions.iter().find(|one| Some(one.id) == row.parent()).unwrap();
        let due = share(Money::new(parent.amount, parent.earned.currency), PERCENT_PPM).unwrap();
        assert_eq!((row.amount, row.hold_until, row.held), (due.minor, parent.hold_until, parent.held));
        assert_eq!(row.affiliate_id, id(RECRUITER));
        assert!(matches!(parent.earned_by, EarnedBy::Conversion(_)), "one tier only");
    }
}

#[test]
fn the_recruiter_earns_ten_percent_of_each_commission_on_top_and_a_refund_takes_its_share() {
    let rates = recruited(0, TWO);
    let sold = [Step::Touch(click(RECRUIT, 0, 0)), Step::Sale(sale(1, 1, 9_900))];
    let world_sold = world(&rates, &sold, false);
    follow(&world_sold);
    // 20% of 99.00 and 5.00: 10% of each.
    let mut amounts: Vec<i64> = overrides(&world_sold).iter().map(|row| row.amount).collect();
    amounts.sort_unstable();
    assert_eq!(amounts, [50, 198]);
    assert_eq!(world_sold.balance(AccountKind::CommissionExpense), -(1_980 + 500 + 198 + 50));
    let refunded = world(&rates, &[sold.as_slice(), &[Step::Refund(1, 9_900)]].concat(), false);
    follow(&refunded);
    assert!(overrides(&refunded).iter().all(|row| row.amount == 0), "{:?}", overrides(&refunded));
    assert_eq!(refunded.balance(AccountKind::CommissionExpense), 0);
}

#[test]
fn no_override_before_the_recruiting_nor_for_others_nor_of_those_who_are_not_approved() {
    let sold = |affiliate| [Step::Touch(click(affiliate, 0, 0)), Step::Sale(sale(1, 1, 9_900))];
    assert!(overrides(&world(&recruited(2, TWO), &sold(RECRUIT), true)).is_empty(), "recruited after the sale");
    assert!(overrides(&world(&recruited(0, TWO), &sold(OTHER), true)).is_empty(), "no one recruited them");
    assert!(overrides(&world(&recruited(0, TWO), &sold(RECRUITER), true)).is_empty(), "the recruiter's own sale");
    let mut banned = recruited(0, TWO);
    banned.policies.approve(id(RECRUITER), vec![(Timestamp::EPOCH, false)]);
    assert!(overrides(&world(&banned, &sold(RECRUIT), true)).is_empty(), "not approved at the sale's time");
}

/// The flags of the sale, what holds the recruit's commissions, and what holds the overrides.
fn held(world: &World) -> (Vec<Flag>, Vec<Option<Held>>, Vec<Option<Held>>) {
    let sale = &world.history.stored[&id(1)];
    let parents = world.history.commissions.iter().filter(|row| row.parent().is_none());
    (
        sale.outcome.flags.clone(),
        parents.map(|row| row.held).collect(),
        overrides(world).iter().map(|row| row.held).collect(),
    )
}

#[test]
fn the_share_of_one_who_is_the_recruit_or_the_buyer_waits_for_a_review_and_the_sale_does_not() {
    let sold = [Step::Touch(click(RECRUIT, 0, 0)), Step::Sale(sale(1, 1, 9_900))];
    let one_address = world(&recruited(0, ("one@a.test", "one@a.test")), &sold, true);
    let mut one_account = recruited(0, TWO);
    for who in [RECRUIT, RECRUITER] {
        let partner = one_account.affiliates.get_mut(&id(who)).unwrap();
        partner.accounts.push((Timestamp::EPOCH, Some("hash of an account".to_owned())));
    }
    let one_account = world(&one_account, &sold, true);
    let mut bought = World { now: 5, rates: Some(recruited(0, TWO)), ..World::default() };
    sold.iter().for_each(|step| bought.take(step));
    bought.history.people.get_mut(&BUYER).unwrap().emails.push(TWO.1.to_owned());
    bought.recompute();
    for world in [&one_address, &one_account, &bought] {
        let waits = Some(Held::Review);
        assert_eq!(held(world), (vec![Flag::SelfRecruit], vec![None, None], vec![waits, waits]));
    }
    for (kind, status) in
        [(DecisionKind::Approve, CommissionStatus::Pending), (DecisionKind::Deny, CommissionStatus::Denied)]
    {
        let mut reviewed = world(&recruited(0, ("one@a.test", "one@a.test")), &sold, true);
        reviewed.history.decisions.push(decision(kind, Some(id(1)), None));
        reviewed.recompute();
        assert!(overrides(&reviewed).iter().all(|row| (row.status, row.held) == (status, None)), "{kind:?}");
    }
}

fn decision(kind: DecisionKind, conversion_id: Option<ConversionId>, commission_id: Option<CommissionId>) -> Decision {
    Decision {
        id: uuid::Uuid::from_bytes([7; 16]),
        kind,
        conversion_id,
        commission_id,
        credit: None,
        reach: None,
        reason: "why not".to_owned(),
        about_claim: false,
        repeats_from: None,
        decided_at: day(3),
    }
}

#[test]
fn a_denial_and_a_release_of_the_parent_reach_the_override() {
    let sold = [Step::Touch(click(RECRUIT, 0, 0)), Step::Sale(sale(1, 1, 9_900))];
    for (kind, status) in
        [(DecisionKind::Release, CommissionStatus::Approved), (DecisionKind::Deny, CommissionStatus::Denied)]
    {
        let mut world = world(&recruited(0, TWO), &sold, false);
        let parent = world.history.commissions.iter().find(|row| row.amount == 1_980).unwrap().id;
        world.history.decisions.push(decision(kind, None, Some(parent)));
        world.recompute();
        follow(&world);
        let of_parent: Vec<_> =
            overrides(&world).into_iter().filter(|row| row.parent() == Some(parent)).map(|row| row.status).collect();
        assert_eq!(of_parent, [status]);
    }
}

/// Joined, the two customers share the cap: the second sale earns 0.04 in place of 0.40, which is as much as the
/// recruiter's share of it was, and the share of 0.04 is nothing.
#[test]
fn a_join_that_takes_from_the_recruit_waits_whatever_the_share_was() {
    let mut rates = recruited(0, TWO);
    let cap = Cap { currency: Currency::USD, per_conversion: None, per_customer: Some(44), per_affiliate: None };
    let capped = Component { cap: Some(cap), ..Component::from(Pays::Percentage { rate_ppm: 200_000 }) };
    rates.versions[0].components = Some(vec![capped]);
    let other: CustomerId = id(7);
    let person = |buyer: CustomerId| (buyer, Person { buyer, name: String::new(), emails: Vec::new() });
    let own = click(RECRUIT, 0, 0);
    let others = Touch { buyer: BuyerKey::Known(other), event_id: id(6), ..own.clone() };
    let touched = [(&own, BUYER), (&others, other)].map(|(touch, buyer)| ((touch.event_id, touch.kind), buyer));
    let status = JoinStatus { found_at: day(4), verdict: None, state: State::Waiting };
    let join =
        Join { id: id(1), one: other, other: BUYER, is_legacy: false, words: Vec::new(), status, stored: status };
    let report = |customer, received: i64, event| Report { sale: id(1), customer, received_at: day(received), event };
    let mut history = BuyerHistory {
        people: [BUYER, other].into_iter().map(person).collect(),
        conversions: vec![*sale(1, 1, 200), Conversion { customer_id: Some(other), ..*sale(2, 2, 200) }],
        touches: vec![own, others],
        joins: Joins {
            joins: vec![join],
            reports: vec![report(BUYER, 1, id(1)), report(other, 4, id(5))],
            touched: touched.into_iter().collect(),
            ..Joins::default()
        },
        ..BuyerHistory::default()
    };
    judge(&mut history, &rates, &HashMap::new()).unwrap();
    assert_eq!(history.joins.joins[0].status.verdict, Some(Verdict::Waiting(Cause::Amount)));
}

proptest! {
    /// The same sales, clicks and refunds in any order, one by one or at once, end in the same overrides.
    #[test]
    fn any_order_ends_in_the_same_overrides(
        amounts in prop::collection::vec(1i64..50_000, 1..4),
        refunds in prop::collection::vec((1u8..4, 1i64..60_000), 0..4),
        clicks in prop::collection::vec((RECRUIT..=OTHER, 0i64..4), 1..3),
        order in Just((0..10usize).collect::<Vec<_>>()).prop_shuffle(),
    ) {
        let mut steps: Vec<Step> = clicks.iter().map(|(who, at)| Step::Touch(click(*who, *at, *at))).collect();
        let sales = u8::try_from(amounts.len()).unwrap();
        steps.extend((1..=sales).zip(&amounts).map(|(number, amount)| Step::Sale(sale(number, i64::from(number), *amount))));
        steps.extend(refunds.iter().filter(|(number, _)| *number <= sales).map(|(number, amount)| Step::Refund(*number, *amount)));
        let shuffled: Vec<Step> = order.iter().filter_map(|place| steps.get(*place).cloned()).collect();
        let rates = recruited(0, TWO);
        let figures = |world: &World| {
            let mut rows: Vec<_> = overrides(world).iter().filter(|row| row.amount != 0)
                .map(|row| (row.conversion(), row.component, row.amount, row.status)).collect();
            rows.sort_by_key(|row| (row.0, row.1));
            rows
        };
        let (sorted, one_by_one, at_once) =
            (world(&rates, &steps, true), world(&rates, &shuffled, false), world(&rates, &shuffled, true));
        for world in [&sorted, &one_by_one, &at_once] {
            follow(world);
        }
        if shuffled.len() == steps.len() {
            prop_assert_eq!(figures(&sorted), figures(&one_by_one));
            prop_assert_eq!(figures(&sorted), figures(&at_once));
        }
    }
}

//! Goal: a buyer's history has the same result in whatever order it arrives. Method: recompute it fact by fact in many
//! orders, keeping what each step books, and compare the result with recomputing it all in one step.

mod overrides;
mod past;
mod trial;

use std::collections::HashSet;

use proptest::prelude::*;
use shared::{
    config::AttributionModel,
    id::{ConversionId, CustomerId, EventId, Id, OrganizationId},
    money::{Currency, Money},
};

use super::*;
use crate::history::{Decision, DecisionKind, Person, Reach, write::parts};
use rules::{
    attribution::{
        policy::{Checks, Claims, CustomerBinding, Policies, Policy},
        touch::{BuyerKey, Touch, TouchKind},
    },
    book::entry::{AccountKey, AccountKind, Cause, corrections},
    commission::{
        CommissionState,
        plan::{Component, Pays, PlanVersion, Scope},
        stand,
    },
    conversion::given_back::Refund,
    fact::{Basis, Details, Provenance, RefundEffect, RefundFact},
};

fn id<K: shared::id::Kind>(number: u8) -> Id<K> {
    Id::from_bytes([number; 16])
}

const BUYER: CustomerId = CustomerId::from_bytes([8; 16]);

fn day(days: i64) -> Timestamp {
    Timestamp::from_millis(1_790_000_000_000).unwrap().plus_days(days)
}

fn rates() -> Rates {
    let mut policies = Policies::default();
    policies.add(
        id(1),
        Policy {
            effective_at: Timestamp::EPOCH,
            model: AttributionModel::LastTouch,
            window_days: 60,
            binding: CustomerBinding::AffiliateAndPlan,
            checks: Checks::default(),
            claims: Claims::default(),
        },
    );
    let version = PlanVersion {
        id: id(2),
        program_id: id(1),
        scope: Scope::Program,
        effective_at: Timestamp::EPOCH,
        components: Some(vec![
            Component::from(Pays::Percentage { rate_ppm: 200_000 }),
            Component::from(Pays::Flat(Money::new(500, Currency::USD))),
        ]),
        hold_days: 30,
    };
    Rates { policies, versions: vec![version], affiliates: HashMap::new(), ..Rates::default() }
}

fn sale(number: u8, at: i64, amount: i64) -> Box<Conversion> {
    Box::new(Conversion {
        organization_id: id(9),
        id: id(number),
        event_id: id(number),
        external_id: format!("sale {number}"),
        source: "S2s".into(),
        provenance: Provenance::Verified,
        claimed_email_key: None,
        lead: false,
        reported_recurring: false,
        reported_program_id: None,
        customer_id: Some(BUYER),
        subscription_id: Some("sub".into()),
        product_id: None,
        details: Details::default(),
        amount: Money::new(amount, Currency::USD),
        paid: amount,
        paid_known: true,
        occurred_at: day(at),
        outcome: Outcome::unknown(),
    })
}

fn click(affiliate: u8, clicked: i64, report: i64) -> Touch {
    Touch {
        buyer: BuyerKey::Known(BUYER),
        event_id: EventId::from_bytes([affiliate; 16]),
        reported_at: day(report),
        kind: TouchKind::Click,
        touched_at: day(clicked),
        click_id: None,
        link_id: None,
        coupon_id: None,
        program_id: id(1),
        affiliate_id: id(affiliate),
        overrides_click: false,
        provenance: Provenance::Verified,
        purchase: None,
    }
}

#[derive(Debug, Clone)]
enum Step {
    Sale(Box<Conversion>),
    Touch(Touch),
    Refund(u8, i64),
}

/// What the database would contain after each step.
#[derive(Debug, Default)]
struct World {
    history: BuyerHistory,
    balances: HashMap<AccountKey, i64>,
    next_id: u8,
    /// The day on which the history is recomputed.
    now: i64,
    /// Other terms than those of [`rates`].
    rates: Option<Rates>,
}

/// Balances, the amount of each commission, and the outcome of each conversion.
type Figures = (Vec<(AccountKey, i64)>, Vec<(ConversionId, AffiliateId, i32, i64)>, Vec<(String, Outcome)>);

impl World {
    fn take(&mut self, step: &Step) {
        match step {
            Step::Sale(sale) => {
                self.history.people.insert(BUYER, Person { buyer: BUYER, name: String::new(), emails: Vec::new() });
                self.history.conversions.push(sale.as_ref().clone());
            }
            Step::Touch(touch) => self.history.touches.push(touch.clone()),
            Step::Refund(sale, amount) => {
                let sale = format!("sale {sale}");
                let report = self.history.refunds.entry(sale.clone()).or_default();
                let fact = RefundFact {
                    external_id: format!("refund {} of {sale}", report.len()),
                    refund_of: sale,
                    amount: *amount,
                    currency: Currency::USD,
                    basis: Basis::Commissionable,
                    effect: RefundEffect::Made,
                };
                report.push(Refund { event_id: id(1), occurred_at: day(0), fact });
            }
        }
    }

    fn recompute(&mut self) {
        let rates = self.rates.clone().unwrap_or_else(rates);
        let next_id = &mut self.next_id;
        let key = HistoryKey::Group(id(9), BUYER);
        let parts = parts([(key, self.history.clone())].into_iter().collect(), &rates).unwrap();
        let changes = recompute(&parts, &Complete::default(), &rates, day(self.now), || {
            *next_id = next_id.wrapping_add(1);
            id(*next_id)
        })
        .unwrap()
        .remove(0);
        for (before, now) in changes.commissions {
            self.book(before.as_ref(), &now);
            self.history.commissions.retain(|commission| commission.id != now.id);
            self.history.commissions.push(now);
        }
        for (_, now) in changes.conversions {
            self.history.stored.insert(now.id, now.clone());
            let report = self.history.conversions.iter_mut().find(|report| report.id == now.id).unwrap();
            *report = now;
        }
    }

    fn book(&mut self, before: Option<&Commission>, now: &Commission) {
        for entry in corrections(OrganizationId::from_bytes([9; 16]), before, now, Cause::default()) {
            assert!(entry.amount > 0 && entry.debit != entry.credit);
            *self.balances.entry(entry.debit).or_default() -= entry.amount;
            *self.balances.entry(entry.credit).or_default() += entry.amount;
        }
    }

    /// Pays everything that is payable.
    fn pay(&mut self) -> i64 {
        let mut sum = 0;
        for index in 0..self.history.commissions.len() {
            let before = self.history.commissions[index].clone();
            if before.is_payable() {
                let mut now = Commission { paid: before.amount, ..before.clone() };
                stand(&mut now, CommissionState::default(), day(self.now));
                sum += before.outstanding();
                self.book(Some(&before), &now);
                self.history.commissions[index] = now;
            }
        }
        sum
    }

    fn balance(&self, kind: AccountKind) -> i64 {
        self.balances.iter().filter(|(key, _)| key.kind == kind).map(|(_, sum)| sum).sum()
    }

    /// All monetary results, without the ids that depend on the order.
    fn figures(&self) -> Figures {
        let mut balances: Vec<_> =
            self.balances.iter().filter(|(_, sum)| **sum != 0).map(|(key, sum)| (*key, *sum)).collect();
        balances.sort_unstable();
        let mut commissions: Vec<_> = self
            .history
            .commissions
            .iter()
            .filter(|row| row.amount > 0)
            .map(|row| (row.conversion().unwrap(), row.affiliate_id, row.component, row.amount))
            .collect();
        commissions.sort_unstable();
        let mut outcomes: Vec<_> =
            self.history.conversions.iter().map(|row| (row.external_id.clone(), row.outcome.clone())).collect();
        outcomes.sort_by(|a, b| a.0.cmp(&b.0));
        (balances, commissions, outcomes)
    }
}

fn run(steps: &[Step], recompute_each: bool) -> World {
    let mut world = World::default();
    for step in steps {
        world.take(step);
        if recompute_each {
            world.recompute();
        }
    }
    world.recompute();
    world
}

#[test]
fn a_year_with_a_refund() {
    // 20% + 5.00 on 49.00 = 9.80 + 5.00 each time; 24.50 of the second is refunded: 4.90 + 2.50 stay.
    let steps = [
        Step::Touch(click(20, 0, 1)),
        Step::Sale(sale(1, 1, 4_900)),
        Step::Sale(sale(2, 31, 4_900)),
        Step::Refund(2, 2_450),
    ];
    let world = run(&steps, true);
    let worth: i64 = world.history.commissions.iter().map(|row| row.amount).sum();
    assert_eq!(worth, 980 + 500 + 490 + 250);
    assert_eq!(world.balances.values().sum::<i64>(), 0);
    let kinds: Vec<_> = world.history.conversions.iter().map(|row| row.outcome.kind).collect();
    assert_eq!(kinds, [Kind::Sale, Kind::Recurring]);
}

#[test]
fn earlier_evidence_moves_the_money() {
    let steps = [
        Step::Touch(click(20, 10, 11)),
        Step::Sale(sale(2, 11, 1_000)),
        Step::Touch(click(30, 0, 1)),
        Step::Sale(sale(1, 1, 1_000)),
    ];
    let world = run(&steps, true);
    let owed = |affiliate| -> i64 {
        world.history.commissions.iter().filter(|row| row.affiliate_id == id(affiliate)).map(|row| row.amount).sum()
    };
    assert_eq!((owed(20), owed(30)), (0, 2 * (200 + 500)));
    let denied = world.history.commissions.iter().filter(|row| row.status == CommissionStatus::Denied).count();
    assert_eq!(denied, 2);
    assert_eq!(world.figures(), run(&steps, false).figures());
}

#[test]
fn held_matured_paid_and_clawed_back() {
    let mut world = World::default();
    world.take(&Step::Touch(click(20, 0, 1)));
    world.take(&Step::Sale(sale(1, 1, 10_000)));
    let balances = |world: &World| {
        use AccountKind::{AffiliateApproved, AffiliatePaid, AffiliatePending};
        [AffiliatePending, AffiliateApproved, AffiliatePaid].map(|kind| world.balance(kind))
    };
    world.now = 30;
    world.recompute();
    assert_eq!(balances(&world), [2_500, 0, 0]);
    world.now = 31;
    world.recompute();
    assert_eq!(balances(&world), [0, 2_500, 0]);
    assert_eq!(world.pay(), 2_500);
    assert_eq!(balances(&world), [0, 0, 2_500]);
    assert!(world.history.commissions.iter().all(|row| row.status == CommissionStatus::Paid));
    // Half the sale is refunded after the payout: the affiliate owes half of 20.00 and of 5.00.
    world.take(&Step::Refund(1, 5_000));
    world.recompute();
    assert_eq!(balances(&world), [0, -1_250, 2_500]);
    // The next payout deducts it from what the next sale earned.
    world.take(&Step::Sale(sale(2, 32, 10_000)));
    world.now = 70;
    world.recompute();
    assert_eq!(balances(&world), [0, 1_250, 2_500]);
    assert_eq!(world.pay(), 1_250);
    assert_eq!(balances(&world), [0, 0, 3_750]);
    assert_eq!(world.balances.values().sum::<i64>(), 0);
}

fn decided(kind: DecisionKind, about: &Commission, at: i64) -> Decision {
    Decision {
        id: uuid::Uuid::from_u128(at.unsigned_abs().into()),
        kind,
        conversion_id: None,
        commission_id: Some(about.id),
        credit: None,
        reach: None,
        reason: "a person's word".to_owned(),
        about_claim: false,
        repeats_from: None,
        decided_at: day(at),
    }
}

#[test]
fn people_release_deny_and_move() {
    let mut world = World::default();
    world.take(&Step::Touch(click(20, 0, 1)));
    world.take(&Step::Sale(sale(1, 1, 10_000)));
    world.now = 2;
    world.recompute();
    let first = world.history.commissions[0].clone();
    world.history.decisions.push(decided(DecisionKind::Release, &first, 2));
    world.recompute();
    assert_eq!(
        (world.balance(AccountKind::AffiliatePending), world.balance(AccountKind::AffiliateApproved)),
        (500, 2_000)
    );
    world.history.decisions.push(decided(DecisionKind::Deny, &first, 3));
    world.recompute();
    let denied = world.history.commissions.iter().find(|row| row.id == first.id).unwrap();
    assert_eq!((denied.amount, denied.status), (0, CommissionStatus::Denied));
    assert!(denied.reason.ends_with("denied: a person's word"), "{}", denied.reason);
    world.history.decisions.push(decided(DecisionKind::Approve, &first, 4));
    world.recompute();
    assert_eq!(world.balance(AccountKind::AffiliateApproved), 2_000, "the latest word holds");
    let sale = world.history.conversions[0].id;
    world.history.decisions.push(Decision {
        conversion_id: Some(sale),
        commission_id: None,
        credit: Some((id(1), id(30))),
        reach: Some(Reach::Customer),
        ..decided(DecisionKind::Reattribute, &first, 5)
    });
    world.recompute();
    let owed = |affiliate: u8| -> i64 {
        let of = |key: &&AccountKey| key.affiliate_id == Some(id(affiliate));
        world.balances.keys().filter(of).map(|key| world.balances[key]).sum()
    };
    assert_eq!((owed(20), owed(30)), (0, 2_500));
}

fn any_step() -> impl Strategy<Value = Step> {
    prop_oneof![
        (1u8..5, 0i64..80, 0i64..100_000).prop_map(|(number, at, amount)| Step::Sale(sale(number, at, amount))),
        (20u8..24, 0i64..80, 0i64..80)
            .prop_map(|(affiliate, clicked, report)| Step::Touch(click(affiliate, clicked, report))),
        (1u8..5, 1i64..60_000).prop_map(|(number, amount)| Step::Refund(number, amount)),
    ]
}

/// Keeps each sale and each report once, as the intake does.
fn once(steps: Vec<Step>) -> Vec<Step> {
    let (mut sales, mut touches) = (HashSet::new(), HashSet::new());
    steps
        .into_iter()
        .filter(|step| match step {
            Step::Sale(sale) => sales.insert(sale.id),
            Step::Touch(touch) => touches.insert(touch.event_id),
            Step::Refund(..) => true,
        })
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]
    /// Invariant 3, with the book: facts in any order, recomputed step by step or at once, lead to the same balances.
    #[test]
    fn any_order_ends_in_the_same_book(
        steps in prop::collection::vec(any_step(), 0..12).prop_map(once).prop_flat_map(|steps| (Just(steps.clone()), Just(steps).prop_shuffle())),
    ) {
        let (straight, shuffled) = steps;
        let (a, b) = (run(&straight, true), run(&shuffled, true));
        prop_assert_eq!(a.figures(), b.figures());
        prop_assert_eq!(a.figures().1, run(&straight, false).figures().1);
        prop_assert_eq!(a.balances.values().sum::<i64>(), 0);
        // Affiliates' balances equal the amounts of their commissions.
        let owed: i64 = a.balances.iter().filter(|(key, _)| key.affiliate_id.is_some()).map(|(_, sum)| sum).sum();
        prop_assert_eq!(owed, a.history.commissions.iter().map(|row| row.amount).sum::<i64>());
    }
}

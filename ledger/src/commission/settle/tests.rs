//! Goal: a buyer's history is worth the same however it arrives. Method: settle it fact by fact in many orders, keeping
//! what each step books, and compare the end with settling it all at once.

use proptest::prelude::*;
use shared::{
    config::AttributionModel,
    id::{EventId, Id, OrganizationId},
    money::Currency,
};

use super::*;
use crate::{
    attribution::touch::TouchKind,
    book::entry::{AccountKey, corrections},
    commission::plan::Component,
};

fn id<K: shared::id::Kind>(number: u8) -> Id<K> {
    Id::from_bytes([number; 16])
}

fn day(days: i64) -> Timestamp {
    Timestamp::from_millis(1_790_000_000_000).unwrap().plus_days(days)
}

fn rates() -> Rates {
    Rates {
        policies: HashMap::from([(id(1), Policy { model: AttributionModel::LastTouch, window_days: 60 })]),
        versions: vec![PlanVersion {
            id: id(2),
            program_id: id(1),
            effective_at: Timestamp::EPOCH,
            components: vec![
                Component::Percentage { rate_ppm: 200_000 },
                Component::Flat { amount_cents: 500, currency: Currency::USD },
            ],
            hold_days: 30,
        }],
    }
}

fn sale(number: u8, at: i64, amount: i64) -> Box<Conversion> {
    Box::new(Conversion {
        organization_id: id(9),
        id: id(number),
        event_id: id(number),
        external_id: format!("sale {number}"),
        source: "S2s".into(),
        verified: true,
        lead: false,
        told_recurring: false,
        customer_id: Some(id(8)),
        subscription_id: Some("sub".into()),
        product_id: None,
        amount: Money::new(amount, Currency::USD),
        occurred_at: day(at),
        outcome: Outcome { kind: Kind::Sale, status: Status::Unattributed, refunded: 0, credit: None },
    })
}

fn click(affiliate: u8, clicked: i64, told: i64) -> Touch {
    Touch {
        event_id: EventId::from_bytes([affiliate; 16]),
        told_at: day(told),
        kind: TouchKind::Click,
        touched_at: day(clicked),
        click_id: None,
        link_id: None,
        program_id: id(1),
        affiliate_id: id(affiliate),
        overrides_click: false,
    }
}

#[derive(Debug, Clone)]
enum Step {
    Sale(Box<Conversion>),
    Touch(Touch),
    Refund(u8, i64),
}

/// What the database would hold after each step.
#[derive(Debug, Default)]
struct World {
    journey: Journey,
    refunded: HashMap<String, i64>,
    balances: HashMap<AccountKey, i64>,
    next_id: u8,
}

/// Balances, what each commission is worth, and what became of each conversion.
type Figures = (Vec<(AccountKey, i64)>, Vec<(ConversionId, AffiliateId, i32, i64)>, Vec<(String, Outcome)>);

impl World {
    fn take(&mut self, step: &Step) {
        match step {
            Step::Sale(sale) => {
                self.journey.new.insert(sale.id);
                self.journey.conversions.push(sale.as_ref().clone());
            }
            Step::Touch(touch) => self.journey.touches.push(touch.clone()),
            Step::Refund(sale, amount) => *self.refunded.entry(format!("sale {sale}")).or_default() += amount,
        }
    }

    fn settle(&mut self) {
        let next_id = &mut self.next_id;
        let settlement = settle(self.journey.clone(), &self.refunded, &rates(), || {
            *next_id = next_id.wrapping_add(1);
            id(*next_id)
        })
        .unwrap();
        for (before, now) in settlement.commissions {
            for entry in corrections(OrganizationId::from_bytes([9; 16]), before.as_ref(), &now, None) {
                assert!(entry.amount > 0 && entry.debit != entry.credit);
                *self.balances.entry(entry.debit).or_default() -= entry.amount;
                *self.balances.entry(entry.credit).or_default() += entry.amount;
            }
            self.journey.commissions.retain(|commission| commission.id != now.id);
            self.journey.commissions.push(now);
        }
        for (_, now) in settlement.conversions {
            self.journey.new.remove(&now.id);
            let stored = self.journey.conversions.iter_mut().find(|stored| stored.id == now.id).unwrap();
            *stored = now;
        }
    }

    /// Everything money-like, without the ids that depend on order.
    fn figures(&self) -> Figures {
        let mut balances: Vec<_> =
            self.balances.iter().filter(|(_, sum)| **sum != 0).map(|(key, sum)| (*key, *sum)).collect();
        balances.sort_unstable();
        let mut commissions: Vec<_> = self
            .journey
            .commissions
            .iter()
            .filter(|row| row.amount > 0)
            .map(|row| (row.conversion_id, row.affiliate_id, row.component, row.amount))
            .collect();
        commissions.sort_unstable();
        let mut outcomes: Vec<_> =
            self.journey.conversions.iter().map(|row| (row.external_id.clone(), row.outcome.clone())).collect();
        outcomes.sort_by(|a, b| a.0.cmp(&b.0));
        (balances, commissions, outcomes)
    }
}

fn run(steps: &[Step], settle_each: bool) -> World {
    let mut world = World::default();
    for step in steps {
        world.take(step);
        if settle_each {
            world.settle();
        }
    }
    world.settle();
    world
}

#[test]
fn a_year_with_a_refund() {
    // 20 % + 5.00 on 49.00 = 9.80 + 5.00 each time; 24.50 of the second is refunded: 4.90 + 2.50 stay.
    let steps = [
        Step::Touch(click(20, 0, 1)),
        Step::Sale(sale(1, 1, 4_900)),
        Step::Sale(sale(2, 31, 4_900)),
        Step::Refund(2, 2_450),
    ];
    let world = run(&steps, true);
    let worth: i64 = world.journey.commissions.iter().map(|row| row.amount).sum();
    assert_eq!(worth, 980 + 500 + 490 + 250);
    assert_eq!(world.balances.values().sum::<i64>(), 0);
    let kinds: Vec<_> = world.journey.conversions.iter().map(|row| row.outcome.kind).collect();
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
        world.journey.commissions.iter().filter(|row| row.affiliate_id == id(affiliate)).map(|row| row.amount).sum()
    };
    assert_eq!((owed(20), owed(30)), (0, 2 * (200 + 500)));
    let denied = world.journey.commissions.iter().filter(|row| row.status == CommissionStatus::Denied).count();
    assert_eq!(denied, 2);
    assert_eq!(world.figures(), run(&steps, false).figures());
}

fn any_step() -> impl Strategy<Value = Step> {
    prop_oneof![
        (1u8..5, 0i64..80, 0i64..100_000).prop_map(|(number, at, amount)| Step::Sale(sale(number, at, amount))),
        (20u8..24, 0i64..80, 0i64..80)
            .prop_map(|(affiliate, clicked, told)| Step::Touch(click(affiliate, clicked, told))),
        (1u8..5, 1i64..60_000).prop_map(|(number, amount)| Step::Refund(number, amount)),
    ]
}

/// The intake lets each sale and each telling in once.
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
    /// Invariant 3, with the book: any order, settled step by step or at once, ends in the same balances.
    #[test]
    fn any_order_ends_in_the_same_book(
        steps in prop::collection::vec(any_step(), 0..12).prop_map(once).prop_flat_map(|steps| (Just(steps.clone()), Just(steps).prop_shuffle())),
    ) {
        let (straight, shuffled) = steps;
        let (a, b) = (run(&straight, true), run(&shuffled, true));
        prop_assert_eq!(a.figures(), b.figures());
        prop_assert_eq!(a.figures().1, run(&straight, false).figures().1);
        prop_assert_eq!(a.balances.values().sum::<i64>(), 0);
        // Balances of affiliates are what their commissions are worth.
        let owed: i64 = a.balances.iter().filter(|(key, _)| key.affiliate_id.is_some()).map(|(_, sum)| sum).sum();
        prop_assert_eq!(owed, a.journey.commissions.iter().map(|row| row.amount).sum::<i64>());
    }
}

//! Imported sales of the past: whatever else happens, they keep what they earned, what was settled elsewhere is never
//! payable, the book balances, and recomputing everything gives the same.

use shared::event::PastSale;

use super::*;
use crate::history::past::COMPONENT;

const IMPORT: i64 = 100;

/// A past sale with the touch that its event brings: its customer belongs to the affiliate from the import on.
fn past(number: u8, at: i64, amount: i64, past: PastSale) -> [Step; 2] {
    let mut sale = sale(number, at, amount);
    sale.source = "Import".into();
    sale.details.past = Some(past);
    let touch = Touch {
        event_id: id(number),
        kind: TouchKind::Import,
        reported_at: day(IMPORT),
        touched_at: day(at),
        ..click(20, at, at)
    };
    [Step::Touch(touch), Step::Sale(sale)]
}

const fn settled(earned_cents: i64) -> PastSale {
    PastSale { earned_cents, owed_here: false }
}

impl World {
    /// Imports sales: recomputes, and books what was paid elsewhere as stated, as one transaction does.
    fn import(&mut self, steps: &[Step]) {
        steps.iter().for_each(|step| self.take(step));
        self.recompute();
        for index in 0..self.history.commissions.len() {
            let before = self.history.commissions[index].clone();
            if self.is_settled_there(&before) && !before.is_in_payouts() {
                let mut now = Commission { paid: before.earned.minor, ..before.clone() };
                stand(&mut now, CommissionState::default(), day(self.now));
                self.book(Some(&before), &now);
                self.history.commissions[index] = now;
            }
        }
        // A payment also updates the statuses of its sales.
        self.recompute();
    }

    fn is_settled_there(&self, commission: &Commission) -> bool {
        let sale = self.history.conversions.iter().find(|sale| Some(sale.id) == commission.conversion()).unwrap();
        sale.details.past.is_some_and(|past| !past.owed_here)
    }

    /// What the book says equals what the commissions say.
    fn check(&self) {
        let sum = |of: &dyn Fn(&Commission) -> i64| self.history.commissions.iter().map(of).sum::<i64>();
        assert_eq!(self.balances.values().sum::<i64>(), 0);
        assert_eq!(self.balance(AccountKind::CommissionExpense), -sum(&|row| row.amount));
        assert_eq!(self.balance(AccountKind::AffiliatePaid), sum(&|row| row.paid));
        let approved = sum(&|row| if row.is_payable() { row.outstanding() } else { 0 });
        assert_eq!(self.balance(AccountKind::AffiliateApproved), approved);
        for row in self.history.commissions.iter().filter(|row| self.is_settled_there(row)) {
            assert!(row.outstanding() <= 0, "it was settled elsewhere: {row:?}");
        }
    }

    /// As `rekomi replay --verify` does it: everything computed is forgotten, and recomputed as if no hold were over.
    fn replay(&self) {
        let mut anew = self.history.clone();
        let stored = std::mem::take(&mut anew.stored);
        anew.conversions.iter_mut().for_each(|row| row.outcome = Outcome::unknown());
        for row in anew.commissions.iter_mut().filter(|row| !row.is_in_payouts()) {
            let earned = Money::new(0, row.earned.currency);
            *row = Commission {
                amount: 0,
                earned,
                status: CommissionStatus::Pending,
                reason: String::new(),
                ..row.clone()
            };
        }
        let rates = rates();
        let parts = parts([(HistoryKey::Group(id(9), BUYER), anew)].into_iter().collect(), &rates).unwrap();
        let changes = recompute(&parts, &Complete::default(), &rates, Timestamp::EPOCH, || id(0)).unwrap().remove(0);
        for (_, row) in changes.conversions {
            assert_eq!(stored[&row.id].outcome, row.outcome);
        }
        for (_, row) in changes.commissions {
            assert!(self.history.commissions.contains(&row), "{row:?} is among {:?}", self.history.commissions);
        }
    }
}

#[test]
fn a_past_sale_earns_what_was_stated_and_its_customer_renews_by_the_plan() {
    let mut world = World { now: IMPORT, ..World::default() };
    world.import(&past(1, 1, 10_000, settled(3_333)));
    let of_past = world.history.commissions[0].clone();
    assert_eq!((of_past.amount, of_past.paid, of_past.status), (3_333, 3_333, CommissionStatus::Paid));
    assert_eq!((of_past.component_id.as_deref(), of_past.hold_until), (Some(COMPONENT), day(1)));
    world.take(&Step::Sale(sale(2, IMPORT + 1, 10_000)));
    world.recompute();
    let renewal = &world.history.conversions[1];
    assert_eq!((renewal.outcome.kind, renewal.outcome.sequence), (Kind::Recurring, 2));
    assert_eq!(renewal.outcome.credit.as_ref().unwrap().rule, "bound");
    assert_eq!(world.history.commissions.iter().map(|row| row.amount).sum::<i64>(), 3_333 + 2_000 + 500);
    world.check();
    // A refund of half of the past sale, after the move: the next payout deducts it.
    world.take(&Step::Refund(1, 5_000));
    world.recompute();
    assert_eq!(world.history.commissions.iter().find(|row| row.id == of_past.id).unwrap().outstanding(), 1_667 - 3_333);
    world.check();
    world.replay();
}

/// Whether a refund arrives before or after the import, the same was paid there, and the same is deducted here.
#[test]
fn a_refund_before_the_import_is_deducted_too() {
    let refunds = [Step::Refund(1, 5_000), Step::Refund(2, 10_000)];
    let sales = [past(1, 1, 10_000, settled(3_000)), past(2, 1, 10_000, settled(3_000))].concat();
    let [early, late] = [true, false].map(|early| {
        let mut world = World { now: IMPORT, ..World::default() };
        refunds.iter().filter(|_| early).for_each(|step| world.take(step));
        world.import(&sales);
        refunds.iter().filter(|_| !early).for_each(|step| world.take(step));
        world.recompute();
        world.check();
        world.replay();
        assert_eq!(world.balance(AccountKind::AffiliateApproved), 1_500 - 2 * 3_000);
        world.figures()
    });
    assert_eq!(early, late);
}

#[test]
fn what_the_brand_takes_over_waits_for_the_hold() {
    let mut world = World { now: IMPORT, ..World::default() };
    let owed = PastSale { earned_cents: 700, owed_here: true };
    world.import(&[past(1, IMPORT - 5, 1_000, owed), past(2, IMPORT - 60, 1_000, owed)].concat());
    let mut statuses: Vec<_> = world.history.commissions.iter().map(|row| (row.hold_until, row.status)).collect();
    statuses.sort_by_key(|row| row.0);
    let expected = [(day(IMPORT - 30), CommissionStatus::Approved), (day(IMPORT + 25), CommissionStatus::Pending)];
    assert_eq!(statuses, expected);
    assert_eq!((world.balance(AccountKind::AffiliateApproved), world.pay()), (700, 700));
    world.recompute();
    world.check();
    world.replay();
}

/// No refund is a part of an unknown amount, so any takes back the whole commission.
#[test]
fn a_refund_of_an_unknown_amount_takes_back_all() {
    let mut world = World { now: IMPORT, ..World::default() };
    let owed = PastSale { earned_cents: 2_000, owed_here: true };
    world.import(&[past(1, 1, 0, owed), past(2, 1, 0, settled(2_000)), past(3, 1, 0, owed)].concat());
    world.take(&Step::Refund(1, 10_000));
    world.take(&Step::Refund(2, 10_000));
    world.recompute();
    let of = |number: u8| {
        let commission = world.history.commissions.iter().find(|row| row.conversion() == Some(id(number))).unwrap();
        (commission.outstanding(), commission.status)
    };
    assert_eq!(of(1), (0, CommissionStatus::Refunded));
    assert_eq!(of(2), (-2_000, CommissionStatus::Refunded));
    assert_eq!(of(3), (2_000, CommissionStatus::Approved));
    world.check();
    world.replay();
}

fn any_past() -> impl Strategy<Value = (i64, i64, PastSale)> {
    (1..IMPORT, 0i64..20_000, 0i64..5_000, any::<bool>())
        .prop_map(|(at, amount, earned_cents, owed_here)| (at, amount, PastSale { earned_cents, owed_here }))
}

proptest! {
    /// Random pasts, live sales and refunds before and after the import.
    #[test]
    fn random_pasts_balance_and_replay(
        pasts in prop::collection::vec(any_past(), 1..6),
        live in prop::collection::vec((IMPORT + 1..IMPORT + 90, 1i64..20_000), 0..4),
        refunds in prop::collection::vec((1u8..10, 1i64..30_000, any::<bool>()), 0..6),
        pays in any::<bool>(),
    ) {
        let mut world = World { now: IMPORT, ..World::default() };
        let refund = |(sale, amount, _): &(u8, i64, bool)| Step::Refund(*sale, *amount);
        refunds.iter().filter(|row| row.2).map(refund).for_each(|step| world.take(&step));
        let numbered = (1u8..).zip(&pasts);
        let steps: Vec<Step> = numbered.flat_map(|(number, row)| past(number, row.0, row.1, row.2)).collect();
        world.import(&steps);
        world.check();
        for ((at, amount), number) in live.iter().zip(50u8..) {
            world.take(&Step::Sale(sale(number, *at, *amount)));
            world.recompute();
        }
        world.now = IMPORT + 200;
        world.recompute();
        if pays {
            world.pay();
            world.recompute();
        }
        for step in refunds.iter().filter(|row| !row.2).map(refund) {
            world.take(&step);
            world.recompute();
            world.check();
        }
        world.replay();
    }
}

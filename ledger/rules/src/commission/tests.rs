//! Goal: a commission's status follows from its value, what was paid and what people decided, in every edge case.
//! Method: one commission, changed in one thing at a time.

use shared::{id::Id, money::Currency};

use super::*;

fn id<K: shared::id::Kind>(number: u8) -> Id<K> {
    Id::from_bytes([number; 16])
}

fn day(days: i64) -> Timestamp {
    Timestamp::EPOCH.plus_days(20_000 + days)
}

/// USD 20.00, on hold until day 30.
fn commission() -> Commission {
    Commission {
        id: id(1),
        earned_by: EarnedBy::Conversion(id(2)),
        affiliate_id: id(3),
        program_id: id(4),
        plan_version_id: None,
        component: 0,
        component_id: None,
        amount: 2_000,
        earned: Money::new(2_000, Currency::USD),
        paid: 0,
        reserved: 0,
        status: CommissionStatus::Pending,
        held: None,
        hold_until: day(30),
        approved_at: None,
        reason: String::new(),
    }
}

fn state(change: impl FnOnce(&mut Commission), state: CommissionState, at: i64) -> Commission {
    let mut commission = commission();
    change(&mut commission);
    stand(&mut commission, state, day(at));
    commission
}

const FREE: CommissionState = CommissionState { denied: false, released: false, held: None };
const RELEASED: CommissionState = CommissionState { released: true, ..FREE };
const DENIED: CommissionState = CommissionState { denied: true, ..FREE };
const DISPUTED: CommissionState = CommissionState { held: Some(Held::Dispute), ..FREE };

#[test]
fn a_hold_ends_with_its_last_moment_or_by_release() {
    use CommissionStatus::{Approved, Pending};
    let at = |moment: Timestamp, state| {
        let mut commission = commission();
        stand(&mut commission, state, moment);
        (commission.status, commission.approved_at)
    };
    assert_eq!(at(day(30).plus_millis(-1), FREE), (Pending, None));
    assert_eq!(at(day(30), FREE), (Approved, Some(day(30))));
    assert_eq!(at(day(2), RELEASED), (Approved, Some(day(2))));
    // It stays so, and keeps its date, however its hold changes.
    let kept = state(|row| row.approved_at = Some(day(2)), FREE, 3);
    assert_eq!((kept.status, kept.approved_at), (Approved, Some(day(2))));
}

#[test]
fn what_is_held_waits_and_comes_back_as_it_was() {
    use CommissionStatus::{Approved, Pending};
    let held = state(|_| {}, DISPUTED, 40);
    assert_eq!((held.status, held.held, held.approved_at), (Pending, Some(Held::Dispute), None));
    let released = state(|_| {}, CommissionState { released: true, ..DISPUTED }, 40);
    assert_eq!((released.status, released.approved_at), (Pending, None));
    let was_payable = state(|row| row.approved_at = Some(day(30)), DISPUTED, 40);
    assert_eq!(was_payable.status, Pending);
    assert_eq!(state(|row| row.approved_at = Some(day(30)), FREE, 40).status, Approved);
}

#[test]
fn what_is_worth_nothing_is_refunded_or_denied() {
    use CommissionStatus::{Denied, Refunded};
    let nothing = |row: &mut Commission| row.amount = 0;
    for (eligibility_of, status) in [(FREE, Refunded), (RELEASED, Refunded), (DISPUTED, Refunded), (DENIED, Denied)] {
        let row = state(nothing, eligibility_of, 40);
        assert_eq!((row.status, row.held, row.approved_at), (status, None, None), "{eligibility_of:?}");
    }
    let denied = state(|_| {}, DENIED, 40);
    assert_eq!((denied.status, denied.amount, denied.earned.minor), (Denied, 0, 2_000));
    // Even if all of it was paid.
    assert_eq!(state(|row| (row.amount, row.paid) = (0, 2_000), FREE, 40).status, Refunded);
    assert_eq!(state(|row| row.paid = 2_000, DENIED, 40).status, Denied);
}

#[test]
fn what_was_paid_is_paid_until_more_is_owed() {
    use CommissionStatus::{Approved, Paid, Pending};
    let paid = |amount: i64, paid: i64, eligibility_of: CommissionState| {
        state(|row| (row.amount, row.paid, row.approved_at) = (amount, paid, Some(day(30))), eligibility_of, 40).status
    };
    assert_eq!([paid(2_000, 2_000, FREE), paid(1_000, 2_000, FREE)], [Paid, Paid]);
    assert_eq!(paid(2_000, 1_999, FREE), Approved);
    // A dispute holds what is owed again, and takes nothing back.
    assert_eq!([paid(2_000, 1_999, DISPUTED), paid(2_000, 2_000, DISPUTED)], [Pending, Paid]);
    // An amount deducted from a payout.
    assert_eq!([paid(-500, -500, FREE), paid(-500, 0, FREE)], [Paid, Approved]);
}

#[test]
fn what_is_on_its_way_is_not_paid_yet() {
    use CommissionStatus::{Approved, Paid, Pending};
    let on_its_way = |amount: i64, (paid, reserved): (i64, i64), eligibility_of: CommissionState| {
        let change = |row: &mut Commission| {
            (row.amount, row.paid, row.reserved, row.approved_at) = (amount, paid, reserved, Some(day(30)));
        };
        state(change, eligibility_of, 40).status
    };
    // The first part was paid, the rest is in a payout that may still fail.
    assert_eq!([on_its_way(2_000, (0, 2_000), FREE), on_its_way(2_000, (700, 1_300), FREE)], [Approved, Approved]);
    assert_eq!(on_its_way(2_000, (700, 1_300), DISPUTED), Pending);
    // A refund came after a payment, and a payout deducts it: it was paid, and stays so.
    assert_eq!(on_its_way(1_400, (2_000, -600), FREE), Paid);
    // The refund failed in the meantime: what the payout deducts is owed again, and waits if a dispute holds it.
    assert_eq!(
        [on_its_way(2_000, (2_000, -600), FREE), on_its_way(2_000, (2_000, -600), DISPUTED)],
        [Approved, Pending]
    );
    // Only a part of what is to be deducted has been.
    assert_eq!([on_its_way(-500, (-200, 0), FREE), on_its_way(-500, (-500, 0), FREE)], [Approved, Paid]);
}

#[test]
fn what_may_be_paid() {
    use CommissionStatus::{Approved, Denied, Paid, Pending, Refunded};
    let payable = |status, paid| Commission { status, paid, ..commission() }.is_payable();
    for (status, unpaid, once_paid) in [
        (Pending, false, false),
        (Approved, true, true),
        (Paid, true, true),
        (Refunded, false, true),
        (Denied, false, true),
    ] {
        assert_eq!((payable(status, 0), payable(status, 700)), (unpaid, once_paid), "{status:?}");
    }
    assert_eq!(Commission { amount: 500, paid: 700, ..commission() }.outstanding(), -200);
}

#[test]
fn what_earned_it() {
    let by = |earned_by| {
        let row = Commission { earned_by, ..commission() };
        (earned_by.as_str(), row.day(), row.conversion())
    };
    assert_eq!(by(EarnedBy::Conversion(id(2))), ("Conversion", None, Some(id(2))));
    assert_eq!(by(EarnedBy::Clicks(day(1))), ("Click", Some(day(1)), None));
    assert_eq!(by(EarnedBy::Bonus(day(2))), ("Bonus", Some(day(2)), None));
    assert_eq!(by(EarnedBy::Adjustment(day(3))), ("Adjustment", Some(day(3)), None));
}

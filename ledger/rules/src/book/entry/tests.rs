//! Goal: the entries of a change move exactly what changed, between the right accounts, with the right kind; a negative
//! amount is posted the other way round. Method: one commission before and after, case by case; then any two states.

use proptest::prelude::*;
use shared::{
    id::Id,
    money::{Currency, Money},
    timestamp::Timestamp,
};

use super::{
    AccountKind::{AffiliateApproved, AffiliatePaid, AffiliatePending, CommissionExpense},
    EntryKind::{Approved, Earned, Paid, Reversed, Unapproved},
    *,
};
use crate::commission::{CommissionState, CommissionStatus, EarnedBy, Held, stand};

fn id<K: shared::id::Kind>(number: u8) -> Id<K> {
    Id::from_bytes([number; 16])
}

fn worth(amount: i64, paid: i64, status: CommissionStatus) -> Commission {
    Commission {
        id: id(1),
        earned_by: EarnedBy::Conversion(id(2)),
        affiliate_id: id(3),
        program_id: id(4),
        plan_version_id: None,
        component: 0,
        component_id: None,
        amount,
        earned: Money::new(amount, Currency::USD),
        paid,
        reserved: 0,
        status,
        held: None,
        hold_until: Timestamp::EPOCH,
        approved_at: None,
        reason: String::new(),
    }
}

type Row = (AccountKind, AccountKind, i64, EntryKind);

/// Debit, credit, amount and kind; each entry is of the commission's own tenant, affiliate and cause.
fn rows(before: Option<&Commission>, now: &Commission) -> Vec<Row> {
    let cause = Cause { event_id: Some(id(8)), ..Cause::default() };
    let entries = corrections(id(9), before, now, cause);
    for entry in &entries {
        assert_eq!((entry.cause, entry.commission_id), (cause, Some(now.id)));
        for account in [entry.debit, entry.credit] {
            let whose = (account.kind != CommissionExpense).then_some(now.affiliate_id);
            assert_eq!((account.organization_id, account.affiliate_id), (id(9), whose));
        }
        assert_eq!(entry.debit.currency, entry.credit.currency);
        // By the kind alone, statements leave out moves within what is owed, and the expense's side of the others.
        let is_owed = |account: AccountKey| matches!(account.kind, AffiliatePending | AffiliateApproved);
        match (entry.kind, [entry.debit, entry.credit].map(is_owed)) {
            (Earned, sides) => assert_eq!(sides, [false, true]),
            (Reversed, sides) => assert_eq!(sides, [true, false]),
            (Approved | Unapproved, sides) => assert_eq!(sides, [true, true]),
            (_, sides) => assert_ne!(sides, [true, true]),
        }
    }
    entries.iter().map(|entry| (entry.debit.kind, entry.credit.kind, entry.amount, entry.kind)).collect()
}

#[test]
fn what_is_earned_and_taken_back() {
    use CommissionStatus::{Approved as Payable, Denied, Pending, Refunded};
    let (pending, less) = (worth(2_000, 0, Pending), worth(1_200, 0, Pending));
    assert_eq!(rows(None, &pending), [(CommissionExpense, AffiliatePending, 2_000, Earned)]);
    assert_eq!(rows(Some(&pending), &less), [(AffiliatePending, CommissionExpense, 800, Reversed)]);
    assert_eq!(rows(Some(&less), &pending), [(CommissionExpense, AffiliatePending, 800, Earned)]);
    assert_eq!(rows(Some(&pending), &pending), []);
    // Reported late: payable immediately.
    assert_eq!(rows(None, &worth(2_000, 0, Payable)), [(CommissionExpense, AffiliateApproved, 2_000, Earned)]);
    assert_eq!(rows(None, &worth(0, 0, Refunded)), []);
    let (payable, denied) = (worth(2_000, 0, Payable), worth(0, 0, Denied));
    assert_eq!(rows(Some(&payable), &denied), [(AffiliateApproved, CommissionExpense, 2_000, Reversed)]);
    assert_eq!(
        rows(Some(&denied), &payable),
        [(CommissionExpense, AffiliatePending, 2_000, Earned), (AffiliatePending, AffiliateApproved, 2_000, Approved)]
    );
}

#[test]
fn what_becomes_payable_and_is_held_again() {
    use CommissionStatus::{Approved as Payable, Pending};
    let (pending, payable) = (worth(2_000, 0, Pending), worth(2_000, 0, Payable));
    assert_eq!(rows(Some(&pending), &payable), [(AffiliatePending, AffiliateApproved, 2_000, Approved)]);
    assert_eq!(rows(Some(&payable), &pending), [(AffiliateApproved, AffiliatePending, 2_000, Unapproved)]);
    // A refund and a dispute at the same time: the rest moves.
    assert_eq!(
        rows(Some(&payable), &worth(500, 0, Pending)),
        [
            (AffiliateApproved, CommissionExpense, 1_500, Reversed),
            (AffiliateApproved, AffiliatePending, 500, Unapproved)
        ]
    );
    assert_eq!(
        rows(Some(&worth(500, 0, Pending)), &payable),
        [(CommissionExpense, AffiliatePending, 1_500, Earned), (AffiliatePending, AffiliateApproved, 2_000, Approved)]
    );
}

#[test]
fn what_is_paid_and_owed_back() {
    use CommissionStatus::{Approved as Payable, Paid as Settled, Pending, Refunded};
    let (payable, paid) = (worth(2_000, 0, Payable), worth(2_000, 2_000, Settled));
    assert_eq!(rows(Some(&payable), &paid), [(AffiliateApproved, AffiliatePaid, 2_000, Paid)]);
    let owing = worth(1_200, 2_000, Settled);
    assert_eq!(rows(Some(&paid), &owing), [(AffiliateApproved, CommissionExpense, 800, Reversed)]);
    // The next payout deducts it.
    assert_eq!(rows(Some(&owing), &worth(1_200, 1_200, Settled)), [(AffiliatePaid, AffiliateApproved, 800, Paid)]);
    assert_eq!(
        rows(Some(&worth(0, 2_000, Refunded)), &worth(0, 0, Refunded)),
        [(AffiliatePaid, AffiliateApproved, 2_000, Paid)]
    );
    // Owed again while a dispute holds it: only that part waits.
    let held = worth(2_000, 1_200, Pending);
    assert_eq!(
        rows(Some(&worth(1_200, 1_200, Settled)), &held),
        [(CommissionExpense, AffiliateApproved, 800, Earned), (AffiliateApproved, AffiliatePending, 800, Unapproved)]
    );
    assert_eq!(
        rows(Some(&held), &worth(2_000, 1_200, Payable)),
        [(AffiliatePending, AffiliateApproved, 800, Approved)]
    );
}

#[test]
fn what_is_taken_from_an_affiliate_is_posted_the_other_way() {
    use CommissionStatus::{Approved as Payable, Paid as Settled, Pending};
    let (pending, payable) = (worth(-500, 0, Pending), worth(-500, 0, Payable));
    assert_eq!(rows(None, &pending), [(AffiliatePending, CommissionExpense, 500, Reversed)]);
    assert_eq!(rows(Some(&pending), &payable), [(AffiliateApproved, AffiliatePending, 500, Approved)]);
    assert_eq!(rows(Some(&payable), &worth(-500, -500, Settled)), [(AffiliatePaid, AffiliateApproved, 500, Paid)]);
}

#[test]
fn another_currency_is_another_account() {
    use CommissionStatus::Pending;
    let euro = |row: Commission| Commission { earned: Money::new(row.amount, "EUR".parse().unwrap()), ..row };
    let (before, now) = (worth(2_000, 0, Pending), euro(worth(1_800, 0, Pending)));
    assert_eq!(
        rows(Some(&before), &now),
        [(AffiliatePending, CommissionExpense, 2_000, Reversed), (CommissionExpense, AffiliatePending, 1_800, Earned)]
    );
    let entries = corrections(id(9), Some(&before), &now, Cause::default());
    assert_eq!([entries[0].debit.currency.code(), entries[1].debit.currency.code()], ["USD", "EUR"]);
}

#[test]
fn accounts_and_entries_have_stable_names() {
    for kind in [CommissionExpense, AffiliatePending, AffiliateApproved, AffiliatePaid] {
        assert_eq!(AccountKind::parse(kind.as_str()), Some(kind));
    }
    assert_eq!(AccountKind::parse("cash"), None);
    let names = [Earned, Reversed, Approved, Unapproved, Paid].map(EntryKind::as_str);
    let of = ["earned", "reversed", "approved", "unapproved", "paid"].map(|word| format!("commission_{word}"));
    assert_eq!(names, of.each_ref().map(String::as_str));
}

/// What may happen to a commission: it gets this value and this state; or everything payable is paid.
#[derive(Debug, Clone)]
enum Step {
    Worth(i64, CommissionState, bool),
    Pay,
}

fn any_step() -> impl Strategy<Value = Step> {
    let held = prop::option::weighted(0.3, Just(Held::Dispute));
    let state = (prop::bool::weighted(0.2), any::<bool>(), held);
    let state = state.prop_map(|(denied, released, held)| CommissionState { denied, released, held });
    prop_oneof![
        3 => (-5_i64..5_000, state, any::<bool>()).prop_map(|(amount, state, due)| Step::Worth(amount, state, due)),
        1 => Just(Step::Pay),
    ]
}

proptest! {
    /// Whatever happens, the accounts match the commission.
    #[test]
    fn the_accounts_end_where_the_commission_stands(steps in prop::collection::vec(any_step(), 1..9)) {
        let mut balances = std::collections::BTreeMap::new();
        let mut before: Option<Commission> = None;
        let mut last = CommissionState::default();
        for step in steps {
            let mut now = before.clone().unwrap_or_else(|| worth(0, 0, CommissionStatus::Pending));
            let due = match step {
                Step::Worth(amount, state, due) => {
                    (now.amount, last) = (amount, state);
                    due
                }
                Step::Pay if now.is_payable() => {
                    now.paid = now.amount;
                    true
                }
                Step::Pay => continue,
            };
            let late = Timestamp::EPOCH.plus_days(1);
            now.hold_until = if due { Timestamp::EPOCH } else { late.plus_days(1) };
            stand(&mut now, last, late);
            for (debit, credit, amount, _) in rows(before.as_ref(), &now) {
                prop_assert!(amount > 0);
                *balances.entry(debit).or_insert(0) -= amount;
                *balances.entry(credit).or_insert(0) += amount;
            }
            let owed = if now.is_payable() { [0, now.outstanding()] } else { [now.outstanding(), 0] };
            let of = |kind| balances.get(&kind).copied().unwrap_or(0);
            prop_assert_eq!([of(AffiliatePending), of(AffiliateApproved)], owed, "{:?}", now);
            prop_assert_eq!([of(AffiliatePaid), -of(CommissionExpense)], [now.paid, now.amount]);
            before = Some(now);
        }
    }
}

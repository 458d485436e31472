//! Goal: the refunded amount of a sale follows from the reports, in any order. Method: each kind of report by itself,
//! and any reports in any order.

use proptest::prelude::*;

use super::*;

const SALE: i64 = 10_000;
/// With 20% tax.
const PAID: i64 = 12_000;

fn usd(minor: i64) -> Money {
    Money::new(minor, Currency::USD)
}

const fn known(minor: i64) -> super::Paid {
    super::Paid { minor, is_known: true }
}

fn refund(event: u8, name: &str, amount: i64, basis: Basis, effect: RefundEffect) -> Refund {
    Refund {
        event_id: EventId::from_bytes([event; 16]),
        occurred_at: Timestamp::EPOCH.plus_days(i64::from(event)),
        fact: RefundFact {
            external_id: name.to_owned(),
            refund_of: "sale".to_owned(),
            amount,
            currency: Currency::USD,
            basis,
            effect,
        },
    }
}

fn dispute(event: u8, name: &str, amount: i64, state: DisputeState) -> Dispute {
    Dispute {
        event_id: EventId::from_bytes([event; 16]),
        occurred_at: Timestamp::EPOCH.plus_days(i64::from(event)),
        fact: DisputeFact {
            external_id: name.to_owned(),
            dispute_of: "sale".to_owned(),
            amount,
            total: None,
            currency: Currency::USD,
            state,
        },
    }
}

fn back(refunds: &[Refund], disputes: &[Dispute]) -> GivenBack {
    given_back(usd(SALE), known(PAID), refunds, disputes).unwrap()
}

fn amount(refunds: &[Refund]) -> i64 {
    back(refunds, &[]).amount
}

use Basis::{Commissionable, Paid};
use RefundEffect::{Made, Restored, Total, Undone};

#[test]
fn a_gateways_refund_is_a_part_of_what_was_paid() {
    // 30.00 of 120.00 paid is a quarter: 25.00 of the 100.00 that count.
    assert_eq!(amount(&[refund(1, "re", 3_000, Paid, Made)]), 2_500);
    assert_eq!(amount(&[refund(1, "re", 2_500, Commissionable, Made)]), 2_500);
    // 0.01 of 120.00 is 0.0083 of 100.00: rounded to a cent.
    assert_eq!(amount(&[refund(1, "re", 1, Paid, Made)]), 1);
    assert_eq!(amount(&[refund(1, "re", PAID, Paid, Made)]), SALE);
}

#[test]
fn of_a_sale_without_an_amount_nothing_is_a_part() {
    let of = |refunds: &[Refund], disputes: &[Dispute]| {
        let back = given_back(usd(0), super::Paid { minor: 0, is_known: false }, refunds, disputes).unwrap();
        (back.amount, back.is_any)
    };
    let made = refund(1, "re", 3_000, Paid, Made);
    assert_eq!(of(&[], &[dispute(1, "du", 3_000, DisputeState::Open)]), (0, false));
    assert_eq!(of(&[], &[dispute(1, "du", 3_000, DisputeState::Lost)]), (0, true));
    assert_eq!(of(std::slice::from_ref(&made), &[]), (0, true));
    assert_eq!(of(&[made, refund(2, "re", 3_000, Paid, Undone)], &[]), (0, false));
    assert_eq!(of(&[refund(1, "re", 1, Commissionable, Made)], &[]), (0, true));
}

#[test]
fn told_by_several_events_a_refund_counts_once() {
    let report = [refund(1, "re", 3_000, Paid, Made), refund(2, "re", 3_000, Paid, Made)];
    assert_eq!(amount(&report), 2_500);
    let with_total = [report[0].clone(), refund(3, "ch", 3_000, Paid, Total)];
    assert_eq!(amount(&with_total), 2_500, "the charge's total holds the refund already");
    let more = [report[0].clone(), refund(3, "ch", 6_000, Paid, Total), refund(2, "ch", 3_000, Paid, Total)];
    assert_eq!(amount(&more), 5_000, "the higher total counts");
}

#[test]
fn one_refund_reported_by_the_backend_and_by_the_gateway_counts_once() {
    let (backend, gateway) = (refund(1, "re", 2_500, Commissionable, Made), refund(2, "re", 3_000, Paid, Made));
    for both in [[backend.clone(), gateway.clone()], [gateway.clone(), backend.clone()]] {
        assert_eq!(amount(&both), 2_500);
    }
    // The backend included the tax: the gateway knows how much was returned.
    let whole = back(&[refund(1, "re", PAID, Commissionable, Made), refund(2, "re", PAID, Paid, Made)], &[]);
    assert_eq!((whole.amount, whole.issues), (SALE, vec![]));
    // The charge's total includes it as well, and another refund that only the backend knows is added.
    let total = refund(3, "ch", 3_000, Paid, Total);
    assert_eq!(amount(&[backend.clone(), gateway.clone(), total.clone()]), 2_500);
    assert_eq!(amount(&[refund(4, "cash", 1_000, Commissionable, Made), backend.clone(), gateway, total]), 3_500);
    assert_eq!(amount(&[backend, refund(5, "re", 3_000, Paid, Undone)]), 0);
}

#[test]
fn a_failed_refund_never_was() {
    let failed = refund(2, "re", 3_000, Paid, Undone);
    assert_eq!(amount(&[refund(1, "re", 3_000, Paid, Made), failed.clone()]), 0);
    assert_eq!(amount(&[failed.clone(), refund(3, "re", 3_000, Paid, Made)]), 0);
    assert_eq!(amount(&[refund(1, "ch", 3_000, Paid, Total), failed.clone()]), 0);
    assert_eq!(amount(&[refund(1, "re2", 600, Paid, Made), failed]), 500);
}

#[test]
fn what_comes_back_to_the_brand() {
    let chargeback = refund(1, "adj_1", SALE, Commissionable, Made);
    assert_eq!(amount(&[chargeback.clone(), refund(2, "adj_2", SALE, Commissionable, Restored)]), 0);
    assert_eq!(amount(&[chargeback, refund(2, "adj_2", 4_000, Commissionable, Restored)]), 6_000);
}

#[test]
fn more_than_the_sale_is_the_sale_and_is_shown() {
    let much = back(&[refund(1, "re", 20_000, Paid, Made)], &[]);
    assert_eq!((much.amount, much.issues), (SALE, vec![RefundIssue::RefundExceedsSale]));
    let parts = back(&[refund(1, "a", 7_000, Commissionable, Made), refund(2, "b", 4_000, Commissionable, Made)], &[]);
    assert_eq!((parts.amount, parts.issues), (SALE, vec![RefundIssue::RefundExceedsSale]));
    assert!(back(&[refund(1, "re", PAID, Paid, Made)], &[]).issues.is_empty());
}

#[test]
fn another_currency_takes_nothing_and_is_shown() {
    let mut foreign = refund(1, "re", 3_000, Paid, Made);
    foreign.fact.currency = "EUR".parse().unwrap();
    let report = back(&[foreign, refund(2, "b", 600, Paid, Made)], &[]);
    assert_eq!((report.amount, report.issues), (500, vec![RefundIssue::RefundCurrency]));
}

#[test]
fn a_dispute_freezes_then_takes_or_gives_back() {
    use DisputeState::{Lost, Open, Won};
    let run = |disputes: &[Dispute]| {
        let report = back(&[], disputes);
        (report.amount, report.dispute)
    };
    assert_eq!(run(&[dispute(1, "dp", PAID, Open)]), (0, Some(Open)));
    assert_eq!(run(&[dispute(1, "dp", PAID, Open), dispute(2, "dp", PAID, Won)]), (0, Some(Won)));
    assert_eq!(run(&[dispute(2, "dp", PAID, Lost), dispute(1, "dp", PAID, Open)]), (SALE, Some(Lost)));
    // A second one of the same sale is open: frozen, whatever the result of the first.
    assert_eq!(run(&[dispute(1, "a", 100, Won), dispute(2, "b", 100, Open)]), (0, Some(Open)));
    // Refunded and lost too: not more than the sale.
    let both = back(&[refund(1, "re", PAID, Paid, Made)], &[dispute(2, "dp", PAID, Lost)]);
    assert_eq!(both.amount, SALE);
}

#[test]
fn a_sale_that_was_told_net_is_measured_by_what_the_gateway_says() {
    use DisputeState::Lost;
    // 49.00 without tax, 59.29 with it; no one reported the gross.
    let unknown = super::Paid { minor: 4_900, is_known: false };
    let run = |disputes: &[Dispute], refunds: &[Refund]| {
        let report = given_back(usd(4_900), unknown, refunds, disputes).unwrap();
        (report.amount, report.issues)
    };
    let with_total = |amount: i64| {
        let mut report = dispute(1, "dp", amount, Lost);
        report.fact.total = Some(5_929);
        report
    };
    assert_eq!(run(&[dispute(1, "dp", 5_929, Lost)], &[]), (4_900, vec![]), "all of it, and no trouble");
    assert_eq!(run(&[], &[refund(1, "re", 5_929, Paid, Made)]), (4_900, vec![]));
    assert_eq!(run(&[with_total(2_965)], &[]), (2_450, vec![]), "half");
    assert_eq!(run(&[with_total(5_929)], &[]), (4_900, vec![]));
    assert_eq!(run(&[with_total(2_964)], &[refund(2, "re", 2_965, Paid, Made)]), (4_900, vec![]));
    let much = run(&[with_total(2_965)], &[refund(2, "re", 2_965, Paid, Made)]);
    assert_eq!(much, (4_900, vec![RefundIssue::RefundExceedsSale]), "a cent more than was paid");
    assert_eq!(
        run(&[dispute(1, "dp", 2_965, Lost)], &[]),
        (2_965, vec![]),
        "against the amount, where nothing else is known"
    );
}

#[test]
fn a_sale_of_nothing_and_sums_beyond_64_bits() {
    let free = given_back(usd(0), known(0), &[refund(1, "re", 5, Paid, Made)], &[]).unwrap();
    assert_eq!((free.amount, free.issues), (0, vec![RefundIssue::RefundExceedsSale]));
    let huge = [refund(1, "a", i64::MAX, Paid, Made), refund(2, "b", i64::MAX, Paid, Made)];
    assert_eq!(given_back(usd(SALE), known(PAID), &huge, &[]), Err(MoneyError::Overflow));
}

fn any_refund() -> impl Strategy<Value = Refund> {
    let effect = prop_oneof![4 => Just(Made), 1 => Just(Undone), 1 => Just(Restored), 2 => Just(Total)];
    (any::<u8>(), 0u8..4, 0i64..15_000, any::<bool>(), effect).prop_map(|(event, name, amount, taxed, effect)| {
        refund(event, &format!("re {name}"), amount, if taxed { Paid } else { Commissionable }, effect)
    })
}

proptest! {
    #[test]
    fn any_order_gives_back_the_same(
        report in prop::collection::vec(any_refund(), 0..8).prop_flat_map(|report| (Just(report.clone()), Just(report).prop_shuffle())),
    ) {
        let (straight, shuffled) = report;
        let back = back(&straight, &[]);
        prop_assert!((0..=SALE).contains(&back.amount));
        prop_assert_eq!(back, given_back(usd(SALE), known(PAID), &shuffled, &[]).unwrap());
    }

    /// Whatever the backend reports about refunds that the gateway reports too, in any order, the gateway's figures
    /// stay.
    #[test]
    fn what_the_backend_adds_to_a_gateways_refunds_changes_nothing(
        parts in prop::collection::vec(0i64..4_000, 1..4),
        (reported, order) in prop::collection::vec((0usize..4, 0i64..15_000), 0..6)
            .prop_flat_map(|added| (Just(added), any::<bool>())),
    ) {
        let name = |part: usize| format!("re {part}");
        let gateway: Vec<Refund> =
            parts.iter().enumerate().map(|(part, amount)| refund(1, &name(part), *amount, Paid, Made)).collect();
        let backend = reported.iter().map(|(part, amount)| {
            refund(2, &name(part % parts.len()), *amount, Commissionable, Made)
        });
        let mut both: Vec<Refund> = gateway.iter().cloned().chain(backend).collect();
        if order {
            both.reverse();
        }
        prop_assert_eq!(back(&both, &[]), back(&gateway, &[]));
    }

    /// Parts that add up to the whole refund exactly the whole.
    #[test]
    fn parts_of_what_was_paid(cuts in prop::collection::vec(0i64..PAID, 0..5)) {
        let mut cuts = cuts;
        cuts.extend([0, PAID]);
        cuts.sort_unstable();
        let parts: Vec<Refund> = cuts
            .windows(2)
            .enumerate()
            .map(|(index, pair)| refund(1, &format!("part {index}"), pair[1] - pair[0], Paid, Made))
            .collect();
        let report = back(&parts, &[]);
        prop_assert_eq!((report.amount, report.issues), (SALE, Vec::new()));
    }
}

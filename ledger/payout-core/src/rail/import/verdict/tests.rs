//! Goal: a payout is paid once and owed once, whatever payments it was tried with, and in whatever order a file lists
//! them.
//! Method: files of a few rows about one payout; each case in every order of its rows.

use super::{Verdict::*, *};
use crate::rail::import::{ImportedResult, Name};

const FITS: bool = true;

fn result(fate: Fate, transfer: &str) -> ImportedResult {
    let transfer = (!transfer.is_empty()).then(|| transfer.to_owned());
    ImportedResult { payout: Name::Short("M6Q1W9D3XK".to_owned()), fate, transfer, amount: None, date: None }
}

fn sent(transfer: &str) -> ImportedResult {
    result(Fate::Sent, transfer)
}

fn failed(transfer: &str) -> ImportedResult {
    result(Fate::Failed("Denied".to_owned()), transfer)
}

fn back(transfer: &str) -> ImportedResult {
    result(Fate::CameBack("Payment Refund".to_owned()), transfer)
}

fn pending(transfer: &str) -> ImportedResult {
    result(Fate::Pending, transfer)
}

fn booked(transfer: &str) -> Booked<'_> {
    Booked::Sent(Names { transfer: Some(transfer), reference: None })
}

/// Checks the rows in this order and reversed, each starting from every row.
fn decided(format: Format, booked: Booked<'_>, rows: &[(ImportedResult, Verdict)]) {
    for turn in 0..rows.len() {
        for reversed in [false, true] {
            let mut turned: Vec<&(ImportedResult, Verdict)> = rows.iter().cycle().skip(turn).take(rows.len()).collect();
            if reversed {
                turned.reverse();
            }
            let about: Vec<About<'_>> = turned.iter().map(|row| About { result: &row.0, fits: FITS }).collect();
            let expected: Vec<Verdict> = turned.iter().map(|row| row.1).collect();
            assert_eq!(verdicts(format, booked, &about), expected, "{turned:?}");
        }
    }
}

#[test]
fn a_failure_of_another_payment_undoes_nothing() {
    for format in [Format::PayPal, Format::Wise, Format::Own] {
        decided(format, Booked::Open, &[(sent("8AB"), Settle), (failed("9CD"), OtherTransfer)]);
        decided(format, booked("8AB"), &[(sent("8AB"), Same), (failed("9CD"), OtherTransfer)]);
        decided(format, booked("8AB"), &[(failed("9CD"), OtherTransfer)]);
        decided(format, booked("8AB"), &[(failed("8AB"), Fail)]);
        decided(format, Booked::Open, &[(failed("9CD"), Fail)]);
        decided(format, Booked::Failed, &[(failed("9CD"), Same), (sent("8AB"), Over)]);
    }
    // A failure without an id isn't about the booked payment.
    decided(Format::PayPal, booked("8AB"), &[(failed(""), OtherTransfer)]);
}

#[test]
fn as_long_as_another_payment_is_on_its_way_nothing_failed() {
    decided(Format::Wise, Booked::Open, &[(failed("TRANSFER-1"), OtherTransfer), (pending("TRANSFER-2"), Pending)]);
    decided(
        Format::Wise,
        booked("TRANSFER-1"),
        &[(failed("TRANSFER-1"), OtherTransfer), (pending("TRANSFER-2"), Pending)],
    );
}

#[test]
fn what_was_paid_and_came_back_came_back() {
    decided(Format::PayPal, Booked::Open, &[(sent("8AB"), Settle), (back("8AB"), Fail)]);
    decided(Format::PayPal, booked("8AB"), &[(sent("8AB"), Same), (back("8AB"), Fail)]);
    decided(Format::PayPal, booked("8AB"), &[(back(""), Fail)]);
    decided(Format::PayPal, booked("8AB"), &[(back("9CD"), OtherTransfer)]);
    let returned = Booked::Returned(Names { transfer: Some("8AB"), reference: None });
    decided(Format::PayPal, returned, &[(sent("8AB"), Same), (back("8AB"), Same), (sent("9CD"), Over)]);
    // No one claimed it, and it was returned.
    decided(Format::PayPal, Booked::Open, &[(pending("7AB"), Pending), (back("7AB"), Fail)]);
    decided(Format::PayPal, Booked::Open, &[(pending("7AB"), Pending), (back(""), Fail)]);
    decided(Format::PayPal, Booked::Open, &[(back("7AB"), Fail)]);
}

#[test]
fn of_two_payments_the_one_that_stays_counts() {
    let rows = [(sent("8AB"), OtherTransfer), (back("8AB"), OtherTransfer), (sent("9CD"), Settle)];
    decided(Format::PayPal, Booked::Open, &rows);
    let rows = [(sent("8AB"), Same), (back("8AB"), OtherTransfer), (sent("9CD"), AlreadySent)];
    decided(Format::PayPal, booked("8AB"), &rows);
    let rows = [(sent("8AB"), Same), (sent("9CD"), AlreadySent), (back(""), Unclear)];
    decided(Format::PayPal, booked("8AB"), &rows);
}

#[test]
fn two_payments_that_both_stay_are_one_and_a_question() {
    let (one, other) = (sent("8AB"), sent("9CD"));
    let rows = [About { result: &one, fits: true }, About { result: &other, fits: true }];
    assert_eq!(verdicts(Format::PayPal, Booked::Open, &rows), [Settle, AlreadySent]);
    let rows = [About { result: &one, fits: true }, About { result: &one, fits: true }];
    assert_eq!(verdicts(Format::PayPal, Booked::Open, &rows), [Settle, Same]);
}

#[test]
fn another_amount_is_neither_paid_nor_back() {
    let (paid, denied, part) = (sent("8AB"), failed("9CD"), back("8AB"));
    let rows = [About { result: &paid, fits: false }, About { result: &denied, fits: true }];
    assert_eq!(verdicts(Format::PayPal, Booked::Open, &rows), [AmountDiffers, OtherTransfer]);
    let rows = [About { result: &paid, fits: true }, About { result: &part, fits: false }];
    assert_eq!(verdicts(Format::PayPal, Booked::Open, &rows), [Settle, AmountDiffers]);
}

#[test]
fn a_brands_own_file_need_not_name_the_payment() {
    decided(Format::Own, booked("8AB"), &[(failed(""), Fail)]);
    decided(Format::Own, booked("8AB"), &[(sent(""), Same)]);
    decided(Format::Own, Booked::Open, &[(sent(""), Settle), (failed(""), Fail)]);
    let by_hand = Booked::Sent(Names { transfer: None, reference: Some("bank 118") });
    decided(Format::Own, by_hand, &[(sent("bank 118"), Same), (failed("bank 119"), OtherTransfer)]);
    decided(Format::PayPal, by_hand, &[(failed("9CD"), Fail)]);
    decided(Format::PayPal, by_hand, &[(sent("8AB"), AlreadySent), (failed("9CD"), OtherTransfer)]);
}

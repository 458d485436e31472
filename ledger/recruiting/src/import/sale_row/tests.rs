//! Rows of past sales say what they say, and nothing is guessed.

use super::*;
use crate::import::field::{Kind, guess};

const HEAD: &str = "id,charged_at,affiliate_email,amount,sale_amount,currency,state,paid_at,customer_id";

fn at(text: &str) -> Timestamp {
    Timestamp::parse_rfc3339(text).unwrap()
}

fn read(head: &str, row: &str, terms: SaleTerms) -> Result<SaleRow, Refusal> {
    let head: Vec<String> = head.split(',').map(str::to_owned).collect();
    let cells: Vec<String> = row.split(',').map(str::to_owned).collect();
    let mapping = guess(Kind::Sales, &head);
    let now = at("2026-11-20T08:00:00Z");
    sale(&cells, Reading { head: &head, mapping: &mapping, dates: Order::Automatic, terms, now })
}

#[test]
fn a_sale_is_what_the_row_says() {
    let row = "c_1,2025-03-01,Lauren@A.test,20.00,100,usd,paid,2025-04-15,cus_1";
    let row = read(HEAD, row, SaleTerms::default()).unwrap();
    assert_eq!((row.external_id.as_str(), row.sold_at), ("c_1", at("2025-03-01T00:00:00Z")));
    assert_eq!((row.amount.minor, row.earned.minor, row.earned.currency), (10_000, 2_000, Currency::USD));
    assert_eq!((row.settled, row.paid_at), (Settled::Paid, Some(at("2025-04-15T00:00:00Z"))));
    assert_eq!((row.affiliate_email.as_deref(), row.customer_id.as_deref()), (Some("lauren@a.test"), Some("cus_1")));
}

#[test]
fn columns_of_cents_are_cents() {
    let head = "externalId,occurredAt,affiliateSlug,amountCents,commissionCents,currency";
    let row = read(head, "o_1,2025-03-01,lauren,10000,2000,EUR", SaleTerms::default()).unwrap();
    assert_eq!((row.amount.minor, row.earned.minor, row.settled), (10_000, 2_000, Settled::SettledThere));
    let dub = "id,createdAt,partner email,amount,earnings,currency,status";
    let cents = SaleTerms { in_cents: true, unpaid: Unpaid::PaidHere, ..SaleTerms::default() };
    let row = read(dub, "cm_1,2025-03-01,l@a.test,10000,2000,usd,processed", cents).unwrap();
    assert_eq!((row.amount.minor, row.earned.minor, row.settled), (10_000, 2_000, Settled::PaidHere));
}

#[test]
fn what_is_missing_or_unclear_is_refused() {
    for (row, code) in [
        ("c_1,2025-03-01,,20,100,usd,paid,,", "affiliate_missing"),
        ("c_1,,l@a.test,20,100,usd,paid,,", "date_missing"),
        ("c_1,03/04/2025,l@a.test,20,100,usd,paid,,", "date_unreadable"),
        ("c_1,2027-01-01,l@a.test,20,100,usd,paid,,", "date_in_future"),
        ("c_1,2025-03-01,l@a.test,,100,usd,paid,,", "commission_missing"),
        ("c_1,2025-03-01,l@a.test,1.234,100,usd,paid,,", "amount_unreadable"),
        ("c_1,2025-03-01,l@a.test,20,100,,paid,,", "currency_missing"),
        ("c_1,2025-03-01,l@a.test,20,100,xyz,paid,,", "currency_unknown"),
        ("c_1,2025-03-01,l@a.test,20,100,usd,voided,,", "voided"),
        ("c_1,2025-03-01,l@a.test,20,100,usd,whatever,,", "status_unknown"),
    ] {
        assert_eq!(read(HEAD, row, SaleTerms::default()).unwrap_err().code, code, "{row}");
    }
}

#[test]
fn a_row_without_an_id_is_known_by_its_content() {
    let row = |amount: &str| read(HEAD, &format!(",2025-03-01,l@a.test,{amount},100,usd,due,,"), SaleTerms::default());
    let id = |amount| row(amount).unwrap().external_id;
    assert_eq!(id("20"), id("20.00"), "the same content, written differently");
    assert_ne!(id("20"), id("21"));
}

#[test]
fn a_payment_without_a_date_counts_on_the_day_of_the_sale() {
    let row = read(HEAD, "c_1,2025-03-01,l@a.test,20,100,usd,approved,true,", SaleTerms::default()).unwrap();
    assert_eq!((row.settled, row.paid_at, row.notes.len()), (Settled::Paid, Some(row.sold_at), 1));
}

use proptest::prelude::*;
use shared::money::Money;

use super::{cells::minor, *};

const ID: &str = "po_01kdvdna00e5v8r2m6q1w9d3xk";

fn rows(text: &str) -> Vec<Row> {
    read(text.as_bytes()).unwrap().rows
}

fn codes(text: &str) -> Vec<(u64, Result<Fate, &'static str>)> {
    rows(text)
        .into_iter()
        .map(|row| (row.line, row.result.map(|message| message.fate).map_err(|problem| problem.code)))
        .collect()
}

#[test]
fn each_row_is_read_on_its_own_and_named_by_its_line() {
    let text = format!(
        "payoutId,status,reference,reason\r\n{ID},Sent,bank 118,\r\n\r\nlauren,Sent,,\r\n{ID},maybe,,\r\n{ID},,,\r\n\
         {ID},failed,,\"Account closed,\nsince May\"\r\n{ID},Failed\r\n"
    );
    assert_eq!(
        codes(&text),
        [
            (2, Ok(Fate::Sent)),
            (4, Err("payout_id_invalid")),
            (5, Err("status_unknown")),
            (6, Err("status_missing")),
            (7, Ok(Fate::Failed("Account closed,since May".to_owned()))),
            (9, Ok(Fate::Failed("Status from the payment service: failed".to_owned()))),
        ]
    );
    assert_eq!(rows(&text)[0].result.as_ref().unwrap().transfer.as_deref(), Some("bank 118"));
}

#[test]
fn spreadsheets_write_marks_and_semicolons() {
    let text = format!("\u{feff}payoutId;status;reference;reason\n{ID};Sent;;\n");
    assert_eq!(codes(&text), [(2, Ok(Fate::Sent))]);
}

#[test]
fn of_paypals_activity_only_our_payouts_count() {
    let text = format!(
        "\"Date\",\"Name\",\"Type\",\"Status\",\"Currency\",\"Gross\",\"Fee\",\"Net\",\"Transaction ID\",\"Custom Number\"\n\
         \"12/01/2026\",\"\",\"Mass payment\",\"Completed\",\"USD\",\"-1,059.40\",\"0.00\",\"-1,059.40\",\"8AB12345CD678901E\",\"{ID}\"\n\
         \"12/01/2026\",\"Shop\",\"Express Checkout\",\"Completed\",\"USD\",\"99.00\",\"0.00\",\"99.00\",\"9AB\",\"\"\n\
         \"12/01/2026\",\"\",\"Mass payment\",\"Unclaimed\",\"USD\",\"-5.00\",\"0.00\",\"-5.00\",\"7AB\",\"{ID}\"\n"
    );
    let File { format, rows, .. } = read(text.as_bytes()).unwrap();
    assert_eq!((format, rows.len()), (Format::PayPal, 2));
    let first = rows[0].result.clone().unwrap();
    assert_eq!(first.payout, Name::Id(ID.to_owned()));
    assert_eq!(first.amount, Some((105_940, Currency::USD)));
    assert_eq!(first.transfer.as_deref(), Some("8AB12345CD678901E"));
    assert_eq!(rows[1].result.clone().unwrap().fate, Fate::Pending);
}

#[test]
fn wise_names_payouts_by_their_short_reference() {
    let text = "ID,Status,Direction,Created on,Finished on,Source fee amount,Source fee currency,Target fee amount,Target fee currency,\
                Source name,Source amount (after fees),Source currency,Target name,Target amount (after fees),Target currency,\
                Exchange rate,Reference,Batch,Created by,Category,Note\n\
                TRANSFER-1001,COMPLETED,OUT,2026-08-03 14:20:05,2026-08-03 14:23:11,0.45,EUR,,,Acme,59.40,EUR,Lauren,59.40,EUR,1.0,M6Q1W9D3XK,B1,,,\n\
                TRANSFER-1002,REFUNDED,OUT,2026-08-03 14:20:05,,0.45,EUR,,,Acme,7,EUR,Robin,7,EUR,1.0,m6q1w9d3xz,B1,,,\n\
                TRANSFER-1003,COMPLETED,IN,2026-08-03 14:20:05,,,,,,Buyer,99,EUR,Acme,99,EUR,1.0,M6Q1W9D3XK,,,,\n\
                CARD-1,COMPLETED,OUT,2026-08-03 14:20:05,,,,,,Acme,99,EUR,Shop,99,EUR,1.0,,,,,\n";
    let File { format, rows, .. } = read(text.as_bytes()).unwrap();
    assert_eq!(format, Format::Wise);
    let message: Vec<ImportedResult> = rows.into_iter().map(|row| row.result.unwrap()).collect();
    assert_eq!(message.len(), 2);
    assert_eq!(message[0].payout, Name::Short(super::super::wise::reference(ID)));
    assert_eq!(message[0].amount, Some((5_940, "EUR".parse().unwrap())));
    assert!(matches!(message[1].fate, Fate::Failed(_)));
}

/// Formats rows like the activity report; `to` is the original payment that a row refers to.
fn activity(rows: &[(&str, &str, &str, &str, &str, &str)]) -> String {
    let head =
        "Date,Name,Type,Status,Currency,Gross,Fee,Net,Transaction ID,Reference Txn ID,Custom Number,Balance Impact\n";
    let line = |(date, kind, status, gross, own, to): &(&str, &str, &str, &str, &str, &str)| {
        let (id, to) = to.split_once('|').unwrap_or((ID, to));
        format!("{date},Lena,{kind},{status},USD,{gross},0.00,{gross},{own},{to},{id},\n")
    };
    head.to_owned() + &rows.iter().map(line).collect::<String>()
}

fn fates(text: &str) -> Vec<(Result<Fate, &'static str>, Option<String>)> {
    let one = |row: Row| match row.result {
        Ok(message) => (Ok(message.fate), message.transfer),
        Err(problem) => (Err(problem.code), None),
    };
    rows(text).into_iter().map(one).collect()
}

#[test]
fn money_that_came_in_was_never_sent() {
    let came = |kind: &str| Ok(Fate::CameBack(format!("Status from the payment service: {kind}")));
    let text = activity(&[
        ("12/01/2026", "Mass Payment", "Unclaimed", "-59.40", "7AB", ""),
        ("12/31/2026", "Mass Pay Reversal", "Completed", "59.40", "8CD", "7AB"),
        // With our id, but without the original payment's.
        ("12/31/2026", "Payment Refund", "Completed", "59.40", "8CE", ""),
        // Without our id, but with the original payment's.
        ("12/31/2026", "Payment Refund", "Completed", "59.40", "8CF", "|7AB"),
        ("12/31/2026", "Mass Payment", "Completed", "\"1,059.40\"", "8CG", ""),
        ("12/31/2026", "Payment Refund", "Pending", "59.40", "8CH", "7AB"),
    ]);
    let of = |name: &str| (!name.is_empty()).then(|| name.to_owned());
    assert_eq!(
        fates(&text),
        [
            (Ok(Fate::Pending), of("7AB")),
            (came("Mass Pay Reversal"), of("7AB")),
            (came("Payment Refund"), None),
            (came("Payment Refund"), of("7AB")),
            (came("Mass Payment"), None),
            (Ok(Fate::Pending), of("7AB")),
        ]
    );
    assert_eq!(rows(&text)[3].result.as_ref().unwrap().payout, Name::Transfer("7AB".to_owned()));
    // A report with few columns also says which payment came back.
    let few = "Date,Type,Status,Currency,Gross,Transaction ID,Reference Txn ID,Custom Number\n\
               12/31/2026,Payment Refund,Completed,USD,59.40,8CF,7AB,\n";
    assert_eq!(fates(few), [(came("Payment Refund"), of("7AB"))]);
    // The sign isn't the only indication.
    let message = |row: &str| {
        fates(&format!("Type,Status,Currency,Gross,Balance Impact,Custom Number\n{row},{ID}\n")).remove(0).0
    };
    assert_eq!(message("Mass Payment,Completed,USD,59.40,Debit"), Ok(Fate::Sent));
    assert_eq!(message("Mass Payment,Completed,USD,59.40,Credit"), came("Mass Payment"));
    assert_eq!(message("Mass Pay Reversal,Completed,USD,-59.40,"), came("Mass Pay Reversal"));
    assert_eq!(message("Mass Payment,Completed,USD,\u{2212}59.40,"), Ok(Fate::Sent));
}

#[test]
fn rows_beside_a_payment_are_none() {
    let text = activity(&[
        ("12/01/2026", "General Currency Conversion", "Completed", "59.40", "7AC", "7AB"),
        ("12/01/2026", "General Currency Conversion", "Completed", "-64.00", "7AD", "7AB"),
        ("12/01/2026", "Mass Payment Fee", "Completed", "-0.25", "7AE", "7AB"),
        ("12/01/2026", "Reversal of General Account Hold", "Completed", "59.65", "7AF", "|7AB"),
        ("12/01/2026", "Express Checkout Payment", "Completed", "59.40", "7AG", "|"),
    ]);
    assert_eq!(fates(&text), []);
}

#[test]
fn a_batchs_log_has_no_signs() {
    let message = |status: &str| {
        let text = format!(
            "Transaction ID,Recipient,Status,Amount,Currency,Unique ID\n8AB,l@a.test,{status},59.40,USD,{ID}\n"
        );
        fates(&text).remove(0).0
    };
    assert_eq!(message("Completed"), Ok(Fate::Sent));
    assert_eq!(message("SUCCESS"), Ok(Fate::Sent));
    for status in ["Unclaimed", "ONHOLD", "Pending", "Processed", "Temporary Hold"] {
        assert_eq!(message(status), Ok(Fate::Pending), "{status}");
    }
    for status in ["Returned", "Denied", "BLOCKED", "Refunded", "REVERSED", "Failed", "Expired"] {
        assert!(matches!(message(status), Ok(Fate::Failed(_))), "{status}");
    }
    assert_eq!(message("Partially Refunded"), Err("partly_returned"));
    assert_eq!(message("Cancelled Reversal"), Err("status_unknown"));
}

#[test]
fn wise_says_it_with_its_own_words() {
    let message = |status: &str| {
        let head = "ID,Status,Direction,Target amount (after fees),Target currency,Reference";
        fates(&format!("{head}\nTRANSFER-1,{status},OUT,59.40,EUR,M6Q1W9D3XK\n")).remove(0).0
    };
    assert_eq!((message("COMPLETED"), message("outgoing_payment_sent")), (Ok(Fate::Sent), Ok(Fate::Sent)));
    for status in ["REFUNDED", "funds_refunded", "charged_back", "cancelled"] {
        assert!(matches!(message(status), Ok(Fate::Failed(_))), "{status}");
    }
    for status in ["incoming_payment_waiting", "processing", "funds_converted", "bounced_back"] {
        assert_eq!(message(status), Ok(Fate::Pending), "{status}");
    }
    assert_eq!(message("unclaimed"), Err("status_unknown"));
}

#[test]
fn a_payment_has_the_date_of_its_row() {
    let days = |text: &str| {
        let file = read(text.as_bytes()).unwrap();
        let day =
            |row: &Row| row.result.as_ref().ok().and_then(|message| message.date).and_then(|date| date.on(file.order));
        (file.order, file.rows.iter().map(|row| day(row).map(|day| day.to_string())).collect::<Vec<_>>())
    };
    let day = |text: &str| Some(text.to_owned());
    // A row that isn't ours reveals the order, too.
    let text = activity(&[
        ("12/05/2026", "Mass Payment", "Completed", "-59.40", "8AB", ""),
        ("12/29/2026", "Express Checkout Payment", "Completed", "9.00", "7AG", "|"),
    ]);
    assert_eq!(days(&text), (Some(Order::MonthFirst), vec![day("2026-12-05")]));
    let text = text.replace("12/29/2026", "12/11/2026");
    assert_eq!(days(&text), (None, vec![None]));
    let wise = "ID,Status,Created on,Finished on,Target amount (after fees),Target currency,Reference\n\
                T-1,COMPLETED,2026-12-29 23:00:01,2026-12-30 08:00:00,59.40,EUR,M6Q1W9D3XK\n\
                T-2,COMPLETED,2026-12-29 23:00:01,,59.40,EUR,M6Q1W9D3XK\n\
                T-3,REFUNDED,2026-12-29 23:00:01,2026-12-30 08:00:00,59.40,EUR,M6Q1W9D3XK\n";
    assert_eq!(days(wise), (None, vec![day("2026-12-30"), day("2026-12-29"), None]));
    let own =
        format!("payoutId,status,reference,reason,paidOn\n{ID},Sent,,,2026-12-29\n{ID},Sent,,,\n{ID},Sent,,,soon\n");
    assert_eq!(days(&own).1, [day("2026-12-29"), None, None]);
    assert_eq!(codes(&own)[2].1, Err("date_unreadable"));
}

#[test]
fn what_is_no_such_file_is_said() {
    assert_eq!(read(b""), Err(Unreadable::Empty));
    assert_eq!(read(&[0xff, 0xfe, 0]), Err(Unreadable::NoText));
    assert!(matches!(read(b"name,amount\nLauren,5\n"), Err(Unreadable::Headings(named)) if named == "name, amount"));
    let long = format!("payoutId,status\n{}", format!("{ID},Sent\n").repeat(ROWS_MAX + 1));
    assert_eq!(read(long.as_bytes()), Err(Unreadable::TooLong));
}

#[test]
fn amounts_are_read_in_either_writing_or_not_at_all() {
    for (text, currency, expected) in [
        ("-59.40", "USD", Some(5_940)),
        ("59,4", "EUR", Some(5_940)),
        ("1,234.50", "USD", Some(123_450)),
        ("1.234,50", "EUR", Some(123_450)),
        ("1,234", "USD", Some(123_400)),
        ("5000", "JPY", Some(5_000)),
        ("5000.00", "JPY", Some(5_000)),
        ("1.2345", "USD", None),
        ("", "USD", None),
    ] {
        assert_eq!(minor(text, currency).map(|(minor, _)| minor), expected, "{text}");
    }
}

proptest! {
    #[test]
    fn no_file_panics(bytes in prop::collection::vec(any::<u8>(), 0..300), own: bool) {
        let head: &[u8] = if own { b"payoutId,status,reference,reason\n" } else { b"Status,Custom Number,Gross,Currency\n" };
        let _ = read(&[head, &bytes].concat());
        let _ = read(&bytes);
    }

    #[test]
    fn what_we_write_we_read(minor_units in 1i64..1_000_000_000, code in prop::sample::select(vec!["USD", "JPY", "KWD"])) {
        let currency: Currency = code.parse().unwrap();
        let text = Money::new(minor_units, currency).major();
        prop_assert_eq!(minor(&text, code), Some((minor_units, currency)));
    }
}

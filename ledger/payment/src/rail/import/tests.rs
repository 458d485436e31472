use proptest::prelude::*;

use super::*;

const ID: &str = "po_01kdvdna00e5v8r2m6q1w9d3xk";

fn rows(text: &str) -> Vec<Row> {
    read(text.as_bytes()).unwrap().1
}

fn codes(text: &str) -> Vec<(u64, Result<Fate, &'static str>)> {
    rows(text)
        .into_iter()
        .map(|row| (row.line, row.said.map(|said| said.fate).map_err(|problem| problem.code)))
        .collect()
}

#[test]
fn each_row_stands_for_itself_and_is_named_by_its_line() {
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
            (9, Ok(Fate::Failed("The payment service says: failed".to_owned()))),
        ]
    );
    assert_eq!(rows(&text)[0].said.as_ref().unwrap().reference.as_deref(), Some("bank 118"));
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
    let (format, rows) = read(text.as_bytes()).unwrap();
    assert_eq!((format, rows.len()), (Format::PayPal, 2));
    let first = rows[0].said.clone().unwrap();
    assert_eq!(first.payout, Name::Id(ID.to_owned()));
    assert_eq!(first.amount, Some((105_940, Currency::USD)));
    assert_eq!(first.reference.as_deref(), Some("8AB12345CD678901E"));
    assert_eq!(rows[1].said.clone().unwrap().fate, Fate::Pending);
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
    let (format, rows) = read(text.as_bytes()).unwrap();
    assert_eq!(format, Format::Wise);
    let said: Vec<Said> = rows.into_iter().map(|row| row.said.unwrap()).collect();
    assert_eq!(said.len(), 2);
    assert_eq!(said[0].payout, Name::Short(super::super::wise::reference(ID)));
    assert_eq!(said[0].amount, Some((5_940, "EUR".parse().unwrap())));
    assert!(matches!(said[1].fate, Fate::Failed(_)));
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
        prop_assert_eq!(minor(&super::super::major(minor_units, currency), code), Some((minor_units, currency)));
    }
}

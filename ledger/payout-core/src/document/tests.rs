//! Tests that read documents back with another library and check their content.

use lopdf::Object;
use shared::{money::Currency, timestamp::Timestamp};

use super::{
    Document,
    receipt::{Dated, Line, Party, Receipt},
    yearly::{InCurrency, Month, Yearly},
};
use crate::step::Status;

fn at(text: &str) -> Timestamp {
    Timestamp::parse_rfc3339(text).unwrap()
}

fn dated(text: &str, date: &str) -> Dated {
    Dated { at: at(text), date: date.to_owned() }
}

fn receipt(name: &str, currency: &str, lines: Vec<Line>) -> Receipt {
    Receipt {
        brand: Party { name: "Acme Outdoor GmbH".to_owned(), lines: vec!["acme.example".to_owned()] },
        affiliate: Party { name: name.to_owned(), lines: vec!["lauren@example.com".to_owned()] },
        affiliate_id: "aff_01kdvdna00fec9rpb7dk6gd3hy".to_owned(),
        payout_id: "po_01kdvdna00e5v8r2m6q1w9d3xk".to_owned(),
        status: Status::Sent,
        currency: currency.parse().unwrap(),
        gross: lines.iter().map(|line| line.amount).sum(),
        withheld: 0,
        withheld_reason: None,
        returned: 0,
        withheld_returned: 0,
        rail: "Stripe".to_owned(),
        destination: Some("acct_…3hy".to_owned()),
        transfer: Some("tr_1NirFB2eZvKYlo2CkTbPzGHi".to_owned()),
        reference: Some("December".to_owned()),
        reason: None,
        created: dated("2026-12-01T08:00:00Z", "1 Dec 2026"),
        sent: Some(dated("2026-12-01T08:00:04Z", "1 Dec 2026")),
        ended: None,
        time_zone: "Europe/Berlin".to_owned(),
        bank_refused: None,
        lines,
        test_mode: false,
    }
}

fn line(day: u32, what: &str, amount: i64) -> Line {
    let day = day % 30 + 1;
    Line {
        earned: dated(&format!("2026-11-{day:02}T10:00:00Z"), &format!("{day} Nov 2026")),
        program: "Winter campaign".to_owned(),
        what: what.to_owned(),
        amount,
    }
}

/// Number of pages and text of all pages, with whitespace collapsed.
fn text(pdf: &[u8]) -> (usize, String) {
    let read = lopdf::Document::load_mem(pdf).expect("a PDF");
    let pages: Vec<u32> = read.get_pages().keys().copied().collect();
    let text = read.extract_text(&pages).expect("text").replace(['\n', '\u{a0}'], " ");
    (pages.len(), text.split_whitespace().collect::<Vec<_>>().join(" "))
}

fn keep(name: &str, pdf: &[u8]) {
    if let Some(folder) = std::env::var_os("KEEP_PDF") {
        std::fs::write(std::path::Path::new(&folder).join(format!("{name}.pdf")), pdf).unwrap();
    }
}

fn strictly(document: &Document) {
    let faces = super::face::Faces::new().unwrap();
    let pages = super::layout::lay_out(&faces, document);
    let strict = krilla::configure::ConfigurationBuilder::new()
        .with_accessibility_validator(krilla::configure::Accessibility::UA1)
        .finish()
        .unwrap();
    super::write::attempt(&faces, document, &pages, strict).expect("PDF/UA-1");
}

#[test]
fn a_receipt_says_all_that_it_is_about() {
    let mut sheet =
        receipt("Lauren Müller-Łukasz", "USD", vec![line(3, "Sale A-1001", 123_450), line(4, "Sale A-0900", -500)]);
    sheet.withheld = 29_508;
    sheet.withheld_reason = Some("No valid tax form is on file: 24% back-up withholding (IRC §3406).".to_owned());
    let pdf = sheet.pdf().unwrap();
    keep("receipt", &pdf);
    let (pages, text) = text(&pdf);
    assert_eq!(pages, 1);
    for part in [
        "Payout receipt USD 934.42",
        "Acme Outdoor GmbH",
        "Lauren Müller-Łukasz",
        "po_01kdvdna00e5v8r2m6q1w9d3xk",
        "4 Nov 2026 to 5 Nov 2026",
        "tr_1NirFB2eZvKYlo2CkTbPzGHi",
        "Sale A-1001",
        "1,234.50",
        "Reversal: Sale A-0900",
        "−5.00",
        "1,229.50",
        "−295.08",
        "24% back-up withholding",
        "You received",
        "Page 1 of 1",
    ] {
        assert!(text.contains(part), "{part:?} isn't in {text}");
    }
    assert!(!text.contains('□'));
    strictly(&sheet.document());
}

#[test]
fn equal_input_gives_equal_bytes() {
    let document = receipt("Lauren", "USD", (0..80).map(|n| line(n, "Sale", 100)).collect());
    assert_eq!(document.pdf().unwrap(), document.pdf().unwrap());
    let other = Receipt { reference: Some("January".to_owned()), ..document.clone() };
    assert_ne!(document.pdf().unwrap(), other.pdf().unwrap());
}

#[test]
fn a_thousand_items_run_on_and_none_is_lost() {
    let lines: Vec<Line> = (0..1_000).map(|n| line(n, &format!("Sale <{n:04}>"), i64::from(n) + 1)).collect();
    let sheet = receipt("Lauren", "USD", lines);
    let pdf = sheet.pdf().unwrap();
    keep("thousand", &pdf);
    let (pages, text) = text(&pdf);
    assert!((15..=40).contains(&pages), "{pages}");
    for n in 0..1_000 {
        assert_eq!(text.matches(&format!("Sale <{n:04}>")).count(), 1, "{n}");
    }
    // The header is on each page with rows, and every page has its number.
    assert!(text.matches("Amount, USD").count() >= pages - 1, "{}", text.matches("Amount, USD").count());
    assert!((1..=pages).all(|page| text.contains(&format!("Page {page} of {pages}"))));
    assert!(text.contains("5,005.00"));
    strictly(&sheet.document());
}

#[test]
fn names_in_any_script() {
    for (name, covered) in [
        ("Ελένη Παπαδοπούλου", true),
        ("Наталія Ґонта", true),
        ("Nguyễn Thị Ánh", true),
        ("שרה כהן", true),
        ("مریم العلي", true),
        ("张伟", false),
        ("山田 太郎 (Yamada)", false),
        ("🎿 Ski", false),
        ("\u{202e}desrever\u{0}\u{feff}", true),
        ("", true),
    ] {
        let sheet = receipt(name, "EUR", vec![line(1, "Sale", 100)]);
        let pdf = sheet.pdf().unwrap();
        keep(&format!("name-{}", name.chars().count()), &pdf);
        let read = lopdf::Document::load_mem(&pdf).unwrap();
        let info =
            read.trailer.get(b"Info").and_then(Object::as_reference).and_then(|id| read.get_dictionary(id)).unwrap();
        let keywords = info.get(b"Keywords").ok().map(|words| lopdf::decode_text_string(words).unwrap());
        assert_eq!(keywords.is_none(), covered, "{name}: {keywords:?}");
        if let Some(keywords) = keywords {
            assert!(keywords.contains(name), "{name}: {keywords}");
        }
        assert_eq!(text(&pdf).1.contains("stands for a character"), !covered, "{name}");
        strictly(&sheet.document());
    }
}

#[test]
fn every_currency_by_its_own_decimals() {
    for (currency, shown, title) in
        [("JPY", "123,456", "JPY 123,456"), ("KWD", "123.456", "KWD 123.456"), ("USD", "1,234.56", "USD 1,234.56")]
    {
        let (_, text) = text(&receipt("Lauren", currency, vec![line(1, "Sale", 123_456)]).pdf().unwrap());
        assert!(text.contains(&format!("receipt {title}")) && text.matches(shown).count() >= 4, "{text}");
    }
}

#[test]
fn what_is_not_paid_says_so_first() {
    let sent = receipt("Lauren", "USD", vec![line(1, "Sale", 10_000)]);
    let because = Some("The account was closed.".to_owned());
    for (document, part, received) in [
        (
            Receipt { status: Status::Failed, reason: because.clone(), sent: None, ..sent.clone() },
            "Failed. Nothing was sent, and the full amount is payable again. The account was closed.",
            "You received 0.00",
        ),
        (
            Receipt { status: Status::Reversed, returned: 10_000, ..sent.clone() },
            "USD 100.00 was sent and returned in full",
            "You received 0.00",
        ),
        (Receipt { returned: 2_500, ..sent.clone() }, "USD 25.00 of USD 100.00 was returned", "You received 75.00"),
        (
            Receipt { status: Status::Unknown, sent: None, ..sent.clone() },
            "Not confirmed yet",
            "You will receive 100.00",
        ),
        (
            Receipt { status: Status::Scheduled, lines: Vec::new(), sent: None, ..sent.clone() },
            "Not paid yet",
            "No commissions reserved yet",
        ),
        (
            Receipt { bank_refused: Some("The account number is wrong.".to_owned()), ..sent.clone() },
            "rejected by the recipient’s bank",
            "You received 100.00",
        ),
    ] {
        let pdf = document.pdf().unwrap();
        keep(&format!("not-{}-{}", document.status.as_str(), document.returned), &pdf);
        let (_, text) = text(&pdf);
        let place = text.find(part).unwrap_or_else(|| panic!("{part} isn't in {text}"));
        assert!(place < text.find("Status").unwrap());
        assert!(text.contains(received), "{text}");
    }
    assert!(sent.notice().is_none());
}

#[test]
fn a_year_by_months() {
    let mut usd = InCurrency { currency: Currency::USD, months: [Month::default(); 12] };
    usd.months[2] = Month { payouts: 2, gross: 20_000, withheld: 4_800, ..Month::default() };
    usd.months[11] = Month { payouts: 0, gross: 0, withheld: 0, returned: 10_000, withheld_returned: 2_400 };
    let yen = InCurrency { currency: "JPY".parse().unwrap(), ..usd.clone() };
    let receipt = Yearly {
        brand: Party { name: "Acme".to_owned(), lines: Vec::new() },
        affiliate: Party { name: "Lauren".to_owned(), lines: Vec::new() },
        affiliate_id: "aff_01kdvdna00fec9rpb7dk6gd3hy".to_owned(),
        year: 2026,
        currencies: vec![usd, yen],
        as_of: Some(dated("2027-01-01T00:00:00Z", "1 Jan 2027")),
        unfinished: false,
        test_mode: true,
    };
    let pdf = receipt.pdf().unwrap();
    keep("yearly", &pdf);
    let (_, text) = text(&pdf);
    for part in [
        "Received in USD: 76.00",
        "March 2 200.00 −48.00 0.00 152.00",
        "December 0 0.00 24.00 −100.00 −76.00",
        "Year 2 200.00 −24.00 −100.00 76.00",
        "Received in JPY: 7,600",
        "isn’t a tax document",
        "Test mode",
    ] {
        assert!(text.contains(part), "{part:?} isn't in {text}");
    }
    strictly(&receipt.document());
    let nothing = Yearly { currencies: Vec::new(), unfinished: true, ..receipt };
    assert!(super::tests::text(&nothing.pdf().unwrap()).1.contains("Nothing was paid in 2026."));
}

//! A table of invalid inputs: each line names the invalid field.

use proptest::prelude::*;

use super::*;

const NOW: i64 = 1_790_000_000;

fn run(json: &str) -> Result<Conversion, ErrorBody> {
    conversion(&object(json.as_bytes())?, &CAMEL, ConversionSource::S2s, Timestamp::from_seconds(NOW).unwrap())
}

/// A valid sale with more fields in it.
fn with(more: &str) -> Result<Conversion, ErrorBody> {
    run(&format!(
        r#"{{"externalEventId":"order_1","amountCents":4900{}{more}}}"#,
        if more.is_empty() { "" } else { "," }
    ))
}

#[test]
fn everything_at_once() {
    let program = ProgramId::from_bytes([2; 16]);
    let read = run(&format!(
        r#"{{"externalEventId":" order_1 ","type":"refund","refundOf":"order_0","amountCents":4900,"currency":" eur ","affiliateSlug":"Lauren_1",
            "clickToken":"rkc_x","couponCode":"SAVE20","customerId":"c1","customerEmail":" Ann@Example.COM ","country":"de","subscriptionId":"s1","productId":"p1",
            "programId":"{program}","occurredAt":"2026-09-21T10:00:00+02:00","metadata":{{"a":"b","n":[1,{{"x":null}}]}},"unknown":{{"is":"ignored"}}}}"#
    ))
    .unwrap();
    assert_eq!(
        (read.external_event_id.as_str(), read.kind, read.amount_cents),
        ("order_1", ConversionType::Refund, 4_900)
    );
    assert_eq!(
        (read.currency.code(), read.affiliate_slug.as_deref(), read.refund_of.as_deref()),
        ("EUR", Some("Lauren_1"), Some("order_0"))
    );
    assert_eq!(
        (read.customer_email.as_deref(), read.program_id, read.metadata.len()),
        (Some("ann@example.com"), Some(program), 2)
    );
    assert_eq!(read.occurred_at.map(|moment| moment.to_string()).as_deref(), Some("2026-09-21T08:00:00Z"));
    assert_eq!(read.country.as_deref(), Some("DE"));
}

#[test]
fn defaults() {
    let read = with("").unwrap();
    assert_eq!(
        (read.kind, read.currency, read.occurred_at, read.metadata.len()),
        (ConversionType::Sale, Currency::USD, None, 0)
    );
    assert_eq!(with(r#""currency":null,"type":null,"customerId":null,"metadata":null"#).unwrap(), read);
    assert_eq!(run(r#"{"externalEventId":"l1","type":"lead"}"#).unwrap().amount_cents, 0);
    assert_eq!(with(r#""amountCents":0"#).unwrap().amount_cents, 0);
    assert_eq!(with(r#""amountCents":1000000000000000"#).unwrap().amount_cents, AMOUNT_MAX);
}

#[test]
fn what_was_paid_in_all_is_at_least_the_amount_and_of_sales_only() {
    let paid = |json: &str| with(json).map(|read| read.paid_cents).map_err(|error| error.field);
    assert_eq!(paid(""), Ok(None));
    assert_eq!(paid(r#""amountCents":4900,"paidCents":5929"#), Ok(Some(5_929)));
    for wrong in ["4899", "-1", "59.29", r#""5929""#, "true"] {
        let json = format!(r#""amountCents":4900,"paidCents":{wrong}"#);
        assert_eq!(paid(&json), Err(Some("paidCents".to_owned())), "{wrong}");
    }
    let lead = run(r#"{"externalEventId":"l1","type":"lead","paidCents":100}"#).unwrap();
    assert_eq!(lead.paid_cents, None);
}

#[test]
fn a_page_can_not_date_anything_and_claims_limited_amounts() {
    let by_page = |json: &str| {
        let map = object(json.as_bytes()).unwrap();
        conversion(&map, &SNAKE, ConversionSource::Pixel, Timestamp::from_seconds(NOW).unwrap())
    };
    let dated = r#"{"external_event_id":"o1","amount_cents":1,"occurred_at":"2020-01-01T00:00:00Z"}"#;
    assert_eq!(by_page(dated).unwrap().occurred_at, None);
    let most = format!(r#"{{"external_event_id":"o1","amount_cents":{CLAIMED_AMOUNT_MAX}}}"#);
    assert_eq!(by_page(&most).unwrap().amount_cents, CLAIMED_AMOUNT_MAX);
    let more = format!(r#"{{"external_event_id":"o1","amount_cents":{}}}"#, CLAIMED_AMOUNT_MAX + 1);
    assert_eq!(by_page(&more).unwrap_err().field.as_deref(), Some("amount_cents"));
}

#[test]
fn only_a_lead_has_a_name() {
    let lead = |name: &str| run(&format!(r#"{{"externalEventId":"l1","type":"lead","customerName":{name}}}"#));
    assert_eq!(lead("\" Ann Lee \"").unwrap().customer_name.as_deref(), Some("Ann Lee"));
    assert_eq!(lead("null").unwrap().customer_name, None);
    let long = format!("\"{}\"", "x".repeat(256));
    for wrong in ["7", "{}", "\"\"", "\" \"", "\"Ann\\nLee\"", long.as_str()] {
        let error = lead(wrong).unwrap_err();
        let named = (error.code.as_str(), error.field.as_deref());
        assert_eq!(named, ("validation_failed", Some("customerName")), "{wrong}");
    }
    for name in ["\"Ann Lee\"", "7"] {
        assert_eq!(with(&format!(r#""customerName":{name}"#)).unwrap().customer_name, None, "of a sale: {name}");
    }
}

#[test]
fn a_page_loses_no_lead_over_a_name() {
    let by_page = |name: &str| {
        let json = format!(r#"{{"external_event_id":"l1","type":"lead","customer_name":{name}}}"#);
        let map = object(json.as_bytes()).unwrap();
        let read = conversion(&map, &SNAKE, ConversionSource::Pixel, Timestamp::from_seconds(NOW).unwrap());
        read.unwrap().customer_name
    };
    assert_eq!(by_page("\" Ann Lee \"").as_deref(), Some("Ann Lee"));
    let long = format!("\"{}\"", "x".repeat(256));
    for wrong in ["7", "\"\"", "\"Ann\\u0000\"", long.as_str()] {
        assert_eq!(by_page(wrong), None, "{wrong}");
    }
}

#[test]
fn what_is_no_object() {
    for (body, code) in [
        ("", "malformed_json"),
        ("{", "malformed_json"),
        ("{\"a\":1}x", "malformed_json"),
        ("{'a':1}", "malformed_json"),
        ("{\"a\":1e400}", "malformed_json"),
        ("null", "validation_failed"),
        ("[]", "validation_failed"),
        ("\"x\"", "validation_failed"),
        ("1", "validation_failed"),
    ] {
        assert_eq!(object(body.as_bytes()).unwrap_err().code, code, "{body}");
    }
    assert_eq!(object(&[0xff, 0xfe]).unwrap_err().code, "malformed_json");
    assert_eq!(object("[".repeat(100_000).as_bytes()).unwrap_err().code, "malformed_json", "nested without end");
}

#[test]
fn the_external_event_id() {
    let long = "x".repeat(256);
    for id in
        ["null", "1", "\"\"", "\"  \"", "{}", "\"a\\u0000b\"", "\"a\\nb\"", "\"a\\u0085b\"", &format!("\"{long}\"")]
    {
        let error = run(&format!(r#"{{"externalEventId":{id},"amountCents":1}}"#)).unwrap_err();
        assert_eq!(
            (error.code.as_str(), error.field.as_deref()),
            ("validation_failed", Some("externalEventId")),
            "{id}"
        );
    }
    assert_eq!(run(r#"{"amountCents":1}"#).unwrap_err().field.as_deref(), Some("externalEventId"));
    assert!(run(&format!(r#"{{"externalEventId":"{}","amountCents":1}}"#, &long[1..])).is_ok());
}

#[test]
fn amounts() {
    for amount in [
        "-1",
        "49.5",
        "49.0",
        "4.9e3",
        "1e2",
        "\"4900\"",
        "true",
        "[]",
        "{}",
        "1000000000000001",
        "18446744073709551615",
        "99999999999999999999999",
        "-9223372036854775808",
        "-0.0",
    ] {
        let error = run(&format!(r#"{{"externalEventId":"o","amountCents":{amount}}}"#)).unwrap_err();
        assert_eq!(
            (error.code.as_str(), error.field.as_deref()),
            ("validation_failed", Some("amountCents")),
            "{amount}"
        );
    }
    for body in [
        r#"{"externalEventId":"o"}"#,
        r#"{"externalEventId":"o","amountCents":null}"#,
        r#"{"externalEventId":"o","type":"refund","refundOf":"p"}"#,
        r#"{"externalEventId":"o","type":"lead","amountCents":100}"#,
    ] {
        assert_eq!(run(body).unwrap_err().field.as_deref(), Some("amountCents"), "{body}");
    }
}

#[test]
fn currencies_have_codes_of_their_own() {
    for (currency, code) in [
        ("\"XYZ\"", "unsupported_currency"),
        ("\"US\"", "currency_must_be_3_letters"),
        ("\"\"", "currency_must_be_3_letters"),
        ("\"U5D\"", "currency_must_be_3_letters"),
        ("\"dollars\"", "currency_must_be_3_letters"),
        ("840", "validation_failed"),
    ] {
        let error = with(&format!(r#""currency":{currency}"#)).unwrap_err();
        assert_eq!((error.code.as_str(), error.field.as_deref()), (code, Some("currency")), "{currency}");
        let named = (code == "unsupported_currency").then_some("XYZ");
        assert_eq!(error.currency.as_deref(), named, "{currency}");
    }
}

#[test]
fn each_listed_currency_is_accepted() {
    const LISTED: &str = "USD EUR GBP CAD AUD JPY CHF SEK NOK DKK NZD SGD HKD MXN BRL INR ZAR PLN CZK HUF RON ILS TRY KRW PHP \
                          THB MYR IDR AED SAR CNY";
    let codes: Vec<&str> = LISTED.split_ascii_whitespace().collect();
    assert_eq!(codes.len(), 31);
    for code in codes {
        for text in [code.to_owned(), code.to_lowercase(), format!(" {code} ")] {
            let read = with(&format!(r#""currency":"{text}""#)).unwrap();
            assert_eq!(read.currency.code(), code, "{text:?}");
        }
    }
}

#[test]
fn each_other_field() {
    let long = format!("\"{}\"", "x".repeat(256));
    for (field, values) in [
        ("type", &["\"Sale\"", "\"purchase\"", "1", "\"\""][..]),
        ("affiliateSlug", &["\"ab\"", "\"a b c\"", "\"a/b\"", "7", "\"\""]),
        ("clickToken", &["7", "\"a\\u0000\"", &long]),
        ("couponCode", &["[]", "\"\"", &long]),
        ("customerId", &["7", "\"\\t\"", &long]),
        ("customerEmail", &["\"ann\"", "\"a@b\"", "\"@b.co\"", "\"a@@b.co\"", "\"a b@c.de\"", "\"a@b..c\"", "1"]),
        ("country", &["\"DEU\"", "\"D\"", "\"D1\"", "\"\u{c4}\"", "\"\"", "49"]),
        ("programId", &["\"prog_1\"", "\"aff_01h455vb4pex5vsknk084sn02q\"", "{}"]),
        (
            "occurredAt",
            &["\"yesterday\"", "1790000000", "\"2026-09-21\"", "\"2026-09-23T00:00:00Z\"", "\"1969-01-01T00:00:00Z\""],
        ),
        ("metadata", &["[]", "\"x\"", "{\"\":1}", "{\"a\":\"\\u0000\"}", "{\"a\":[{\"b\\u0000\":1}]}"]),
    ] {
        for value in values {
            let error = with(&format!(r#""{field}":{value}"#)).unwrap_err();
            assert_eq!((error.code.as_str(), error.field.as_deref()), ("validation_failed", Some(field)), "{value}");
        }
    }
    assert_eq!(with(r#""type":"refund""#).unwrap_err().field.as_deref(), Some("refundOf"));
    assert!(with(r#""occurredAt":"2026-09-21T15:00:00Z""#).is_ok(), "a clock that is ahead by less than a day");
}

#[test]
fn metadata_has_limits() {
    let keys = |n: usize| (0..n).map(|n| format!("\"k{n}\":1")).collect::<Vec<_>>().join(",");
    assert!(with(&format!(r#""metadata":{{{}}}"#, keys(50))).is_ok());
    for metadata in [keys(51), format!("\"a\":\"{}\"", "x".repeat(1_000)), format!("\"{}\":1", "k".repeat(65))] {
        assert_eq!(with(&format!(r#""metadata":{{{metadata}}}"#)).unwrap_err().field.as_deref(), Some("metadata"));
    }
}

#[test]
fn only_a_refund_has_a_sale_to_refund() {
    assert_eq!(with(r#""refundOf":"order_0""#).unwrap().refund_of, None);
}

proptest! {
    #[test]
    fn no_bytes_panic(bytes: Vec<u8>) {
        let _ = object(&bytes).map(|map| conversion(&map, &CAMEL, ConversionSource::S2s, Timestamp::EPOCH));
    }

    #[test]
    fn nothing_unstorable_gets_through(text in "\\PC{0,10}[\\x00-\\x1f]?\\PC{0,10}") {
        let value = serde_json::to_string(&text).unwrap();
        if let Ok(read) = with(&format!(r#""customerId":{value}"#)) {
            prop_assert!(!read.customer_id.unwrap_or_default().chars().any(char::is_control));
        }
    }
}

//! Tests of `admit`: what a peer's feed can and can't say.

use serde_json::json;

use super::*;

const ORIGIN: &str = "https://peer.test";

fn listing() -> Value {
    json!({
        "id": "prog_1", "version": 5, "brand": "Acme", "title": "Partner program", "summary": "Spreadsheets.",
        "description": "One\n\ntwo.", "site": "https://acme.test", "page": "https://peer.test/network/acme",
        "pays": [{"type": "percentage", "ratePercent": "20"}], "windowDays": 60, "holdDays": 30,
        "payoutRhythm": "Monthly", "currency": "EUR", "topics": ["Business", "Nonsense"], "formats": [],
        "countries": ["DE", "XX"], "languages": ["de", "tlh"], "channelKinds": ["YouTube"], "audienceMin": "From1k",
        "whoFor": "", "forbidden": "", "somethingNew": {"a": 1},
    })
}

fn feed(items: &[Value]) -> Value {
    let next = items.last().and_then(|item| item["version"].as_i64()).unwrap_or(4);
    json!({"format": FORMAT, "installation": ORIGIN, "after": 4, "next": next, "more": false, "newest": 9, "items": items})
}

fn page(feed: &Value) -> Result<Page, &'static str> {
    read(feed.to_string().as_bytes(), ORIGIN, 4)
}

fn with(field: &str, value: Value) -> Value {
    let mut item = listing();
    item[field] = value;
    item
}

#[test]
fn a_listing_keeps_what_we_know() {
    let read = page(&feed(&[listing()])).unwrap();
    assert_eq!((read.next, read.dropped, read.restart), (5, 0, false));
    let Some(Change::Keep { program, version: 5, listing, earnings }) = read.changes.first() else {
        panic!("{read:?}")
    };
    assert_eq!((program.as_str(), earnings.as_slice()), ("prog_1", ["Share".to_owned()].as_slice()));
    assert_eq!((&listing.topics, &listing.countries), (&vec!["Business".to_owned()], &vec!["DE".to_owned()]));
    assert_eq!(listing.languages, ["de"]);
}

#[test]
fn what_is_not_well_formed_is_dropped_and_hidden() {
    for (field, value) in [
        ("title", json!("")),
        ("title", json!("a".repeat(201))),
        ("title", json!("two\nlines")),
        ("title", json!(7)),
        ("brand", json!("a\u{202e}b")),
        ("summary", json!("a\u{0}b")),
        ("summary", json!("a".repeat(301))),
        ("description", json!("a".repeat(4_001))),
        ("page", json!("https://other.test/network/acme")),
        ("page", json!("javascript:alert(1)")),
        ("page", json!("https://peer.test@evil.test/")),
        ("page", json!("https://peer.test/network/acme\u{0}")),
        ("page", json!(format!("https://peer.test/{}", "a".repeat(2_000)))),
        ("pays", json!([])),
        ("pays", json!([{"type": "nonsense"}])),
        ("pays", json!([{"type": "percentage", "ratePercent": "20", "name": "a\u{0}b"}])),
        ("windowDays", json!(-1)),
        ("holdDays", json!(9_999)),
        ("currency", json!("eur")),
        ("payoutRhythm", json!("Never")),
    ] {
        let read = page(&feed(&[with(field, value.clone()), json!({"id": "prog_2", "version": 6, "removed": true})]));
        let read = read.unwrap();
        assert_eq!((read.dropped, read.next), (1, 6), "{field}: {value}");
        assert!(read.changes.iter().all(|change| matches!(change, Change::Remove { .. })), "{field}: {value}");
        let programs: Vec<&str> = read.changes.iter().map(Change::program).collect();
        assert_eq!(programs, ["prog_1", "prog_2"], "{field}: {value}");
    }
    for name in ["", "../x", &"a".repeat(65), "a b"] {
        let read = page(&feed(&[with("id", json!(name))])).unwrap();
        assert_eq!((read.dropped, read.changes.len()), (1, 0), "{name}");
    }
    for site in ["javascript:alert(1)", "data:text/html,x", "nonsense", "https://acme.test/\u{0}"] {
        let read = page(&feed(&[with("site", json!(site))])).unwrap();
        let Some(Change::Keep { listing, .. }) = read.changes.first() else { panic!("{read:?}") };
        assert_eq!(listing.site, None, "{site}");
    }
}

#[test]
fn a_page_of_something_else_is_refused() {
    let good = feed(&[listing()]);
    for (field, value) in [
        ("format", json!("rekomi-network-feed/2")),
        ("installation", json!("https://other.test")),
        ("after", json!(3)),
        ("next", json!(6)),
        ("newest", json!(4)),
        ("items", json!([with("version", json!(4))])),
        ("items", json!([listing(), listing()])),
        ("items", json!(vec![listing(); 101])),
        ("items", Value::Null),
    ] {
        let mut bad = good.clone();
        bad[field] = value.clone();
        assert!(page(&bad).is_err(), "{field}: {value}");
    }
    let mut endless = feed(&[]);
    endless["more"] = json!(true);
    assert!(page(&endless).is_err());
    assert!(read(b"", ORIGIN, 4).is_err());
}

#[test]
fn a_feed_behind_us_is_read_anew() {
    let mut older = feed(&[]);
    older["newest"] = json!(3);
    assert!(page(&older).unwrap().restart);
}

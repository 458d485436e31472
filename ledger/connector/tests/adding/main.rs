//! Goal: `docs/contributing/adding-a-connector.md` is true.
//! Method: the connector that it builds up piece by piece is compiled here exactly as printed, and runs a test call, a
//! picker and syncs against scripted responses; the pieces in the document are compared with the file.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that can't go on stops where it is")]

#[expect(unreachable_pub, reason = "in the registry it is reachable")]
mod tinycrm;

// A vendor's file says `crate::`, wherever it is compiled.
pub use connector::*;
use serde_json::{Value, json};
use shared::timestamp::Timestamp;

const DOCUMENT: &str = include_str!("../../../../docs/contributing/adding-a-connector.md");

fn now() -> Timestamp {
    Timestamp::from_seconds(1_795_163_400).unwrap()
}

fn account() -> Account {
    Account { credentials: [("apiKey".to_owned(), "tk_1".to_owned())].into(), found: Known::new() }
}

fn person() -> Person {
    Person {
        id: "aff_1".to_owned(),
        email: "ann+1@creators.test".to_owned(),
        moved_from: None,
        first_name: Some("Ann".to_owned()),
        last_name: None,
        our_names: Vec::new(),
        is_synced: false,
        affiliate_status: AffiliateStatus::Approved,
        joined_at: now(),
        consent: Some(Consent { at: now(), version: None }),
        lists: vec![Choice { id: "2".to_owned(), name: "Affiliates".to_owned() }],
        used_lists: Vec::new(),
        tags: vec!["Rekomi affiliate".to_owned()],
        untags: Vec::new(),
    }
}

/// Runs a task; each request must match the next line of the script and gets its response.
fn walk(task: &Task, script: &[(&str, u16, Value)]) -> Result<(Known, Option<String>, Value), Fault> {
    let account = account();
    let mut walk = Walk::new(&tinycrm::CONNECTOR, &account, task);
    let (mut lines, mut sent) = (script.iter(), Value::Null);
    while let Some(request) = walk.next(now())? {
        let (line, status, body) = lines.next().unwrap();
        assert_eq!(format!("{} {}", request.method.as_str(), request.url(Some(""))), *line);
        if let Body::Json(body) = &request.body {
            sent = body.clone();
        }
        walk.parse_response(
            &Answer { status: *status, body: body.to_string().into_bytes(), ..Answer::default() },
            now(),
        )?;
    }
    assert_eq!(lines.next(), None, "never asked");
    Ok((walk.known, walk.left_alone, sent))
}

#[test]
fn the_test_call_shows_whose_account_it_is() {
    let (known, ..) = walk(&Task::Check, &[("GET /me", 200, json!({"name": "Brand"}))]).unwrap();
    assert_eq!(known.maybe("account").as_deref(), Some("Brand"));
    let refused = walk(&Task::Check, &[("GET /me", 401, json!({"error": "bad key"}))]);
    assert_eq!(refused.unwrap_err().kind, FaultKind::Credentials);
}

#[test]
fn the_picker_reads_every_page() {
    let list = |id: u64| json!({"id": id, "name": format!("List {id}")});
    let script = [
        ("GET /lists?page=1", 200, json!({"lists": [list(1)], "next": 2})),
        ("GET /lists?page=2", 200, json!({"lists": [list(2)], "next": null})),
    ];
    let (known, ..) = walk(&Task::Lists, &script).unwrap();
    assert_eq!(known.choices().len(), 2);
}

#[test]
fn a_sync_looks_first_and_writes_once() {
    let script = [
        ("GET /people/ann%2B1%40creators.test", 404, json!({})),
        ("PUT /people/ann%2B1%40creators.test", 200, json!({"tags": ["Rekomi affiliate", "old"]})),
    ];
    let (_, left_alone, sent) = walk(&Task::Sync(person()), &script).unwrap();
    assert_eq!(left_alone, None);
    assert_eq!(sent, json!({"tags": ["Rekomi affiliate"], "first_name": "Ann", "list": "2", "consent": true}));
}

#[test]
fn whoever_unsubscribed_is_left_alone() {
    let script = [("GET /people/ann%2B1%40creators.test", 200, json!({"status": "unsubscribed"}))];
    let (_, left_alone, sent) = walk(&Task::Sync(person()), &script).unwrap();
    assert!(left_alone.unwrap().contains("unsubscribed"));
    assert_eq!(sent, Value::Null);
}

#[test]
fn a_write_that_failed_is_sent_again_only_after_another_look() {
    let (account, task) = (account(), Task::Sync(person()));
    let mut walk = Walk::new(&tinycrm::CONNECTOR, &account, &task);
    let gone = json!({"status": "unsubscribed"});
    for (method, status, body) in [("GET", 404, json!({})), ("PUT", 500, json!({})), ("GET", 200, gone)] {
        let request = walk.next(now()).unwrap().unwrap();
        assert_eq!(request.method.as_str(), method);
        let answer = Answer { status, body: body.to_string().into_bytes(), ..Answer::default() };
        assert_eq!(walk.parse_response(&answer, now()).is_err(), status == 500);
    }
    assert!(walk.next(now()).unwrap().is_none());
    assert!(walk.left_alone.unwrap().contains("unsubscribed"));
}

#[test]
fn who_leaves_loses_our_tags() {
    let untags = person().tags;
    let tags = vec!["Rekomi former affiliate".to_owned()];
    let left = Person { affiliate_status: AffiliateStatus::Left, lists: Vec::new(), tags, untags, ..person() };
    let script = [
        ("GET /people/ann%2B1%40creators.test", 200, json!({"status": "subscribed"})),
        ("PUT /people/ann%2B1%40creators.test", 200, json!({"tags": ["Rekomi former affiliate", "Rekomi affiliate"]})),
        ("DELETE /people/ann%2B1%40creators.test/tags/Rekomi%20affiliate", 204, Value::Null),
    ];
    let (_, _, sent) = walk(&Task::Sync(left.clone()), &script).unwrap();
    assert_eq!(sent, json!({"tags": ["Rekomi former affiliate"]}));
    let never_was = [("GET /people/ann%2B1%40creators.test", 404, Value::Null)];
    walk(&Task::Sync(left), &never_was).unwrap();
}

/// The Rust code blocks of the document.
fn pieces(text: &str) -> impl Iterator<Item = &str> {
    text.split("```rust\n").skip(1).filter_map(|rest| rest.split("```").next())
}

#[test]
fn the_document_shows_the_whole_file_and_a_test_of_it() {
    let (file, rest) = DOCUMENT.split_once("## Try it").unwrap();
    assert_eq!(pieces(file).collect::<Vec<_>>().join("\n"), include_str!("tinycrm.rs"));
    let shown: Vec<&str> = pieces(rest).collect();
    assert!(!shown.is_empty());
    for piece in shown {
        assert!(include_str!("main.rs").contains(piece), "not in the test:\n{piece}");
    }
}

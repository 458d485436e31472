//! Goal: Drip gets exactly the calls that we tell people of, and what only Drip does is met.
//!
//! Method: syncs against a fake server that answers as Drip's published reference says.

use connector::{Account, Action, FaultKind, Known, Person, Task, providers};
use serde_json::Value;
use world::fakes::{
    FakeServer, Mood,
    crm::{
        self, Crm, Subscribed,
        drip::Drip,
        rehearsal::{connected, former, lines, person, run},
    },
};

type FakeCrm = FakeServer<Box<dyn Crm>>;

const EMAIL: &str = "lauren@creators.test";

fn drip(drip: Drip) -> FakeCrm {
    crm::start(Box::new(drip))
}

fn with_one_tag(drip: &FakeCrm) -> Person {
    Person { tags: vec!["Rekomi affiliate".to_owned()], ..person(drip, EMAIL) }
}

/// The calls of one sync, after the test call.
async fn calls(drip: &FakeCrm, person: Person) -> Vec<String> {
    let account = connected(drip).await;
    let before = lines(drip).len();
    let done = run(drip, &account, &Task::Sync(person), 0).await;
    assert!(done.is_success(), "{:?} {:?}", done.faults, done.left_alone);
    lines(drip).split_off(before)
}

fn body(line: &str) -> Value {
    serde_json::from_str(&line[line.find('{').unwrap()..]).unwrap()
}

#[tokio::test]
async fn a_first_sync_is_these_calls() {
    let drip = drip(Drip::default());
    let made = calls(&drip, with_one_tag(&drip)).await;
    assert_eq!(made.len(), 3, "{made:?}");
    assert_eq!(made[0], "GET /v2/9999999/subscribers/lauren%40creators.test ");
    assert!(made[1].starts_with("POST /v2/9999999/subscribers {"), "{}", made[1]);
    let expected = serde_json::json!({"subscribers": [{
        "email": EMAIL, "first_name": "Lauren", "last_name": "van Vale", "initial_status": "active",
        "eu_consent": "granted",
        "eu_consent_message": "Accepted the affiliate program’s terms, version 2026-01, at 2026-09-21T14:13:20Z",
        "tags": ["Rekomi affiliate"], "custom_fields": {"rekomi_status": "approved"},
    }]});
    assert_eq!(body(&made[1]), expected);
    assert!(made[2].starts_with("POST /v2/9999999/campaigns/123456/subscribers {"), "{}", made[2]);
    let member = serde_json::json!({"subscribers": [{"email": EMAIL, "reactivate_if_removed": false}]});
    assert_eq!(body(&made[2]), member);
}

#[tokio::test]
async fn whom_drip_knows_is_told_nothing_twice() {
    let drip = drip(Drip::default());
    calls(&drip, with_one_tag(&drip)).await;
    let again = calls(&drip, with_one_tag(&drip)).await;
    assert_eq!(again.len(), 3, "{again:?}");
    assert!(again[1].ends_with("/campaign_subscriptions "), "{}", again[1]);
    assert!(!again[2].contains("status\":\"active") && !again[2].contains("eu_consent"), "{}", again[2]);
}

#[tokio::test]
async fn without_consent_the_series_asks_first() {
    let drip = drip(Drip::default());
    let made = calls(&drip, Person { consent: None, ..with_one_tag(&drip) }).await.join("\n");
    assert!(made.contains(r#""double_optin":true"#), "{made}");
    assert!(!made.contains("initial_status") && !made.contains("eu_consent"), "{made}");
    assert_eq!(drip.with(|drip| drip.contact(EMAIL)).unwrap().subscribed, Subscribed::Unsaid);
}

#[tokio::test]
async fn who_said_no_in_any_way_is_left_alone() {
    let no = |status, series| Drip::default().with_subscriber(EMAIL, status, series);
    for (way, crm) in [
        ("status", no("unsubscribed", None)),
        ("undeliverable", no("undeliverable", None)),
        ("left the series", no("active", Some("unsubscribed"))),
        ("removed from it", no("active", Some("removed"))),
        ("denied", Drip::default().with_consent(EMAIL, "denied")),
    ] {
        let drip = drip(crm);
        let account = connected(&drip).await;
        let done = run(&drip, &account, &Task::Sync(with_one_tag(&drip)), 0).await;
        assert!(done.left_alone.is_some_and(|why| why.contains("unsubscribed")), "{way}: {:?}", done.faults);
        assert!(drip.calls().iter().all(|call| call.method == "GET"), "{way}");
    }
}

#[tokio::test]
async fn whom_a_series_asked_to_confirm_has_not_left_it() {
    let drip = drip(Drip::default().with_subscriber(EMAIL, "active", Some("unconfirmed")));
    let made = calls(&drip, with_one_tag(&drip)).await;
    assert_eq!(made.len(), 3, "{made:?}");
    assert!(made[2].starts_with("POST /v2/9999999/subscribers "), "and isn't asked once more: {made:?}");
    assert!(drip.with(|drip| drip.contact(EMAIL)).unwrap().tags.contains("Rekomi affiliate"));
}

#[tokio::test]
async fn who_has_not_confirmed_to_drip_itself_is_left_alone() {
    let drip = drip(Drip::default().with_subscriber(EMAIL, "unconfirmed", None));
    let account = connected(&drip).await;
    let done = run(&drip, &account, &Task::Sync(with_one_tag(&drip)), 0).await;
    assert!(done.left_alone.is_some_and(|why| why.contains("confirmed")), "{:?}", done.faults);
}

#[tokio::test]
async fn who_left_loses_our_tags_and_nothing_else() {
    let drip = drip(Drip::default());
    let member = with_one_tag(&drip);
    let gone = former(&member);
    assert_eq!(calls(&drip, gone.clone()).await.len(), 1, "nobody is added only to be marked as gone");
    let with_theirs = Person { tags: vec!["Rekomi affiliate".to_owned(), "customer".to_owned()], ..member };
    calls(&drip, with_theirs).await;
    let made = calls(&drip, gone).await;
    let expected = serde_json::json!({"subscribers": [{
        "email": EMAIL, "tags": ["Rekomi former affiliate"], "remove_tags": ["Rekomi affiliate"],
        "custom_fields": {"rekomi_status": "left"},
    }]});
    assert_eq!((made.len(), body(&made[1])), (2, expected));
    let contact = drip.with(|drip| drip.contact(EMAIL)).unwrap();
    assert_eq!(contact.tags.into_iter().collect::<Vec<_>>(), ["Rekomi former affiliate", "customer"]);
    assert_eq!(contact.status.as_deref(), Some("left"));
}

#[tokio::test]
async fn one_of_several_accounts_must_be_named() {
    let drip = drip(Drip::default().with_account("8888888", "Other brand"));
    let mut account = Account { credentials: drip.with(|drip| drip.credentials()), found: Known::new() };
    let fault = run(&drip, &account, &Task::Check, 0).await.faults.pop().unwrap();
    assert_eq!((fault.kind, fault.code), (FaultKind::Settings, "account_needed"));
    assert!(fault.message.contains("Other brand (8888888)"), "{}", fault.message);
    account.credentials.insert("accountId".to_owned(), "8888888".to_owned());
    let checked = run(&drip, &account, &Task::Check, 0).await;
    assert_eq!(checked.known.maybe("account").as_deref(), Some("Other brand"));
    account.credentials.insert("accountId".to_owned(), "7777777".to_owned());
    let fault = run(&drip, &account, &Task::Check, 0).await.faults.pop().unwrap();
    assert_eq!((fault.kind, fault.code), (FaultKind::Settings, "account_missing"));
}

#[tokio::test]
async fn the_picker_reads_every_page() {
    let drip = drip(Drip::default().with_series(250));
    let account = connected(&drip).await;
    let series = run(&drip, &account, &Task::Lists, 0).await;
    assert_eq!(series.known.choices().len(), 252);
    calls(&drip, with_one_tag(&drip)).await;
    let tags = run(&drip, &account, &Task::Tags, 0).await;
    assert_eq!(tags.known.choices().iter().map(|tag| tag.name.as_str()).collect::<Vec<_>>(), ["Rekomi affiliate"]);
}

#[tokio::test]
async fn a_series_that_is_gone_is_a_matter_of_settings() {
    let drip = drip(Drip::default());
    let account = connected(&drip).await;
    let mut person = with_one_tag(&drip);
    person.lists[0].id = "9".to_owned();
    let fault = run(&drip, &account, &Task::Sync(person), 0).await.faults.pop().unwrap();
    assert_eq!((fault.kind, fault.code), (FaultKind::Settings, "list_missing"));
}

#[tokio::test]
async fn a_series_that_takes_nobody_is_no_success() {
    let drip = drip(Drip::default());
    let account = connected(&drip).await;
    let refused = serde_json::json!({"errors": [{"code": "format_error", "message": "Campaign is a draft"}]});
    drip.when("POST /v2/9999999/campaigns", Mood::Says(422, refused));
    let fault = run(&drip, &account, &Task::Sync(with_one_tag(&drip)), 0).await.faults.pop().unwrap();
    assert_eq!((fault.kind, fault.code), (FaultKind::Refused, "series_refused"));
}

#[tokio::test]
async fn the_documented_calls_are_enough() {
    for status in [404, 405] {
        let drip = drip(Drip::default());
        // By their ids, which are numbers, nobody can be asked for.
        for digit in 1..=9 {
            drip.when(&format!("GET /v2/9999999/subscribers/{digit}"), Mood::Says(status, Value::Null));
        }
        let lauren = with_one_tag(&drip);
        for _ in 0..2 {
            calls(&drip, lauren.clone()).await;
            let contact = drip.with(|drip| drip.contact(EMAIL)).unwrap();
            assert!(contact.lists.contains(&lauren.lists[0].id) && contact.tags.contains("Rekomi affiliate"));
        }
        // A person who left the series is not added again, and not called synced.
        let crm = Drip::default().with_subscriber("gone@creators.test", "active", Some("removed"));
        let drip = self::drip(crm);
        for digit in 1..=9 {
            drip.when(&format!("GET /v2/9999999/subscribers/{digit}"), Mood::Says(status, Value::Null));
        }
        let account = connected(&drip).await;
        let gone = person(&drip, "gone@creators.test");
        let fault = run(&drip, &account, &Task::Sync(gone), 0).await.faults.pop().unwrap();
        assert_eq!(fault.code, "series_refused");
    }
}

#[test]
fn an_event_whose_answer_got_lost_is_not_told_again() {
    let drip = providers::named("drip").unwrap();
    assert!(!drip.is_idempotent(Action::Event));
    assert!(drip.is_idempotent(Action::Save) && drip.is_idempotent(Action::Join));
}

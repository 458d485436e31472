//! Goal: Encharge gets exactly the calls that its page promises, and an answer without content isn't taken for a
//! success.
//! Method: against its fake server; what all vendors have in common is in `crm`.

use connector::{Account, Action, Event, FaultKind, Known, Person, Task};
use serde_json::{Value, json};
use uuid::Uuid;
use world::fakes::{
    FakeServer, Mood,
    crm::{
        self, Crm, Subscribed,
        encharge::Encharge,
        rehearsal::{self, connected, connector_of, fault, former, now, run},
    },
};

type FakeCrm = FakeServer<Box<dyn Crm>>;

const EMAIL: &str = "lauren@creators.test";

async fn start(encharge: Encharge) -> (FakeCrm, Account, Person) {
    let crm = crm::start(Box::new(encharge));
    let account = connected(&crm).await;
    let person = rehearsal::person(&crm, EMAIL);
    (crm, account, person)
}

/// What was asked after the test call: the line, and the body.
fn calls(crm: &FakeCrm) -> Vec<(String, Value)> {
    crm.calls().iter().skip(1).map(|call| (call.line(), call.json().unwrap_or_default())).collect()
}

fn line(line: &str) -> (String, Value) {
    (line.to_owned(), Value::Null)
}

#[tokio::test]
async fn a_first_sync_is_two_writes_between_two_looks() {
    let (crm, account, person) = start(Encharge::default()).await;
    assert!(run(&crm, &account, &Task::Sync(person), 0).await.is_success());
    let row = json!({"email": EMAIL, "firstName": "Lauren", "lastName": "van Vale", "rekomi_status": "approved"});
    let tags = json!({"tag": "Rekomi affiliate,VIP,spring & summer", "email": EMAIL});
    let expected = [
        line("GET /v1/people"),
        ("POST /v1/people".to_owned(), json!([row])),
        ("POST /v1/tags".to_owned(), tags),
        line("GET /v1/people"),
    ];
    assert_eq!(calls(&crm), expected);
    let tags = run(&crm, &account, &Task::Tags, 0).await.known.choices();
    assert_eq!(
        tags.iter().map(|tag| tag.name.as_str()).collect::<Vec<_>>(),
        ["Rekomi affiliate", "VIP", "spring & summer"]
    );
}

#[tokio::test]
async fn tags_that_are_taken_and_never_added_are_no_success() {
    let (crm, account, person) = start(Encharge::default().stuck()).await;
    assert_eq!(fault(&crm, &account, person).await, (FaultKind::Refused, "not_confirmed"));
    assert_eq!(calls(&crm).iter().filter(|(line, _)| line.starts_with("POST")).count(), 2, "nothing is written again");
}

#[tokio::test]
async fn who_leaves_loses_our_tags_and_nothing_else() {
    let (crm, account, person) = start(Encharge::default()).await;
    assert!(run(&crm, &account, &Task::Sync(former(&person)), 0).await.is_success());
    assert_eq!(calls(&crm), [line("GET /v1/people")], "nobody is added only to be marked as gone");
    let theirs = Person { tags: vec!["Rekomi affiliate".to_owned(), "customer".to_owned()], ..person.clone() };
    assert!(run(&crm, &account, &Task::Sync(theirs), 0).await.is_success());
    let before = calls(&crm).len();
    let gone = Person { untags: vec!["Rekomi affiliate".to_owned()], ..former(&person) };
    assert!(run(&crm, &account, &Task::Sync(gone), 0).await.is_success());
    let expected = [
        line("GET /v1/people"),
        ("POST /v1/people".to_owned(), json!([{"email": EMAIL, "rekomi_status": "left"}])),
        ("POST /v1/tags".to_owned(), json!({"tag": "Rekomi former affiliate", "email": EMAIL})),
        ("DELETE /v1/tags".to_owned(), json!({"tag": "Rekomi affiliate", "email": EMAIL})),
        line("GET /v1/people"),
    ];
    assert_eq!(calls(&crm)[before..], expected);
    let contact = crm.with(|crm| crm.contact(EMAIL)).unwrap();
    assert_eq!(contact.tags.into_iter().collect::<Vec<_>>(), ["Rekomi former affiliate", "customer"]);
    assert_eq!(contact.first_name.as_deref(), Some("Lauren"));
}

#[tokio::test]
async fn a_person_who_said_no_in_any_spelling_is_left_alone() {
    let (crm, account, person) = start(Encharge::default()).await;
    let user = |field: &str, value: Value| json!({"users": [{"id": "1", "email": EMAIL, field: value}]});
    for no in [json!(true), json!("true"), json!("2026-01-01T00:00:00Z")] {
        for field in ["unsubscribed", "unsubscribedAt"] {
            crm.once("GET /v1/people", Mood::Says(200, user(field, no.clone())));
            let done = run(&crm, &account, &Task::Sync(person.clone()), 0).await;
            assert!(done.left_alone.is_some_and(|why| why.contains("unsubscribed")), "{field}: {no}");
        }
    }
    assert!(crm.calls().iter().all(|call| call.method == "GET"));
    for yes in [json!(false), json!("false"), json!(null), json!("")] {
        crm.once("GET /v1/people", Mood::Says(200, user("unsubscribed", yes)));
        assert!(run(&crm, &account, &Task::Sync(person.clone()), 0).await.is_success());
    }
    crm.with(|crm| crm.unsubscribed(EMAIL));
    assert!(run(&crm, &account, &Task::Sync(former(&person)), 0).await.is_success(), "they can still leave");
    assert_eq!(crm.with(|crm| crm.contact(EMAIL)).unwrap().subscribed, Subscribed::No);
}

#[tokio::test]
async fn an_account_that_takes_no_unknown_field_gets_none() {
    let (crm, account, person) = start(Encharge::default().closed()).await;
    assert!(run(&crm, &account, &Task::Sync(person.clone()), 0).await.is_success());
    let contact = crm.with(|crm| crm.contact(EMAIL)).unwrap();
    assert_eq!((contact.status, contact.tags.contains("VIP")), (None, true));
    let nobody = Person { email: "nobody".to_owned(), ..person };
    assert_eq!(fault(&crm, &account, nobody).await, (FaultKind::Refused, "invalid_email"));
    assert_eq!(crm.with(|crm| crm.contacts()), 1);
}

#[tokio::test]
async fn keys_are_told_apart() {
    let (crm, account, person) = start(Encharge::default()).await;
    let event =
        Event { name: "payout_sent".to_owned(), id: Uuid::from_u128(7), at: now(), properties: serde_json::Map::new() };
    let task = Task::Event(person.clone(), event);
    assert!(run(&crm, &account, &task, 0).await.is_success());
    let properties = json!({"eventId": "00000000-0000-0000-0000-000000000007"});
    let body = json!({"name": "payout_sent", "user": {"email": EMAIL}, "properties": properties});
    assert_eq!(calls(&crm), [("POST /v1/".to_owned(), body)]);
    assert!(!connector_of(&crm).is_idempotent(Action::Event), "it would be counted twice");
    let mut without = account.clone();
    without.credentials.remove("writeKey");
    let fault = run(&crm, &without, &task, 0).await.faults.pop().unwrap();
    assert_eq!((fault.kind, fault.code), (FaultKind::Settings, "write_key_needed"));
    assert!(run(&crm, &without, &Task::Sync(person), 0).await.is_success(), "only events need it");
    without.credentials.insert("writeKey".to_owned(), "wrong".to_owned());
    let fault = run(&crm, &without, &task, 0).await.faults.pop().unwrap();
    assert!(fault.kind == FaultKind::Credentials && fault.message.contains("write key"), "{fault:?}");
    let body = json!({"error": {"code": 10082, "message": "Token without payload (should be JWT token)."}});
    crm.once("GET", Mood::Says(400, body));
    let fault = run(&crm, &account, &Task::Check, 0).await.faults.pop().unwrap();
    assert_eq!(fault.kind, FaultKind::Credentials);
}

#[tokio::test]
async fn refusals_are_told_apart() {
    for status in ["canceled", "trialExpired"] {
        let crm = crm::start(Box::new(Encharge::default().in_status(status)));
        let account = Account { credentials: crm.with(|crm| crm.credentials()), found: Known::new() };
        let fault = run(&crm, &account, &Task::Check, 0).await.faults.pop().unwrap();
        assert_eq!((fault.kind, fault.code), (FaultKind::Settings, "account_inactive"));
    }
    let (crm, account, person) = start(Encharge::default()).await;
    let comma = Person { tags: vec!["one, two".to_owned()], ..person.clone() };
    assert_eq!(fault(&crm, &account, comma).await, (FaultKind::Settings, "tag_refused"));
    crm.once("GET /v1/people", Mood::Says(200, json!({})));
    let fault = fault(&crm, &account, person).await;
    assert_eq!(fault, (FaultKind::Passing, "unreadable_answer"), "that isn't an answer about nobody");
}

//! Goal: Bento gets exactly the calls that its page promises, and a sync isn't over before its queue is.
//! Method: against its fake server; what all vendors have in common is in `crm`.

use connector::{Account, Action, AffiliateStatus, Event, FaultKind, Known, Person, Task};
use serde_json::{Value, json};
use uuid::Uuid;
use world::fakes::{
    FakeServer, Mood,
    crm::{
        self, Crm, Subscribed,
        bento::Bento,
        rehearsal::{self, connected, connector_of, fault, former, now, run},
    },
};

type FakeCrm = FakeServer<Box<dyn Crm>>;

const EMAIL: &str = "lauren@creators.test";

async fn start(bento: Bento) -> (FakeCrm, Account, Person) {
    let crm = crm::start(Box::new(bento));
    let account = connected(&crm).await;
    let person = rehearsal::person(&crm, EMAIL);
    (crm, account, person)
}

/// What was asked after the test call: the line, and the body.
fn calls(crm: &FakeCrm) -> Vec<(String, Value)> {
    crm.calls().iter().skip(1).map(|call| (call.line(), call.json().unwrap_or_default())).collect()
}

#[tokio::test]
async fn a_first_sync_is_one_import_between_looks() {
    let (crm, account, person) = start(Bento::default()).await;
    assert!(run(&crm, &account, &Task::Sync(person), 0).await.is_success());
    let made = calls(&crm);
    let row = json!({
        "email": EMAIL, "first_name": "Lauren", "last_name": "van Vale", "rekomi_status": "approved",
        "tags": "Rekomi affiliate,VIP,spring & summer",
    });
    assert_eq!(made[0].0, "GET /api/v1/fetch/subscribers");
    assert_eq!(made[1], ("POST /api/v1/batch/subscribers".to_owned(), json!({"subscribers": [row]})));
    assert!(made[2..].iter().all(|(line, _)| line.starts_with("GET /api/v1/fetch/")), "{made:?}");
    assert_eq!(made.iter().filter(|(line, _)| line.ends_with("/tags")).count(), 2, "until the queue is worked off");
    assert_eq!(made.last().map(|(line, _)| line.as_str()), Some("GET /api/v1/fetch/subscribers"));
    for call in crm.calls() {
        assert_eq!((call.header("user-agent"), call.query[call.query.len() - 1].0.as_str()), ("Rekomi", "site_uuid"));
    }
}

#[tokio::test]
async fn what_bento_takes_and_never_does_is_no_success() {
    let (crm, account, person) = start(Bento::default().stuck()).await;
    assert_eq!(fault(&crm, &account, person.clone()).await, (FaultKind::Refused, "not_confirmed"));
    let written = calls(&crm).iter().filter(|(line, _)| line.starts_with("POST")).count();
    assert_eq!(written, 1, "it is looked at again, not written again");
    // The tags exist, and the person doesn't have them.
    let tagged = Bento::default().stuck().with_tag("Rekomi affiliate").with_tag("VIP").with_tag("spring & summer");
    let (crm, account, _) = start(tagged).await;
    assert_eq!(fault(&crm, &account, person).await, (FaultKind::Refused, "not_confirmed"));
}

#[tokio::test]
async fn who_leaves_loses_our_tags_and_nothing_else() {
    let (crm, account, person) = start(Bento::default()).await;
    assert!(run(&crm, &account, &Task::Sync(former(&person)), 0).await.is_success());
    assert_eq!(calls(&crm).len(), 1, "nobody is added only to be marked as gone");
    let theirs = Person { tags: vec!["Rekomi affiliate".to_owned(), "customer".to_owned()], ..person.clone() };
    assert!(run(&crm, &account, &Task::Sync(theirs), 0).await.is_success());
    let before = calls(&crm).len();
    let gone = Person { untags: vec!["Rekomi affiliate".to_owned()], ..former(&person) };
    assert!(run(&crm, &account, &Task::Sync(gone), 0).await.is_success());
    let row = json!({
        "email": EMAIL, "rekomi_status": "left", "tags": "Rekomi former affiliate", "remove_tags": "Rekomi affiliate",
    });
    assert_eq!(calls(&crm)[before + 1].1, json!({"subscribers": [row]}));
    let contact = crm.with(|crm| crm.contact(EMAIL)).unwrap();
    assert_eq!(contact.tags.into_iter().collect::<Vec<_>>(), ["Rekomi former affiliate", "customer"]);
}

#[tokio::test]
async fn who_unsubscribed_is_left_alone_and_can_still_leave() {
    let (crm, account, person) = start(Bento::default()).await;
    crm.with(|crm| crm.unsubscribed(EMAIL));
    let done = run(&crm, &account, &Task::Sync(person.clone()), 0).await;
    assert!(done.left_alone.is_some_and(|why| why.contains("unsubscribed")));
    assert!(crm.calls().iter().all(|call| call.method == "GET"));
    let banned = Person { affiliate_status: AffiliateStatus::Banned, ..former(&person) };
    assert!(run(&crm, &account, &Task::Sync(banned), 0).await.is_success());
    let contact = crm.with(|crm| crm.contact(EMAIL)).unwrap();
    assert_eq!((contact.subscribed, contact.status.as_deref()), (Subscribed::No, Some("banned")));
    let bodies: Vec<String> = calls(&crm).into_iter().map(|(_, body)| body.to_string()).collect();
    assert!(!bodies.join("").contains("subscribe\""), "no command that subscribes anyone: {bodies:?}");
}

#[tokio::test]
async fn both_ways_to_say_that_nobody_is_there_are_understood() {
    let (crm, account, person) = start(Bento::default().with_missing_status()).await;
    assert!(run(&crm, &account, &Task::Sync(person.clone()), 0).await.is_success());
    let (crm, account, _) = start(Bento::default()).await;
    crm.once("GET /api/v1/fetch/subscribers", Mood::Says(200, json!({})));
    assert!(run(&crm, &account, &Task::Sync(person), 0).await.is_success());
}

#[tokio::test]
async fn the_picker_offers_no_discarded_tag() {
    let (crm, account, _) = start(Bento::default().with_tag("customer").with_discarded_tag("old")).await;
    let found = run(&crm, &account, &Task::Tags, 0).await.known.choices();
    assert_eq!(found.iter().map(|tag| tag.name.as_str()).collect::<Vec<_>>(), ["customer"]);
}

#[tokio::test]
async fn a_tag_in_another_case_is_the_same() {
    let (crm, account, person) = start(Bento::default().with_tag("vip")).await;
    assert!(run(&crm, &account, &Task::Sync(person), 0).await.is_success());
}

#[tokio::test]
async fn refusals_are_told_apart() {
    let (crm, account, person) = start(Bento::default()).await;
    let nobody = Person { email: "nobody".to_owned(), ..person.clone() };
    assert_eq!(fault(&crm, &account, nobody).await, (FaultKind::Refused, "invalid_email"));
    let comma = Person { tags: vec!["one, two".to_owned()], ..person.clone() };
    assert_eq!(fault(&crm, &account, comma).await, (FaultKind::Settings, "tag_refused"));
    for empty in [json!({}), json!({"results": 0, "failed": 0})] {
        crm.once("POST", Mood::Says(200, empty));
        assert_eq!(fault(&crm, &account, person.clone()).await, (FaultKind::Passing, "unreadable_answer"));
    }
    assert_eq!(crm.with(|crm| crm.contacts()), 0);
    crm.once("POST", Mood::Says(200, json!({"result": 1})));
    let fault = fault(&crm, &account, person).await;
    assert_eq!(fault, (FaultKind::Refused, "not_confirmed"), "the older name of the count is understood");
    let mut other = account.clone();
    other.credentials.insert("siteUuid".to_owned(), "0".repeat(32));
    other.found = Known::new();
    let fault = run(&crm, &other, &Task::Check, 0).await.faults.pop().unwrap();
    assert_eq!(fault.kind, FaultKind::Credentials);
}

#[tokio::test]
async fn an_event_names_its_person_and_carries_its_id() {
    let (crm, account, person) = start(Bento::default()).await;
    let event = Event {
        name: "payout_sent".to_owned(),
        id: Uuid::from_u128(7),
        at: now(),
        properties: json!({"amountCents": 2500, "note": "", "reason": null}).as_object().unwrap().clone(),
    };
    assert!(run(&crm, &account, &Task::Event(person, event), 0).await.is_success());
    let details = json!({"amountCents": 2500, "eventId": "00000000-0000-0000-0000-000000000007"});
    let event = json!({"type": "payout_sent", "email": EMAIL, "date": "2026-11-20T08:30:00Z", "details": details});
    assert_eq!(calls(&crm), [("POST /api/v1/batch/events".to_owned(), json!({"events": [event]}))]);
    assert!(!connector_of(&crm).is_idempotent(Action::Event), "it would be counted twice");
}

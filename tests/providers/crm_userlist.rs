//! Goal: what is special to Userlist, which can only be written to, and whose users are the brand's own.
//! Method: the connector against its fake server, which works things off later.

use connector::{Account, Action, AffiliateStatus, Event, FaultKind, Person, Task};
use serde_json::{Value, json};
use uuid::Uuid;
use world::fakes::{
    Call, FakeServer, Mood,
    crm::{
        self, Crm, Subscribed,
        rehearsal::{Outcome, connected, connector_of, former, now, person, run},
        userlist::Userlist,
    },
};

type FakeCrm = FakeServer<Box<dyn Crm>>;

const EMAIL: &str = "lauren@creators.test";

async fn start(inside: Userlist) -> (FakeCrm, Account, Person) {
    let crm = crm::start(Box::new(inside));
    let account = connected(&crm).await;
    let person = person(&crm, EMAIL);
    (crm, account, person)
}

async fn sync(crm: &FakeCrm, account: &Account, person: &Person) -> Outcome {
    run(crm, account, &Task::Sync(person.clone()), 0).await
}

/// The calls after the test call, with their bodies.
fn calls(crm: &FakeCrm) -> Vec<(String, Value)> {
    crm.calls().iter().skip(1).map(|call| (call.line(), call.json().unwrap())).collect()
}

#[tokio::test]
async fn a_sync_is_one_call_by_email() {
    let (crm, account, person) = start(Userlist::default().with(EMAIL)).await;
    assert!(sync(&crm, &account, &person).await.is_success());
    let properties = json!({
        "first_name": "Lauren", "last_name": "van Vale", "rekomi_status": "approved",
        "rekomi_tags": "Rekomi affiliate,VIP,spring & summer",
    });
    assert_eq!(calls(&crm), [("POST /users".to_owned(), json!({"email": EMAIL, "properties": properties}))]);
    crm.with(|crm| crm.settle());
    assert_eq!(crm.with(|crm| crm.contacts()), 1, "the brand's own user is the same person");
    assert!(sync(&crm, &account, &former(&person)).await.is_success());
    let left = json!({"rekomi_status": "left", "rekomi_tags": "Rekomi former affiliate"});
    assert_eq!(calls(&crm).pop().map(|(_, body)| body["properties"].clone()), Some(left));
}

#[tokio::test]
async fn the_test_call_writes_nothing() {
    let (crm, account, _) = start(Userlist::default()).await;
    let made: Vec<String> = crm.calls().iter().map(Call::line).collect();
    assert_eq!(made, ["DELETE /users"]);
    crm.with(|crm| crm.settle());
    assert_eq!(crm.with(|crm| crm.contacts()), 0);
    for status in [202, 404, 422] {
        let body = if status == 202 { Value::Null } else { json!({"status": status, "errors": ["User must exist"]}) };
        crm.once("", Mood::Says(status, body));
        assert!(run(&crm, &account, &Task::Check, 0).await.is_success(), "{status}");
    }
    // Somebody else's server answers.
    for mood in [Mood::Says(404, Value::Null), Mood::Garbage, Mood::Says(200, Value::Null)] {
        crm.once("", mood.clone());
        assert!(run(&crm, &account, &Task::Check, 0).await.ended, "{mood:?}");
    }
}

#[tokio::test]
async fn who_was_never_synced_isnt_created_to_be_marked_as_gone() {
    let (crm, account, person) = start(Userlist::default()).await;
    let gone = Person { untags: Vec::new(), ..former(&person) };
    assert!(sync(&crm, &account, &gone).await.is_success());
    assert_eq!(calls(&crm), []);
}

#[tokio::test]
async fn a_later_change_of_someone_who_left_is_sent() {
    let (crm, account, person) = start(Userlist::default().with(EMAIL)).await;
    let left = former(&person);
    let banned = Person { affiliate_status: AffiliateStatus::Banned, is_synced: true, untags: Vec::new(), ..left };
    assert!(sync(&crm, &account, &banned).await.is_success());
    let properties = json!({"rekomi_status": "banned", "rekomi_tags": "Rekomi former affiliate"});
    assert_eq!(calls(&crm), [("POST /users".to_owned(), json!({"email": EMAIL, "properties": properties}))]);
}

#[tokio::test]
async fn nothing_that_is_sent_could_subscribe() {
    let (crm, account, person) = start(Userlist::default()).await;
    crm.with(|crm| crm.unsubscribed(EMAIL));
    for person in [person.clone(), former(&person)] {
        assert!(sync(&crm, &account, &person).await.is_success());
    }
    crm.with(|crm| crm.settle());
    let contact = crm.with(|crm| crm.contact(EMAIL)).unwrap();
    assert_eq!((contact.subscribed, contact.status.as_deref()), (Subscribed::No, Some("left")));
}

#[tokio::test]
async fn an_event_names_the_user_and_its_time() {
    let (crm, account, person) = start(Userlist::default()).await;
    let properties = json!({"amountCents": 2500, "currency": "USD"}).as_object().unwrap().clone();
    let event = Event { name: "commission_earned".to_owned(), id: Uuid::from_u128(1), at: now(), properties };
    assert!(run(&crm, &account, &Task::Event(person, event), 0).await.is_success());
    let expected = json!({
        "name": "commission_earned", "user": {"email": EMAIL}, "occurred_at": now().to_string(),
        "properties": {"amountCents": 2500, "currency": "USD"},
    });
    assert_eq!(calls(&crm), [("POST /events".to_owned(), expected)]);
    assert!(!connector_of(&crm).is_idempotent(Action::Event), "it would be counted twice");
}

#[tokio::test]
async fn its_own_errors_say_what_to_do() {
    let (crm, account, person) = start(Userlist::default()).await;
    let error = |status: u16, why: &str| Mood::Says(status, json!({"status": status, "code": "x", "errors": [why]}));
    for (mood, kind, code) in [
        (error(422, "Email is invalid"), FaultKind::Refused, "invalid_email"),
        (error(403, "Not in your plan"), FaultKind::Rights, "missing_scope"),
        (error(500, "Oops"), FaultKind::Passing, "vendor_error"),
        (Mood::Says(200, Value::Null), FaultKind::Passing, "unreadable_answer"),
    ] {
        crm.once("", mood);
        let fault = sync(&crm, &account, &person).await.faults.pop().unwrap();
        assert_eq!((fault.kind, fault.code), (kind, code), "{}", fault.message);
    }
}

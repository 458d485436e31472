//! Goal: Loops gets exactly the calls that its page promises, nobody who may have left a list is put on it again, and
//! its own refusals are told apart.
//! Method: against its fake server; what all vendors have in common is in `crm`.

use connector::{Choice, FaultKind, Person, Task};
use serde_json::{Value, json};
use world::fakes::{
    FakeServer, Mood,
    crm::{
        self, Crm,
        loops::Loops,
        rehearsal::{fault, former, run, started},
    },
};

const LIST: &str = "cm06f5v0e45nf0ml5754o9cix";
const EMAIL: &str = "lauren@creators.test";

/// What was asked after the test call: the line, and the body.
fn calls(crm: &FakeServer<Box<dyn Crm>>) -> Vec<(String, Value)> {
    crm.calls().iter().skip(1).map(|call| (call.line(), call.json().unwrap_or_default())).collect()
}

fn line(line: &str) -> (String, Value) {
    (line.to_owned(), Value::Null)
}

#[tokio::test]
async fn a_first_sync_creates_properties_and_the_contact_on_its_list() {
    let (crm, account, person) = started(Loops::default(), EMAIL).await;
    assert_eq!(account.found.maybe("account").as_deref(), Some("Brand"));
    assert!(run(&crm, &account, &Task::Sync(person.clone()), 0).await.is_success());
    let mut contact = json!({
        "email": EMAIL, "firstName": "Lauren", "lastName": "van Vale", "mailingLists": {LIST: true},
        "rekomiTags": "Rekomi affiliate,VIP,spring & summer", "rekomiStatus": "approved",
    });
    let make = |name: &str| ("POST /api/v1/contacts/properties".to_owned(), json!({"name": name, "type": "string"}));
    let find = line("GET /api/v1/contacts/find");
    let expected = [
        find.clone(),
        line("GET /api/v1/contacts/properties"),
        make("rekomiTags"),
        make("rekomiStatus"),
        ("PUT /api/v1/contacts/update".to_owned(), contact.clone()),
        find.clone(),
    ];
    assert_eq!(calls(&crm), expected);
    assert!(run(&crm, &account, &Task::Sync(person), 0).await.is_success());
    contact.as_object_mut().unwrap().remove("mailingLists");
    let expected = [
        find.clone(),
        line("GET /api/v1/contacts/suppression"),
        line("GET /api/v1/contacts/properties"),
        ("PUT /api/v1/contacts/update".to_owned(), contact),
        find,
    ];
    assert_eq!(calls(&crm)[6..], expected);
}

#[tokio::test]
async fn who_was_there_before_is_marked_and_put_on_no_list() {
    let (crm, account, person) = started(Loops::default().knowing(EMAIL), EMAIL).await;
    assert!(run(&crm, &account, &Task::Sync(person.clone()), 0).await.is_success());
    let contact = crm.with(|crm| crm.contact(EMAIL)).unwrap();
    assert!(contact.lists.is_empty() && contact.tags.contains("VIP"), "{contact:?}");
    // The same for those who accepted no terms, and aren't there yet.
    let quiet = Person { consent: None, email: "quiet@creators.test".to_owned(), ..person };
    assert!(run(&crm, &account, &Task::Sync(quiet), 0).await.is_success());
    let contact = crm.with(|crm| crm.contact("quiet@creators.test")).unwrap();
    assert!(contact.lists.is_empty() && contact.tags.contains("VIP"), "{contact:?}");
    assert!(calls(&crm).iter().all(|(_, body)| body.get("subscribed").is_none()));
}

#[tokio::test]
async fn who_bounced_or_declined_is_left_alone() {
    for vendor in [Loops::default().suppressing(EMAIL), Loops::default().declined(EMAIL)] {
        let (crm, account, person) = started(vendor, EMAIL).await;
        let done = run(&crm, &account, &Task::Sync(person), 0).await;
        assert!(done.left_alone.is_some(), "{:?}", done.faults);
        assert!(calls(&crm).iter().all(|(line, _)| line.starts_with("GET ")));
    }
}

#[tokio::test]
async fn who_leaves_is_marked_also_after_unsubscribing_and_who_never_was_there_is_not_created() {
    let (crm, account, person) = started(Loops::default(), EMAIL).await;
    assert!(run(&crm, &account, &Task::Sync(former(&person)), 0).await.is_success());
    assert_eq!(calls(&crm), [line("GET /api/v1/contacts/find")]);
    assert!(run(&crm, &account, &Task::Sync(person.clone()), 0).await.is_success());
    crm.with(|crm| crm.unsubscribed(EMAIL));
    assert!(run(&crm, &account, &Task::Sync(former(&person)), 0).await.is_success());
    let body = json!({"email": EMAIL, "rekomiTags": "Rekomi former affiliate", "rekomiStatus": "left"});
    let writes: Vec<_> = calls(&crm).into_iter().filter(|(line, _)| line.starts_with("PUT ")).collect();
    assert_eq!(writes.last().map(|(_, body)| body), Some(&body));
    assert_eq!(crm.with(|crm| crm.contact(EMAIL)).unwrap().subscribed, crm::Subscribed::No);
}

#[tokio::test]
async fn what_was_taken_and_ignored_is_no_success() {
    let (crm, account, person) = started(Loops::default().lenient(), EMAIL).await;
    let gone = Choice { id: "cm0gone".to_owned(), name: "Old".to_owned() };
    let stray = Person { lists: vec![gone], ..person.clone() };
    assert_eq!(fault(&crm, &account, stray).await, (FaultKind::Refused, "not_confirmed"));
    crm.once("PUT", Mood::Says(200, json!({"success": true, "id": "cll6b3i8901a9jx0oyktl2m99"})));
    let other = Person { email: "mia@creators.test".to_owned(), ..person };
    assert_eq!(fault(&crm, &account, other).await, (FaultKind::Refused, "not_confirmed"));
}

#[tokio::test]
async fn a_property_that_somebody_else_creates_in_the_meantime_is_used() {
    let (crm, account, person) = started(Loops::default().with_property("rekomiTags", "string"), EMAIL).await;
    crm.once("GET /api/v1/contacts/properties", Mood::Says(200, json!([])));
    assert!(run(&crm, &account, &Task::Sync(person), 0).await.is_success());
}

#[tokio::test]
async fn refusals_are_told_apart() {
    let (crm, account, person) = started(Loops::default(), EMAIL).await;
    let gone = Choice { id: "cm0gone".to_owned(), name: "Old".to_owned() };
    let settings = (FaultKind::Settings, "list_missing");
    assert_eq!(fault(&crm, &account, Person { lists: vec![gone], ..person.clone() }).await, settings);
    assert_eq!(crm.with(|crm| crm.contacts()), 0);
    let nobody = Person { email: "nobody".to_owned(), ..person.clone() };
    assert_eq!(fault(&crm, &account, nobody).await, (FaultKind::Refused, "invalid_email"));
    crm.once("PUT", Mood::Says(200, json!({"success": false, "message": "No"})));
    assert_eq!(fault(&crm, &account, person).await, (FaultKind::Refused, "refused"));
    let (typed, account, person) = started(Loops::default().with_property("rekomiTags", "number"), EMAIL).await;
    assert_eq!(fault(&typed, &account, person.clone()).await, (FaultKind::Settings, "field_type"));
    let (locked, account, person) = started(Loops::default().locked(), EMAIL).await;
    assert_eq!(fault(&locked, &account, person).await, (FaultKind::Settings, "field_refused"));
}

//! Goal: Resend gets exactly the calls that its page promises, nobody is subscribed again by being created again, and
//! its own refusals are told apart.
//! Method: against its fake server; what all vendors have in common is in `crm`.

use connector::{Account, Choice, FaultKind, Known, Person, Task};
use serde_json::{Value, json};
use world::fakes::{
    FakeServer, Mood,
    crm::{
        self, Crm, Subscribed,
        rehearsal::{self, connected, fault, former, run},
        resend::Resend,
    },
};

const SEGMENT: &str = "78261eea-0002-4381-83c6-79fa7120f1cf";
const ID: &str = "479e3145-dd38-476b-932c-000000000001";

async fn start(vendor: Resend) -> (FakeServer<Box<dyn Crm>>, Account, Person) {
    let crm = crm::start(Box::new(vendor));
    let account = connected(&crm).await;
    let person = rehearsal::person(&crm, "lauren@creators.test");
    (crm, account, person)
}

/// What was asked after the test call: the line, and the body.
fn calls(crm: &FakeServer<Box<dyn Crm>>) -> Vec<(String, Value)> {
    crm.calls().iter().skip(1).map(|call| (call.line(), call.json().unwrap_or_default())).collect()
}

fn line(line: &str) -> (String, Value) {
    (line.to_owned(), Value::Null)
}

#[tokio::test]
async fn a_first_sync_creates_properties_and_the_contact_and_a_second_one_updates_it() {
    let (crm, account, person) = start(Resend::default()).await;
    assert_eq!(account.found.maybe("account").as_deref(), Some("brand.test"));
    assert!(run(&crm, &account, &Task::Sync(person.clone()), 0).await.is_success());
    let properties = json!({"rekomi_tags": "Rekomi affiliate,VIP,spring & summer", "rekomi_status": "approved"});
    let mut contact = json!({
        "email": "lauren@creators.test", "first_name": "Lauren", "last_name": "van Vale", "properties": properties,
    });
    let look = line("GET /contacts/lauren%40creators.test");
    let join = line(&format!("POST /contacts/{ID}/segments/{SEGMENT}"));
    let make = |key: &str| ("POST /contact-properties".to_owned(), json!({"key": key, "type": "string"}));
    let expected = [
        look.clone(),
        line("GET /contact-properties"),
        make("rekomi_tags"),
        make("rekomi_status"),
        ("POST /contacts".to_owned(), contact.clone()),
        join.clone(),
    ];
    assert_eq!(calls(&crm), expected);
    assert!(run(&crm, &account, &Task::Sync(person), 0).await.is_success());
    contact.as_object_mut().unwrap().remove("email");
    let expected = [look, line("GET /contact-properties"), (format!("PATCH /contacts/{ID}"), contact), join];
    assert_eq!(calls(&crm)[6..], expected);
}

#[tokio::test]
async fn who_leaves_is_marked_and_stays_in_the_segment_and_who_never_was_there_is_not_created() {
    let (crm, account, person) = start(Resend::default()).await;
    assert!(run(&crm, &account, &Task::Sync(former(&person)), 0).await.is_success());
    assert_eq!(calls(&crm), [line("GET /contacts/lauren%40creators.test")]);
    assert!(run(&crm, &account, &Task::Sync(person.clone()), 0).await.is_success());
    crm.with(|crm| crm.unsubscribed(&person.email));
    let before = calls(&crm).len();
    assert!(run(&crm, &account, &Task::Sync(former(&person)), 0).await.is_success());
    let properties = json!({"rekomi_tags": "Rekomi former affiliate", "rekomi_status": "left"});
    let marked = (format!("PATCH /contacts/{ID}"), json!({"properties": properties}));
    assert_eq!(calls(&crm).split_off(before).last(), Some(&marked));
    let contact = crm.with(|crm| crm.contact(&person.email)).unwrap();
    assert_eq!(contact.subscribed, Subscribed::No, "marking subscribes nobody");
    assert!(contact.lists.contains(SEGMENT));
}

#[tokio::test]
async fn without_consent_nobody_is_put_where_broadcasts_go() {
    let (crm, account, person) = start(Resend::default()).await;
    let quiet = Person { consent: None, ..person.clone() };
    assert!(run(&crm, &account, &Task::Sync(quiet), 0).await.is_success());
    let contact = crm.with(|crm| crm.contact(&person.email)).unwrap();
    assert!(contact.lists.is_empty() && contact.tags.contains("VIP"), "{contact:?}");
    assert!(calls(&crm).iter().all(|(_, body)| body.get("unsubscribed").is_none()));
}

#[tokio::test]
async fn a_contact_whose_creation_was_lost_is_not_created_again() {
    let (crm, account, person) = start(Resend::default()).await;
    crm.once("POST /contacts", Mood::Breaks);
    let done = run(&crm, &account, &Task::Sync(person.clone()), 1).await;
    assert!(done.is_success() && done.faults.len() == 1, "{:?}", done.faults);
    let made = calls(&crm);
    assert_eq!(made.iter().filter(|(line, _)| line == "POST /contacts").count(), 1, "{made:?}");
    assert!(made.iter().any(|(line, _)| *line == format!("PATCH /contacts/{ID}")), "{made:?}");
    // Deleted between the check and the update: the check is repeated before anything else is written.
    let before = made.len();
    let gone = json!({"statusCode": 404, "name": "not_found", "message": "Contact not found"});
    crm.once("PATCH", Mood::Says(404, gone));
    let done = run(&crm, &account, &Task::Sync(person), 1).await;
    assert!(done.is_success() && done.faults.len() == 1, "{:?}", done.faults);
    let looks = calls(&crm).split_off(before).iter().filter(|(line, _)| line.starts_with("GET /contacts/")).count();
    assert_eq!(looks, 2);
}

#[tokio::test]
async fn the_picker_and_the_properties_go_beyond_a_page() {
    let (crm, account, person) = start(Resend::with_more(248)).await;
    let found = run(&crm, &account, &Task::Lists, 0).await.known.choices();
    assert_eq!(found.len(), 250);
    assert_eq!(found.last().map(|list| list.name.as_str()), Some("Affiliates"));
    for _ in 0..2 {
        assert!(run(&crm, &account, &Task::Sync(person.clone()), 0).await.is_success());
    }
    let made = calls(&crm).iter().filter(|(line, _)| line == "POST /contact-properties").count();
    assert_eq!(made, 2, "found on the third page, they aren't created again");
}

#[tokio::test]
async fn a_property_that_somebody_else_creates_in_the_meantime_is_used() {
    let (crm, account, person) = start(Resend::default().with_property("rekomi_tags", "string")).await;
    crm.once("GET /contact-properties", Mood::Says(200, json!({"object": "list", "has_more": false, "data": []})));
    assert!(run(&crm, &account, &Task::Sync(person), 0).await.is_success());
}

#[tokio::test]
async fn refusals_are_told_apart() {
    let (crm, account, person) = start(Resend::default()).await;
    let gone = Choice { id: "78261eea-dead-4381-83c6-79fa7120f1cf".to_owned(), name: "Old".to_owned() };
    let settings = (FaultKind::Settings, "list_missing");
    assert_eq!(fault(&crm, &account, Person { lists: vec![gone], ..person.clone() }).await, settings);
    let nobody = Person { email: "nobody".to_owned(), ..person.clone() };
    assert_eq!(fault(&crm, &account, nobody).await, (FaultKind::Refused, "invalid_email"));
    let (typed, account, person) = start(Resend::default().with_property("rekomi_tags", "number")).await;
    assert_eq!(fault(&typed, &account, person.clone()).await, (FaultKind::Settings, "field_type"));
    let (locked, account, person) = start(Resend::default().locked()).await;
    assert_eq!(fault(&locked, &account, person).await, (FaultKind::Settings, "field_refused"));
}

#[tokio::test]
async fn keys_are_told_apart_by_the_errors_name() {
    let crm = crm::start(Box::new(Resend::restricted()));
    let account = Account { credentials: crm.with(|crm| crm.credentials()), found: Known::new() };
    let kind = async || run(&crm, &account, &Task::Check, 0).await.faults.last().map(|fault| fault.kind);
    assert_eq!(kind().await, Some(FaultKind::Rights));
    for (status, name) in [(403, "invalid_api_key"), (401, "missing_api_key"), (400, "validation_error")] {
        let body = json!({"statusCode": status, "name": name, "message": "API key is invalid"});
        crm.once("GET /domains", Mood::Says(status, body));
        assert_eq!(kind().await, Some(FaultKind::Credentials), "{status} {name}");
    }
}

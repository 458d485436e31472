//! Goal: EmailOctopus gets exactly the calls that its page promises, and its own refusals are told apart.
//! Method: against its fake server; what all vendors have in common is in `crm`.

use connector::{Account, Choice, FaultKind, Person, Task};
use serde_json::{Value, json};
use world::fakes::{
    FakeServer, Mood,
    crm::{
        self, Crm, Subscribed,
        emailoctopus::EmailOctopus,
        rehearsal::{self, connected, fault, former, run},
    },
};

const LIST: &str = "7a3b1c9e-0002-11f1-8000-000000000002";
const OTHER: &str = "7a3b1c9e-0001-11f1-8000-000000000001";
/// Of `lauren@creators.test`, by `printf %s lauren@creators.test | md5sum`.
const MD5: &str = "47e5f52f875fc5eeeee44533ccaaf48b";

async fn start(vendor: EmailOctopus) -> (FakeServer<Box<dyn Crm>>, Account, Person) {
    let crm = crm::start(Box::new(vendor));
    let account = connected(&crm).await;
    let person = rehearsal::person(&crm, "lauren@creators.test");
    (crm, account, person)
}

/// What was asked after the test call: the line, and the body.
fn calls(crm: &FakeServer<Box<dyn Crm>>) -> Vec<(String, Value)> {
    crm.calls().iter().skip(1).map(|call| (call.line(), call.json().unwrap_or_default())).collect()
}

#[tokio::test]
async fn a_first_sync_is_two_looks_and_one_write() {
    let (crm, account, person) = start(EmailOctopus::default()).await;
    assert!(run(&crm, &account, &Task::Sync(person.clone()), 0).await.is_success());
    let body = json!({
        "email_address": "lauren@creators.test",
        "fields": {"FirstName": "Lauren", "LastName": "van Vale"},
        "tags": {"Rekomi affiliate": true, "VIP": true, "spring & summer": true},
        "status": "subscribed",
    });
    let expected = [
        (format!("GET /lists/{LIST}"), Value::Null),
        (format!("GET /lists/{LIST}/contacts/{MD5}"), Value::Null),
        (format!("PUT /lists/{LIST}/contacts"), body),
    ];
    assert_eq!(calls(&crm), expected);
}

#[tokio::test]
async fn who_is_on_the_list_keeps_their_status() {
    let (crm, account, person) = start(EmailOctopus::default()).await;
    let quiet = Person { consent: None, ..person.clone() };
    assert!(run(&crm, &account, &Task::Sync(quiet), 0).await.is_success());
    assert_eq!(calls(&crm).last().unwrap().1["status"], "pending");
    assert!(run(&crm, &account, &Task::Sync(person.clone()), 0).await.is_success());
    assert_eq!(calls(&crm).last().unwrap().1.get("status"), None);
    assert_eq!(crm.with(|crm| crm.contact(&person.email)).unwrap().subscribed, Subscribed::Pending);
}

#[tokio::test]
async fn who_leaves_is_looked_for_on_the_lists_that_we_used_and_on_no_others() {
    let (crm, account, person) = start(EmailOctopus::with_lists(114)).await;
    assert!(run(&crm, &account, &Task::Sync(person.clone()), 0).await.is_success());
    let before = calls(&crm).len();
    let used_lists = vec![OTHER.to_owned(), LIST.to_owned()];
    let gone = Person { used_lists, ..former(&person) };
    assert!(run(&crm, &account, &Task::Sync(gone), 0).await.is_success());
    let made = calls(&crm).split_off(before);
    let tags =
        json!({"Rekomi affiliate": false, "VIP": false, "spring & summer": false, "Rekomi former affiliate": true});
    let body = json!({"email_address": "lauren@creators.test", "tags": tags});
    assert_eq!(made.len(), 2 + 1, "a look at each of two lists out of 116, and one write: {made:?}");
    assert_eq!(made.last(), Some(&(format!("PUT /lists/{LIST}/contacts"), body)));
}

#[tokio::test]
async fn who_was_never_there_is_not_created_by_leaving() {
    let (crm, account, person) = start(EmailOctopus::default()).await;
    assert!(run(&crm, &account, &Task::Sync(former(&person)), 0).await.is_success());
    assert_eq!(crm.with(|crm| crm.contacts()), 0);
}

#[tokio::test]
async fn a_success_without_the_contact_in_it_is_none() {
    let (crm, account, person) = start(EmailOctopus::default()).await;
    for empty in [Value::Null, json!({}), json!({"tags": ["Rekomi affiliate", "VIP", "spring & summer"]})] {
        crm.once("PUT", Mood::Says(200, empty));
        let fault = fault(&crm, &account, person.clone()).await;
        assert_eq!(fault, (FaultKind::Passing, "unreadable_answer"));
        assert_eq!(crm.with(|crm| crm.contacts()), 0);
    }
    crm.once("PUT", Mood::Says(200, Value::Null));
    let done = run(&crm, &account, &Task::Sync(person.clone()), 1).await;
    assert!(done.is_success() && done.faults.len() == 1, "{:?}", done.faults);
    assert_eq!(crm.with(|crm| crm.contacts()), 1, "sent again, it is there");
}

#[tokio::test]
async fn a_list_that_is_gone_keeps_nobody_from_leaving() {
    let (crm, account, person) = start(EmailOctopus::default()).await;
    assert!(run(&crm, &account, &Task::Sync(person.clone()), 0).await.is_success());
    let used_lists = vec!["7a3b1c9e-dead-11f1-8000-000000000009".to_owned(), LIST.to_owned()];
    assert!(run(&crm, &account, &Task::Sync(Person { used_lists, ..former(&person) }), 0).await.is_success());
    assert!(!crm.with(|crm| crm.contact(&person.email)).unwrap().tags.contains("VIP"));
}

#[tokio::test]
async fn the_picker_goes_beyond_a_page() {
    let (crm, account, _) = start(EmailOctopus::with_lists(248)).await;
    let found = run(&crm, &account, &Task::Lists, 0).await.known.choices();
    assert_eq!(found.len(), 250);
    assert_eq!(found.last().map(|list| list.name.as_str()), Some("Affiliates"));
    let tags = run(&crm, &account, &Task::Tags, 0).await.known.choices();
    assert_eq!(tags.iter().map(|tag| tag.name.as_str()).collect::<Vec<_>>(), ["customer", "vip"]);
}

#[tokio::test]
async fn a_list_without_name_fields_gets_no_name() {
    let (crm, account, person) = start(EmailOctopus::default().without_field("LastName")).await;
    assert!(run(&crm, &account, &Task::Sync(person.clone()), 0).await.is_success());
    assert_eq!(calls(&crm).last().unwrap().1["fields"], json!({"FirstName": "Lauren"}));
}

#[tokio::test]
async fn the_documented_calls_are_enough() {
    for status in [404, 405] {
        let crm = crm::start(Box::new(EmailOctopus::default()));
        // The list by its id; its contacts are answered as ever.
        let hide = || crm.once(&format!("GET /lists/{LIST}"), Mood::Says(status, Value::Null));
        let account = connected(&crm).await;
        let person = rehearsal::person(&crm, "lauren@creators.test");
        for _ in 0..2 {
            hide();
            let done = run(&crm, &account, &Task::Sync(person.clone()), 0).await;
            assert!(done.is_success(), "{:?}", done.faults);
            let contact = crm.with(|crm| crm.contact(&person.email)).unwrap();
            assert!(contact.lists.contains(LIST) && contact.tags.contains("VIP"), "{contact:?}");
            assert_eq!(contact.first_name, person.first_name);
        }
        // Answers without tags: the write's success is taken for what it is.
        hide();
        crm.once("PUT", Mood::Says(200, json!({"id": "00000000-0000-11f1-8000-000000000001"})));
        assert!(run(&crm, &account, &Task::Sync(person.clone()), 0).await.is_success());
        crm.once(&format!("GET /lists/{LIST}/contacts"), Mood::Says(200, json!({"status": "subscribed"})));
        assert!(run(&crm, &account, &Task::Sync(former(&person)), 0).await.is_success());
        assert!(crm.with(|crm| crm.contact(&person.email)).unwrap().tags.contains("Rekomi former affiliate"));
        // People who unsubscribed are left alone even so.
        crm.with(|crm| crm.unsubscribed("mia@creators.test"));
        hide();
        let mia = Person { email: "mia@creators.test".to_owned(), ..person };
        assert!(run(&crm, &account, &Task::Sync(mia), 0).await.left_alone.is_some());
    }
}

#[tokio::test]
async fn refusals_are_told_apart() {
    let (crm, account, person) = start(EmailOctopus::default()).await;
    let gone = Choice { id: "7a3b1c9e-dead-11f1-8000-000000000009".to_owned(), name: "Old".to_owned() };
    let settings = (FaultKind::Settings, "list_missing");
    assert_eq!(fault(&crm, &account, Person { lists: vec![gone], ..person.clone() }).await, settings);
    assert_eq!(crm.with(|crm| crm.contacts()), 0);
    let nobody = Person { email: "nobody".to_owned(), ..person.clone() };
    assert_eq!(fault(&crm, &account, nobody).await, (FaultKind::Refused, "invalid_email"));
    crm.once("PUT", Mood::Says(200, json!({"email_address": person.email, "tags": ["VIP"], "status": "subscribed"})));
    assert_eq!(fault(&crm, &account, person.clone()).await, (FaultKind::Refused, "tag_refused"));
    let (full, account, person) = start(EmailOctopus::default().full()).await;
    assert_eq!(fault(&full, &account, person.clone()).await, (FaultKind::Refused, "plan_limit"));
}

#[tokio::test]
async fn of_two_lists_the_one_that_failed_is_written_again_alone() {
    let (crm, account, person) = start(EmailOctopus::default()).await;
    let first = Choice { id: OTHER.to_owned(), name: "Customers".to_owned() };
    let lists = vec![first.clone(), person.lists[0].clone()];
    let person = Person { lists, ..person };
    assert!(run(&crm, &account, &Task::Sync(person.clone()), 0).await.is_success());
    for (task, method) in [(Task::Sync(former(&person)), "PUT"), (Task::Forget(person.clone()), "DELETE")] {
        let before = calls(&crm).len();
        crm.once(&format!("{method} /lists/{LIST}"), Mood::Says(500, Value::Null));
        let done = run(&crm, &account, &task, 1).await;
        assert!(done.is_success() && done.faults.len() == 1, "{:?}", done.faults);
        let made: Vec<String> = calls(&crm).split_off(before).into_iter().map(|(line, _)| line).collect();
        let of = |list: &str| made.iter().filter(|line| line.starts_with(&format!("{method} /lists/{list}"))).count();
        assert_eq!((of(&first.id), of(LIST)), (1, 2), "{made:?}");
    }
    assert_eq!(crm.with(|crm| crm.contacts()), 0);
}

//! Goal: MailerLite gets exactly the calls that its page promises, groups are made once, and its refusals are told apart.
//! Method: against its fake server; what all vendors have in common is in `crm`.

use connector::{Account, Choice, FaultKind, Person, Task};
use serde_json::{Value, json};
use world::fakes::{
    FakeServer, Mood,
    crm::{
        self, Crm, Subscribed,
        mailerlite::MailerLite,
        rehearsal::{self, connected, former, run},
    },
};

type FakeCrm = FakeServer<Box<dyn Crm>>;

async fn start(vendor: MailerLite) -> (FakeCrm, Account, Person) {
    let crm = crm::start(Box::new(vendor));
    let account = connected(&crm).await;
    let tags = vec!["Rekomi affiliate".to_owned(), "VIP".to_owned()];
    let person = Person { tags, ..rehearsal::person(&crm, "lauren@creators.test") };
    (crm, account, person)
}

/// What was asked from that call on: the line, and the body.
fn calls(crm: &FakeCrm, from: usize) -> Vec<(String, Value)> {
    crm.calls().iter().skip(from).map(|call| (call.line(), call.json().unwrap_or_default())).collect()
}

async fn synced(crm: &FakeCrm, account: &Account, person: &Person) -> Vec<(String, Value)> {
    let before = crm.calls().len();
    let done = run(crm, account, &Task::Sync(person.clone()), 0).await;
    assert!(done.is_success(), "{:?} {:?}", done.faults, done.left_alone);
    calls(crm, before)
}

async fn fault(crm: &FakeCrm, account: &Account, person: Person) -> (FaultKind, &'static str) {
    let done = run(crm, account, &Task::Sync(person), 0).await;
    let fault = done.faults.last().expect("it must fail");
    (fault.kind, fault.code)
}

#[tokio::test]
async fn a_first_sync_makes_the_groups_and_a_second_one_four_calls() {
    let (crm, account, person) = start(MailerLite::default()).await;
    let made = synced(&crm, &account, &person).await;
    let subscriber = json!({
        "email": "lauren@creators.test",
        "fields": {"name": "Lauren", "last_name": "van Vale"},
        "groups": ["102", "1001", "1002"],
        "status": "active",
        "opted_in_at": "2026-09-21 14:13:20",
    });
    let line = |line: &str| (line.to_owned(), Value::Null);
    let expected = [
        line("GET /api/subscribers/lauren%40creators.test"),
        line("GET /api/groups"),
        ("POST /api/groups".to_owned(), json!({"name": "Rekomi affiliate"})),
        line("GET /api/groups"),
        ("POST /api/groups".to_owned(), json!({"name": "VIP"})),
        line("GET /api/groups"),
        ("POST /api/subscribers".to_owned(), subscriber),
        line("GET /api/subscribers/1003"),
    ];
    assert_eq!(made, expected);
    let again = synced(&crm, &account, &person).await;
    let subscriber = json!({
        "email": "lauren@creators.test",
        "fields": {"name": "Lauren", "last_name": "van Vale"},
        "groups": ["102", "1001", "1002"],
    });
    let expected = [
        line("GET /api/subscribers/lauren%40creators.test"),
        line("GET /api/groups"),
        ("POST /api/subscribers".to_owned(), subscriber),
        line("GET /api/subscribers/1003"),
    ];
    assert_eq!(again, expected);
}

#[tokio::test]
async fn of_twin_groups_the_older_counts() {
    let (crm, account, person) = start(MailerLite::default().raced()).await;
    synced(&crm, &account, &person).await;
    // The race made 1001, we made 1002.
    let other = Person { email: "mia@creators.test".to_owned(), ..person.clone() };
    let made = synced(&crm, &account, &other).await;
    let saved = made.iter().find(|(line, _)| line == "POST /api/subscribers").unwrap();
    assert_eq!(saved.1["groups"], json!(["102", "1001", "1003"]));
    let first = calls(&crm, 0).into_iter().find(|(line, _)| line == "POST /api/subscribers").unwrap();
    assert_eq!(first.1["groups"], saved.1["groups"]);
}

#[tokio::test]
async fn who_leaves_is_moved_by_groups_alone_even_if_they_unsubscribed() {
    let (crm, account, person) = start(MailerLite::default()).await;
    synced(&crm, &account, &person).await;
    let left = former(&person);
    let made: Vec<String> = synced(&crm, &account, &left).await.into_iter().map(|(line, _)| line).collect();
    let expected = [
        "GET /api/subscribers/lauren%40creators.test",
        "GET /api/groups",
        "POST /api/groups",
        "GET /api/groups",
        "POST /api/subscribers/1003/groups/1004",
        "DELETE /api/subscribers/1003/groups/1001",
        "DELETE /api/subscribers/1003/groups/1002",
        "GET /api/subscribers/1003",
    ];
    assert_eq!(made, expected);
    crm.with(|crm| crm.unsubscribed("gone@creators.test"));
    synced(&crm, &account, &Person { email: "gone@creators.test".to_owned(), ..left.clone() }).await;
    let gone = crm.with(|crm| crm.contact("gone@creators.test")).unwrap();
    assert_eq!(gone.subscribed, Subscribed::No);
    assert!(gone.tags.contains("Rekomi former affiliate"), "{:?}", gone.tags);
    let count = crm.with(|crm| crm.contacts());
    synced(&crm, &account, &Person { email: "never@creators.test".to_owned(), ..left }).await;
    assert_eq!(crm.with(|crm| crm.contacts()), count, "leaving creates nobody");
}

#[tokio::test]
async fn bounced_and_junk_are_left_alone_too() {
    for status in ["bounced", "junk"] {
        let mut vendor = MailerLite::default();
        vendor.is("lauren@creators.test", status);
        let (crm, account, person) = start(vendor).await;
        let before = crm.calls().len();
        let done = run(&crm, &account, &Task::Sync(person), 0).await;
        assert!(done.left_alone.is_some_and(|why| why.contains(status)), "{:?}", done.faults);
        assert_eq!(calls(&crm, before).len(), 1);
    }
}

#[tokio::test]
async fn the_picker_goes_beyond_a_page_and_so_does_the_search_for_tags() {
    let (crm, account, person) = start(MailerLite::with_groups(247)).await;
    assert_eq!(run(&crm, &account, &Task::Lists, 0).await.known.choices().len(), 250);
    // The oldest groups are on the last page, the chosen one among them.
    let made = synced(&crm, &account, &Person { tags: vec!["Newsletter".to_owned()], ..person }).await;
    assert_eq!(made.iter().filter(|(line, _)| line == "GET /api/groups").count(), 3);
    assert!(made.iter().all(|(line, _)| line != "POST /api/groups"));
}

#[tokio::test]
async fn the_documented_calls_are_enough() {
    for status in [404, 405] {
        let (crm, account, person) = start(MailerLite::default()).await;
        for call in ["DELETE /api/subscribers", "GET /api/groups/", "PUT", "PATCH"] {
            crm.when(call, Mood::Says(status, Value::Null));
        }
        for _ in 0..2 {
            synced(&crm, &account, &person).await;
            let contact = crm.with(|crm| crm.contact(&person.email)).unwrap();
            assert!(contact.lists.contains("102") && contact.tags.contains("VIP"), "{contact:?}");
        }
        // Groups that can't be taken away aren't waited for.
        let made = synced(&crm, &account, &former(&person)).await;
        assert_eq!(made.iter().filter(|(line, _)| line.starts_with("GET /api/subscribers/")).count(), 2, "{made:?}");
        assert!(crm.with(|crm| crm.contact(&person.email)).unwrap().tags.contains("Rekomi former affiliate"));
        // A subscriber that is shown without groups.
        let brief = json!({"data": {"id": "1003", "email": person.email, "status": "active"}});
        crm.when("GET /api/subscribers/", Mood::Says(200, brief));
        synced(&crm, &account, &person).await;
    }
}

#[tokio::test]
async fn refusals_are_told_apart() {
    let (crm, account, person) = start(MailerLite::default()).await;
    let gone = vec![Choice { id: "7".to_owned(), name: "Old".to_owned() }];
    let before = crm.calls().len();
    let settings = (FaultKind::Settings, "list_missing");
    assert_eq!(fault(&crm, &account, Person { lists: gone, ..person.clone() }).await, settings);
    assert!(calls(&crm, before).iter().all(|(line, _)| line.starts_with("GET")), "nothing was written");
    let nobody = Person { email: "nobody".to_owned(), ..person.clone() };
    assert_eq!(fault(&crm, &account, nobody).await, (FaultKind::Refused, "invalid_email"));
    crm.once("GET", Mood::Says(403, json!({"message": "This action is unauthorized."})));
    assert_eq!(fault(&crm, &account, person.clone()).await, (FaultKind::Rights, "missing_scope"));
    let invalid = json!({"message": "The given data was invalid.", "errors": {"name": ["The name is too long."]}});
    let long = Person { tags: vec!["x".repeat(256)], ..person.clone() };
    crm.once("POST /api/groups", Mood::Says(422, invalid));
    assert_eq!(fault(&crm, &account, long).await, (FaultKind::Refused, "tag_refused"));
    // It says yes, and never shows the groups.
    let empty = json!({"data": {"id": "1003", "email": person.email, "status": "active", "groups": []}});
    crm.when("GET /api/subscribers/1003", Mood::Says(200, empty));
    assert_eq!(fault(&crm, &account, person).await, (FaultKind::Refused, "not_confirmed"));
}

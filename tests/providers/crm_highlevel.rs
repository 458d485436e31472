//! Goal: what is special to HighLevel: tags that a write of the contact would replace, their case, and its "do not
//! disturb".
//! Method: the connector against its fake server.

use connector::{Account, FaultKind, Person, Task};
use serde_json::{Value, json};
use world::fakes::{
    Call, FakeServer, Mood,
    crm::{
        self, Crm,
        highlevel::HighLevel,
        rehearsal::{Outcome, connected, former, person, run},
    },
};

type FakeCrm = FakeServer<Box<dyn Crm>>;

const EMAIL: &str = "lauren@creators.test";
const CONTACT: &str = "/contacts/c0000000000000000001";
const FIND: &str = "GET /contacts/search/duplicate";

async fn start(inside: HighLevel) -> (FakeCrm, Account, Person) {
    let crm = crm::start(Box::new(inside));
    let account = connected(&crm).await;
    let person = person(&crm, EMAIL);
    (crm, account, person)
}

async fn sync(crm: &FakeCrm, account: &Account, person: &Person) -> Outcome {
    run(crm, account, &Task::Sync(person.clone()), 0).await
}

/// The calls after the test call.
fn calls(crm: &FakeCrm) -> Vec<Call> {
    crm.calls().split_off(1)
}

fn lines(crm: &FakeCrm) -> Vec<String> {
    calls(crm).iter().map(Call::line).collect()
}

#[tokio::test]
async fn a_first_sync_creates_tags_and_reads_back() {
    let (crm, account, person) = start(HighLevel::default()).await;
    assert_eq!(account.found.maybe("account").as_deref(), Some("Brand, Inc."));
    assert!(sync(&crm, &account, &person).await.is_success());
    let [get, put, tag] = [format!("GET {CONTACT}"), format!("PUT {CONTACT}"), format!("POST {CONTACT}/tags")];
    assert_eq!(lines(&crm), [FIND, "POST /contacts/upsert", &tag, &get]);
    let bodies: Vec<Value> = calls(&crm).iter().filter_map(Call::json).collect();
    let contact = json!({
        "locationId": "ve9EPM428h8vShlRW1KT", "email": EMAIL, "firstName": "Lauren", "lastName": "van Vale",
        "source": "Rekomi",
    });
    assert_eq!(bodies, [contact, json!({"tags": ["Rekomi affiliate", "VIP", "spring & summer"]})]);
    assert!(sync(&crm, &account, &person).await.is_success());
    assert_eq!(lines(&crm).split_off(4), [FIND, &get, &put, &tag, &get], "read before anything is written");
}

#[tokio::test]
async fn who_leaves_loses_only_the_tags_that_we_gave() {
    for inside in [HighLevel::default(), HighLevel::default().lower()] {
        let (crm, account, person) = start(inside.with(EMAIL, false, Some("inactive"))).await;
        assert!(sync(&crm, &account, &person).await.is_success());
        let before = calls(&crm).len();
        let done = sync(&crm, &account, &former(&person)).await;
        assert!(done.is_success(), "{:?}", done.faults);
        assert!(lines(&crm).split_off(before).iter().all(|line| !line.starts_with("PUT")));
        let tags: Vec<String> = crm.with(|crm| crm.contact(EMAIL)).unwrap().tags.into_iter().collect();
        let tags: Vec<String> = tags.iter().map(|tag| tag.to_lowercase()).collect();
        assert_eq!(tags.len(), 2, "{tags:?}");
        assert!(tags.contains(&"customer".to_owned()) && tags.contains(&"rekomi former affiliate".to_owned()));
    }
}

#[tokio::test]
async fn a_tag_whose_case_changed_is_not_removed() {
    let (crm, account, person) = start(HighLevel::default().lower()).await;
    assert!(sync(&crm, &account, &person).await.is_success());
    let renamed = Person {
        tags: vec!["Rekomi affiliate".to_owned(), "vip".to_owned()],
        untags: vec!["VIP".to_owned()],
        ..person
    };
    assert!(sync(&crm, &account, &renamed).await.is_success());
    assert!(!lines(&crm).iter().any(|line| line.starts_with("DELETE")), "{:?}", lines(&crm));
}

#[tokio::test]
async fn whoever_is_not_to_be_disturbed_is_left_alone() {
    for (dnd, status) in [(true, None), (true, Some("inactive")), (false, Some("active")), (false, Some("permanent"))] {
        let (crm, account, person) = start(HighLevel::default().with(EMAIL, dnd, status)).await;
        let done = sync(&crm, &account, &person).await;
        assert!(done.left_alone.is_some_and(|why| why.contains("unsubscribed")), "{:?}", done.faults);
        assert!(lines(&crm).iter().all(|line| line.starts_with("GET")), "{:?}", lines(&crm));
    }
}

#[tokio::test]
async fn whoever_the_search_misses_is_left_alone_after_all() {
    let (crm, account, person) = start(HighLevel::default().with(EMAIL, false, Some("active"))).await;
    crm.once(FIND, Mood::Says(200, json!({"traceId": "1"})));
    let done = sync(&crm, &account, &person).await;
    assert!(done.left_alone.is_some(), "{:?}", done.faults);
    assert_eq!(lines(&crm), [FIND, "POST /contacts/upsert"]);
    // Somebody else, whose other field matched.
    crm.once(FIND, Mood::Says(200, json!({"contact": {"id": "c9", "email": "other@creators.test"}})));
    assert!(sync(&crm, &account, &person).await.left_alone.is_some());
    assert!(!lines(&crm).iter().any(|line| line.contains("c9")));
}

#[tokio::test]
async fn what_arrives_later_is_waited_for() {
    let (crm, account, person) = start(HighLevel::default()).await;
    let late = json!({"contact": {"id": "c0000000000000000001", "email": EMAIL, "tags": []}});
    crm.once(&format!("GET {CONTACT}"), Mood::Says(200, late.clone()));
    assert!(sync(&crm, &account, &person).await.is_success());
    crm.when(&format!("GET {CONTACT}"), Mood::Says(200, late));
    assert_eq!(sync(&crm, &account, &person).await.faults.pop().unwrap().code, "not_confirmed");
}

#[tokio::test]
async fn who_was_never_there_isnt_created_to_be_marked_as_gone() {
    let (crm, account, person) = start(HighLevel::default()).await;
    assert!(sync(&crm, &account, &former(&person)).await.is_success());
    assert_eq!((lines(&crm), crm.with(|crm| crm.contacts())), (vec![FIND.to_owned()], 0));
    assert!(sync(&crm, &account, &person).await.is_success());
    let existing = run(&crm, &account, &Task::Tags, 0).await.known.choices();
    assert!(existing.iter().any(|tag| tag.name == "VIP"), "{existing:?}");
}

#[tokio::test]
async fn its_own_errors_say_what_to_do() {
    let (crm, mut account, person) = start(HighLevel::default()).await;
    let forbidden = json!({"statusCode": 403, "message": "The token is not authorized for this scope."});
    crm.once("POST", Mood::Says(403, forbidden));
    assert_eq!(sync(&crm, &account, &person).await.faults.pop().unwrap().kind, FaultKind::Rights);
    let invalid = json!({"statusCode": 422, "message": ["email must be an email"], "error": "Unprocessable Entity"});
    crm.once("POST", Mood::Says(422, invalid));
    let fault = sync(&crm, &account, &person).await.faults.pop().unwrap();
    assert!(fault.code == "invalid_email" && fault.message.contains("email must be an email"), "{fault:?}");
    account.credentials.insert("locationId".to_owned(), "another".to_owned());
    let fault = run(&crm, &account, &Task::Check, 0).await.faults.pop().unwrap();
    assert_eq!(fault.kind, FaultKind::Credentials);
}

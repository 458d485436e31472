//! Goal: what is special to Mautic: its mark "do not contact", segments that people can leave on their own, and answers
//! whose shape depends on how many there are.
//! Method: the connector against its fake server.

use connector::{Account, FaultKind, Person, Task};
use serde_json::{Value, json};
use world::fakes::{
    Call, FakeServer, Mood,
    crm::{
        self, Crm,
        mautic::Mautic,
        rehearsal::{Outcome, connected, former, person, run},
    },
};

type FakeCrm = FakeServer<Box<dyn Crm>>;

const EMAIL: &str = "lauren@creators.test";
const FIND: &str = "GET /api/contacts";
const SEGMENT: &str = "GET /api/segments/5";
const CREATE: &str = "POST /api/contacts/new";

async fn start(inside: Mautic, email: &str) -> (FakeCrm, Account, Person) {
    let crm = crm::start(Box::new(inside));
    let account = connected(&crm).await;
    let person = person(&crm, email);
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
async fn a_first_sync_creates_the_contact_and_a_second_one_updates_it() {
    let (crm, account, person) = start(Mautic::default(), EMAIL).await;
    assert_eq!(account.found.maybe("account").as_deref(), Some("mautic.brand.test"));
    assert!(sync(&crm, &account, &person).await.is_success());
    let join = "POST /api/segments/5/contact/71/add";
    assert_eq!(lines(&crm), [FIND, SEGMENT, CREATE, join]);
    let expected = json!({
        "email": EMAIL, "firstname": "Lauren", "lastname": "van Vale", "rekomi_status": "approved",
        "tags": ["Rekomi affiliate", "VIP", "spring & summer"],
    });
    assert_eq!(calls(&crm)[2].json(), Some(expected));
    assert!(sync(&crm, &account, &person).await.is_success());
    assert_eq!(lines(&crm).split_off(4), [FIND, SEGMENT, "PATCH /api/contacts/71/edit", join]);
    assert!(sync(&crm, &account, &former(&person)).await.is_success());
    let left = calls(&crm).pop().and_then(|call| call.json());
    let tags = ["Rekomi former affiliate", "-Rekomi affiliate", "-VIP", "-spring & summer"];
    assert_eq!(left, Some(json!({"tags": tags, "rekomi_status": "left"})));
}

#[tokio::test]
async fn who_is_there_keeps_everything_of_the_brands_own() {
    let (crm, account, person) = start(Mautic::default().with(EMAIL, Some(("sms", 1))), EMAIL).await;
    assert!(sync(&crm, &account, &person).await.is_success(), "another channel is another matter");
    let contact = crm.with(|crm| crm.contact(EMAIL)).unwrap();
    assert!(contact.tags.contains("customer") && contact.tags.contains("VIP"), "{contact:?}");
}

#[tokio::test]
async fn whoever_is_not_to_be_contacted_is_left_alone_for_any_reason() {
    for reason in 1..=3 {
        let (crm, account, person) = start(Mautic::default().with(EMAIL, Some(("email", reason))), EMAIL).await;
        let done = sync(&crm, &account, &person).await;
        assert!(done.left_alone.is_some_and(|why| why.contains("do not contact")), "{:?}", done.faults);
        assert_eq!(lines(&crm), [FIND]);
    }
}

#[tokio::test]
async fn who_cannot_be_searched_for_is_joined_to_nothing_after_all() {
    let email = "o'neil&co@creators.test";
    let (crm, account, person) = start(Mautic::default().with(email, Some(("email", 1))), email).await;
    let done = sync(&crm, &account, &person).await;
    assert!(done.left_alone.is_some_and(|why| why.contains("do not contact")), "{:?}", done.faults);
    assert_eq!(lines(&crm), [FIND, SEGMENT, CREATE], "the contact shows only what saving it returns");
    assert!(crm.with(|crm| crm.contact(email)).unwrap().lists.is_empty());
}

#[tokio::test]
async fn segments_that_people_can_leave_are_neither_offered_nor_used() {
    let (crm, account, person) = start(Mautic::default().with_segments(250), EMAIL).await;
    let picked = run(&crm, &account, &Task::Lists, 0).await;
    let names: Vec<String> = picked.known.choices().into_iter().map(|list| list.name).collect();
    assert_eq!((names.len(), lines(&crm).len()), (127, 3), "three pages: {names:?}");
    assert!(!names.contains(&"Newsletter".to_owned()) && names.contains(&"Segment 349".to_owned()));
    let newsletter = connector::Choice { id: "6".to_owned(), name: "Newsletter".to_owned() };
    let done = sync(&crm, &account, &Person { lists: vec![newsletter], ..person }).await;
    assert_eq!(done.faults.last().map(|fault| fault.code), Some("segment_public"));
    assert!(crm.with(|crm| crm.contact(EMAIL)).is_none(), "nothing is written before");
}

#[tokio::test]
async fn who_was_never_there_isnt_created_to_be_marked_as_gone() {
    let (crm, account, person) = start(Mautic::default(), EMAIL).await;
    assert!(sync(&crm, &account, &former(&person)).await.is_success());
    assert_eq!((lines(&crm), crm.with(|crm| crm.contacts())), (vec![FIND.to_owned()], 0));
    assert!(run(&crm, &account, &Task::Forget(person), 0).await.is_success());
}

#[tokio::test]
async fn tags_are_added_as_they_are_or_refused() {
    let (crm, account, person) = start(Mautic::default(), EMAIL).await;
    let quoted = Person { tags: vec!["Rekomi affiliate".to_owned(), "Ann's".to_owned()], ..person.clone() };
    assert!(sync(&crm, &account, &quoted).await.is_success(), "stored as an entity");
    let minus = Person { tags: vec!["-customer".to_owned()], ..person.clone() };
    let fault = sync(&crm, &account, &minus).await.faults.pop().unwrap();
    assert_eq!((fault.kind, fault.code), (FaultKind::Settings, "tag_refused"));
    let without = json!({"contact": {"id": 71, "tags": [{"id": 1, "tag": "customer"}], "doNotContact": []}});
    crm.once("PATCH", Mood::Says(200, without));
    assert_eq!(sync(&crm, &account, &person).await.faults.pop().unwrap().code, "tag_refused");
    let existing = run(&crm, &account, &Task::Tags, 0).await.known.choices();
    assert!(existing.iter().any(|tag| tag.name == "customer"), "{existing:?}");
}

#[tokio::test]
async fn its_own_errors_say_what_to_do() {
    let (crm, account, person) = start(Mautic::default(), EMAIL).await;
    let error =
        |code: u16, message: &str, kind: &str| json!({"errors": [{"code": code, "message": message, "type": kind}]});
    crm.once("", Mood::Says(403, error(403, "API disabled.", "api_disabled")));
    let fault = sync(&crm, &account, &person).await.faults.pop().unwrap();
    assert!(fault.kind == FaultKind::Rights && fault.message.contains("API Settings"), "{fault:?}");
    let gone = connector::Choice { id: "9".to_owned(), name: "Gone".to_owned() };
    let fault = sync(&crm, &account, &Person { lists: vec![gone], ..person.clone() }).await.faults.pop().unwrap();
    assert_eq!((fault.kind, fault.code), (FaultKind::Settings, "list_missing"));
    crm.once(CREATE, Mood::Says(200, error(400, "email: invalid", "")));
    assert!(sync(&crm, &account, &person).await.ended, "a success that says otherwise");
    assert!(sync(&crm, &account, &person).await.is_success());
    crm.once("PATCH", Mood::Says(404, error(404, "Item was not found.", "")));
    let fault = sync(&crm, &account, &person).await.faults.pop().unwrap();
    assert_eq!((fault.kind, fault.code), (FaultKind::Passing, "conflict"));
    for mood in [Mood::Garbage, Mood::Says(404, Value::Null), Mood::Says(200, json!({"name": "another"}))] {
        crm.once("", mood.clone());
        let fault = run(&crm, &account, &Task::Check, 0).await.faults.pop().unwrap();
        assert_eq!((fault.kind, fault.code), (FaultKind::Settings, "wrong_address"), "{mood:?}");
    }
}

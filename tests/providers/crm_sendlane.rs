//! Goal: Sendlane gets exactly the calls that its page promises, success means that list and tags were seen, and its
//! refusals are told apart.
//! Method: against its fake server, which adds later than it answers; what all vendors have in common is in `crm`.

use connector::{Account, Choice, Fault, FaultKind, Person, Task};
use serde_json::{Value, json};
use world::fakes::{
    FakeServer, Mood,
    crm::{
        Crm, Subscribed,
        rehearsal::{former, run, started},
        sendlane::Sendlane,
    },
};

type FakeCrm = FakeServer<Box<dyn Crm>>;
const EMAIL: &str = "lauren@creators.test";
const SEARCH: &str = "GET /v2/contacts/search";

/// What was asked for a sync that goes well: the line, and the body.
async fn synced(crm: &FakeCrm, account: &Account, person: &Person) -> Vec<(String, Value)> {
    let before = crm.calls().len();
    let done = run(crm, account, &Task::Sync(person.clone()), 0).await;
    assert!(done.is_success(), "{:?} {:?}", done.faults, done.left_alone);
    crm.calls().iter().skip(before).map(|call| (call.line(), call.json().unwrap_or_default())).collect()
}

fn writes(made: &[(String, Value)]) -> Vec<(&str, &Value)> {
    made.iter().filter(|(line, _)| !line.starts_with("GET ")).map(|(line, body)| (line.as_str(), body)).collect()
}

async fn fault(crm: &FakeCrm, account: &Account, task: Task) -> Fault {
    run(crm, account, &task, 0).await.faults.pop().expect("it must fail")
}

#[tokio::test]
async fn a_first_sync_adds_once_and_looks_until_it_is_so() {
    let (crm, account, person) = started(Sendlane::default(), EMAIL).await;
    let made = synced(&crm, &account, &person).await;
    let member = json!({
        "email": EMAIL, "first_name": "Lauren", "last_name": "van Vale", "email_consent": true,
        "tag_ids": [101, 102, 103], "custom_fields": [{"id": 104, "value": "approved"}],
    });
    let expected = [
        (SEARCH, Value::Null),
        ("GET /v2/tags", Value::Null),
        ("POST /v2/tags", json!({"name": "Rekomi affiliate"})),
        ("POST /v2/tags", json!({"name": "VIP"})),
        ("POST /v2/tags", json!({"name": "spring & summer"})),
        ("GET /v2/custom-fields", Value::Null),
        ("POST /v2/custom-fields", json!({"name": "rekomi_status"})),
        ("POST /v2/lists/12/contacts", json!({"contacts": [member]})),
        (SEARCH, Value::Null),
        (SEARCH, Value::Null),
    ];
    assert_eq!(made, expected.map(|(line, body)| (line.to_owned(), body)));
}

#[tokio::test]
async fn who_is_there_is_written_only_where_they_differ() {
    let (crm, account, person) = started(Sendlane::default(), EMAIL).await;
    let person = Person { tags: vec!["Rekomi affiliate".to_owned()], ..person };
    synced(&crm, &account, &person).await;
    let status = json!({"custom_fields": [{"id": 102, "value": "approved"}]});
    assert_eq!(writes(&synced(&crm, &account, &person).await), [("POST /v2/contacts/103/custom-fields", &status)]);
    let renamed = Person { last_name: Some("Vale".to_owned()), tags: vec!["Customer".to_owned()], ..person.clone() };
    let made = synced(&crm, &account, &renamed).await;
    let member = json!({"contacts": [{"email": EMAIL, "first_name": "Lauren", "last_name": "Vale"}]});
    let tags = json!({"tag_ids": [21]});
    let expected = [
        ("POST /v2/lists/12/contacts", &member),
        ("POST /v2/contacts/103/tags", &tags),
        ("POST /v2/contacts/103/custom-fields", &status),
    ];
    assert_eq!(writes(&made), expected, "no consent for people who are there");
}

#[tokio::test]
async fn without_consent_none_is_given() {
    let (crm, account, person) = started(Sendlane::default(), EMAIL).await;
    let quiet = Person { consent: None, ..person.clone() };
    let made = synced(&crm, &account, &quiet).await;
    assert_eq!(writes(&made).last().unwrap().1["contacts"][0]["email_consent"], json!(false));
    // Sendlane shows them like people who unsubscribed, so they stay as they are.
    let done = run(&crm, &account, &Task::Sync(person), 0).await;
    assert!(done.left_alone.is_some());
    assert_eq!(crm.with(|crm| crm.contact(EMAIL)).unwrap().subscribed, Subscribed::Unsaid);
}

#[tokio::test]
async fn who_leaves_is_marked_and_nobody_is_created() {
    let (crm, account, person) = started(Sendlane::default(), EMAIL).await;
    synced(&crm, &account, &person).await;
    let made = synced(&crm, &account, &former(&person)).await;
    let (tag, ids) = (json!({"name": "Rekomi former affiliate"}), json!({"tag_ids": [106]}));
    let status = json!({"custom_fields": [{"id": 104, "value": "left"}]});
    let expected = [
        ("POST /v2/tags", &tag),
        ("POST /v2/contacts/105/tags", &ids),
        ("DELETE /v2/contacts/105/tags/101", &Value::Null),
        ("DELETE /v2/contacts/105/tags/102", &Value::Null),
        ("DELETE /v2/contacts/105/tags/103", &Value::Null),
        ("POST /v2/contacts/105/custom-fields", &status),
    ];
    assert_eq!(writes(&made), expected);
    let contact = crm.with(|crm| crm.contact(EMAIL)).unwrap();
    assert_eq!((contact.lists.len(), contact.status.as_deref()), (1, Some("left")));
    let never = Person { email: "never@creators.test".to_owned(), ..former(&person) };
    let made = synced(&crm, &account, &never).await;
    assert_eq!(made.len(), 4, "only looks, a few as they may just have been added: {made:?}");
    assert_eq!(crm.with(|crm| crm.contacts()), 1);
}

#[tokio::test]
async fn a_suppressed_contact_is_left_alone() {
    let (crm, account, person) = started(Sendlane::default(), EMAIL).await;
    for state in [json!({"id": 7, "subscribed": true, "suppressed": true}), json!({"id": 7, "subscribed": false})] {
        crm.once(SEARCH, Mood::Says(200, json!({"data": state})));
        assert!(run(&crm, &account, &Task::Sync(person.clone()), 0).await.left_alone.is_some(), "{state}");
    }
    assert_eq!(crm.with(|crm| crm.contacts()), 0);
}

#[tokio::test]
async fn other_answers_for_nobody_and_less_of_a_contact_are_enough() {
    for (status, nobody) in [(404, Value::Null), (200, json!({"data": null})), (200, json!({"data": []}))] {
        let (crm, account, person) = started(Sendlane::default(), EMAIL).await;
        crm.once(SEARCH, Mood::Says(status, nobody));
        synced(&crm, &account, &person).await;
        crm.with(|crm| crm.settle());
        assert!(crm.with(|crm| crm.contact(EMAIL)).unwrap().tags.contains("VIP"));
    }
    let (crm, account, person) = started(Sendlane::default(), EMAIL).await;
    synced(&crm, &account, &person).await;
    // Neither lists nor tags are shown: all is written, and taken for done.
    crm.when(SEARCH, Mood::Says(200, json!({"data": {"id": 105, "email": EMAIL, "subscribed": true}})));
    let made = synced(&crm, &account, &person).await;
    assert!(made.iter().any(|(line, _)| line == "POST /v2/contacts/105/tags"), "{made:?}");
    assert_eq!(writes(&synced(&crm, &account, &former(&person)).await).len(), 6);
}

#[tokio::test]
async fn without_the_custom_field_everything_else_is_written() {
    let (crm, account, person) = started(Sendlane::default().closed(), EMAIL).await;
    synced(&crm, &account, &person).await;
    synced(&crm, &account, &former(&person)).await;
    let contact = crm.with(|crm| crm.contact(EMAIL)).unwrap();
    assert_eq!(contact.status, None);
    assert_eq!(contact.tags, ["Rekomi former affiliate".to_owned()].into());
}

#[tokio::test]
async fn who_has_to_confirm_first_is_no_success() {
    let (crm, account, person) = started(Sendlane::default().confirming(), EMAIL).await;
    let fault = fault(&crm, &account, Task::Sync(person)).await;
    assert_eq!((fault.kind, fault.code), (FaultKind::Refused, "not_confirmed"));
    assert!(fault.message.contains("double opt-in"), "{}", fault.message);
}

#[tokio::test]
async fn the_pickers_and_the_search_for_tags_go_beyond_a_page() {
    let (crm, account, person) = started(Sendlane::with_more(248), EMAIL).await;
    for (task, last) in [(Task::Lists, "Affiliates"), (Task::Tags, "gold")] {
        let found = run(&crm, &account, &task, 0).await.known.choices();
        assert_eq!((found.len(), found.last().map(|one| one.name.as_str())), (250, Some(last)));
    }
    let person = Person { tags: vec!["Gold".to_owned()], ..person };
    let made = synced(&crm, &account, &person).await;
    assert!(!made.iter().any(|(line, _)| line == "POST /v2/tags"), "it is there, on the last page: {made:?}");
}

#[tokio::test]
async fn what_was_created_with_a_lost_answer_is_not_created_twice() {
    for call in ["POST /v2/tags", "POST /v2/custom-fields"] {
        let (crm, account, person) = started(Sendlane::default(), EMAIL).await;
        crm.once(call, Mood::Breaks);
        let done = run(&crm, &account, &Task::Sync(person), 1).await;
        assert!(done.is_success() && done.faults.len() == 1, "{call}: {:?}", done.faults);
        assert_eq!(crm.with(|crm| crm.contact(EMAIL)).unwrap().status.as_deref(), Some("approved"), "{call}");
    }
}

#[tokio::test]
async fn refusals_are_told_apart() {
    let (crm, account, person) = started(Sendlane::default(), EMAIL).await;
    let gone = Choice { id: "99".to_owned(), name: "Old".to_owned() };
    let missing = fault(&crm, &account, Task::Sync(Person { lists: vec![gone], ..person.clone() })).await;
    assert_eq!((missing.kind, missing.code), (FaultKind::Settings, "list_missing"));
    let nobody = Person { email: "nobody".to_owned(), ..person.clone() };
    assert_eq!(fault(&crm, &account, Task::Sync(nobody)).await.code, "invalid_email");
    crm.once("POST /v2/tags", Mood::Says(422, json!({"message": "Too long.", "errors": {"name": ["Too long."]}})));
    let more = Person { tags: vec!["new".to_owned()], ..person.clone() };
    let refused = fault(&crm, &account, Task::Sync(more)).await;
    assert!(refused.code == "tag_refused" && refused.message.contains("Too long"), "{refused:?}");
    crm.once("GET", Mood::Writes(403, Vec::new(), "Forbidden".to_owned()));
    let blocked = fault(&crm, &account, Task::Sync(person.clone())).await;
    assert!(blocked.kind == FaultKind::Rights && blocked.message.contains("many errors"), "{blocked:?}");
    crm.once("GET", Mood::Writes(401, vec![("Content-Type", "text/html".to_owned())], "Unauthorized.".to_owned()));
    assert_eq!(fault(&crm, &account, Task::Sync(person)).await.kind, FaultKind::Credentials);
}

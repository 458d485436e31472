//! Goal: GetResponse gets exactly these calls: contacts are queued, tags are spelled its way, and nobody who was
//! removed from a list is added again.
//!
//! Method: syncs against a fake server that answers as GetResponse's published description says.

use connector::{Account, Choice, FaultKind, Person, Task};
use serde_json::{Value, json};
use world::fakes::{
    FakeServer, Mood,
    crm::{
        self, Crm, Subscribed,
        getresponse::GetResponse,
        rehearsal::{connected, former, lines, person, run},
    },
};

type FakeCrm = FakeServer<Box<dyn Crm>>;

const EMAIL: &str = "lauren@creators.test";
const SEARCH: &str = "POST /v3/search-contacts/contacts";

async fn start(fake: GetResponse) -> (FakeCrm, Account, Person) {
    let crm = crm::start(Box::new(fake));
    let account = connected(&crm).await;
    let person = Person { tags: vec!["Rekomi affiliate".to_owned(), "VIP".to_owned()], ..person(&crm, EMAIL) };
    (crm, account, person)
}

/// The calls of one sync that must succeed, as `POST /path` and body.
async fn calls(crm: &FakeCrm, account: &Account, person: Person) -> Vec<(String, Value)> {
    let before = crm.calls().len();
    let done = run(crm, account, &Task::Sync(person), 0).await;
    assert!(done.is_success(), "{:?} {:?}", done.faults, done.left_alone);
    let made = crm.calls().split_off(before);
    made.iter().map(|call| (call.line(), call.json().unwrap_or_default())).collect()
}

fn only_lines(calls: &[(String, Value)]) -> Vec<&str> {
    calls.iter().map(|(line, _)| line.as_str()).collect()
}

#[tokio::test]
async fn a_first_sync_is_these_calls() {
    let (crm, account, person) = start(GetResponse::default()).await;
    let made = calls(&crm, &account, person).await;
    let expected = [
        "GET /v3/contacts",
        SEARCH,
        SEARCH,
        "GET /v3/custom-fields",
        "POST /v3/custom-fields",
        "GET /v3/tags",
        "POST /v3/tags",
        "GET /v3/tags",
        "POST /v3/contacts",
        "GET /v3/contacts",
        SEARCH,
        "GET /v3/contacts",
        "GET /v3/contacts/c103",
    ];
    assert_eq!(only_lines(&made), expected);
    let kinds: Vec<&Value> = [1, 2, 10].iter().map(|at| &made[*at].1["subscribersType"][0]).collect();
    assert_eq!(kinds, ["removed", "unconfirmed", "unconfirmed"]);
    let field = json!({"name": "rekomi_status", "type": "string", "format": "text", "hidden": "true", "values": []});
    assert_eq!(made[4].1, field);
    assert_eq!(made[6].1, json!({"name": "Rekomi_affiliate"}));
    let contact = json!({
        "email": EMAIL, "name": "Lauren van Vale", "campaign": {"campaignId": "aFf1"},
        "tags": [{"tagId": "t102"}, {"tagId": "t2"}],
        "customFieldValues": [{"customFieldId": "f101", "value": ["approved"]}],
    });
    assert_eq!(made[8].1, contact);
    assert_eq!(crm.with(|crm| crm.contact(EMAIL)).unwrap().status.as_deref(), Some("approved"));
    assert!(lines(&crm).iter().all(|line| !line.contains("canary")));
}

#[tokio::test]
async fn an_existing_contact_gets_only_what_is_new() {
    let (crm, account, person) = start(GetResponse::default()).await;
    calls(&crm, &account, person.clone()).await;
    let again = calls(&crm, &account, person.clone()).await;
    assert!(again.iter().all(|(line, _)| line.starts_with("GET ")), "{again:?}");
    let tags = [person.tags.clone(), vec!["VIP gold".to_owned()]].concat();
    let changed = Person { first_name: Some("Laura".to_owned()), tags, ..person };
    let again = calls(&crm, &account, changed).await;
    let writes: Vec<_> = again.iter().filter(|(line, _)| line.starts_with("POST ")).collect();
    let expected = [
        ("POST /v3/contacts/c103".to_owned(), json!({"name": "Laura van Vale"})),
        ("POST /v3/contacts/c103/tags".to_owned(), json!({"tags": [{"tagId": "t1"}]})),
    ];
    assert_eq!(writes, expected.iter().collect::<Vec<_>>());
}

#[tokio::test]
async fn a_tag_whose_new_name_is_spelled_the_same_there_stays() {
    let (crm, account, person) = start(GetResponse::default()).await;
    let tags = |name: &str| vec!["Rekomi affiliate".to_owned(), name.to_owned()];
    calls(&crm, &account, Person { tags: tags("VIP gold"), ..person.clone() }).await;
    let renamed = Person { tags: tags("VIP-gold"), untags: vec!["VIP gold".to_owned()], ..person };
    let again = calls(&crm, &account, renamed).await;
    assert!(again.iter().all(|(line, _)| line.starts_with("GET ")), "{again:?}");
    assert!(crm.with(|crm| crm.contact(EMAIL)).unwrap().tags.contains("VIP_gold"));
}

#[tokio::test]
async fn who_leaves_keeps_the_tags_that_are_not_ours() {
    let (crm, account, person) = start(GetResponse::default()).await;
    let with_theirs = Person { tags: vec!["Rekomi affiliate".to_owned(), "VIP gold".to_owned()], ..person };
    calls(&crm, &account, with_theirs.clone()).await;
    let gone = Person { untags: vec!["Rekomi affiliate".to_owned()], ..former(&with_theirs) };
    let made = calls(&crm, &account, gone).await;
    let writes: Vec<_> = made.iter().filter(|(line, _)| line.starts_with("POST /v3/contacts/")).collect();
    let status = json!({"customFieldValues": [{"customFieldId": "f101", "value": ["left"]}]});
    let expected = [
        ("POST /v3/contacts/c103".to_owned(), json!({"tags": [{"tagId": "t1"}, {"tagId": "t104"}]})),
        ("POST /v3/contacts/c103/custom-fields".to_owned(), status),
    ];
    assert_eq!(writes, expected.iter().collect::<Vec<_>>());
    let contact = crm.with(|crm| crm.contact(EMAIL)).unwrap();
    assert!(contact.tags.iter().map(String::as_str).eq(["Rekomi former affiliate", "VIP_gold"]), "{contact:?}");
}

#[tokio::test]
async fn nobody_is_added_only_to_be_marked_as_gone() {
    let (crm, account, person) = start(GetResponse::default()).await;
    let made = calls(&crm, &account, former(&person)).await;
    assert_eq!(only_lines(&made), ["GET /v3/contacts"]);
}

#[tokio::test]
async fn whoever_was_removed_from_the_list_is_left_alone() {
    let (crm, account, person) = start(GetResponse::default()).await;
    calls(&crm, &account, person.clone()).await;
    // Deleted by API, as a brand's own page for unsubscribing does it.
    assert!(run(&crm, &account, &Task::Forget(person.clone()), 0).await.is_success());
    let before = crm.calls().len();
    let done = run(&crm, &account, &Task::Sync(person.clone()), 0).await;
    assert!(done.left_alone.is_some_and(|why| why.contains("unsubscribed")));
    assert!(crm.calls().split_off(before).iter().all(|call| call.line() != "POST /v3/contacts"));
    // Who unsubscribes between the search and the call is refused by the vendor, where it does that.
    let (crm, account, person) = start(GetResponse::default().guarded()).await;
    crm.nth_then(SEARCH, 1, Mood::Says(200, json!([])), |crm| crm.unsubscribed(EMAIL));
    let done = run(&crm, &account, &Task::Sync(person), 0).await;
    let fault = done.faults.last().unwrap();
    assert_eq!((fault.kind, fault.code), (FaultKind::Refused, "contact_refused"));
    assert_eq!(crm.with(|crm| crm.contact(EMAIL)).unwrap().subscribed, Subscribed::No);
}

#[tokio::test]
async fn whoever_has_to_confirm_is_asked_once() {
    let (crm, account, person) = start(GetResponse::default().double()).await;
    for expected in [1, 0] {
        let made = calls(&crm, &account, Person { consent: None, ..person.clone() }).await;
        assert_eq!(only_lines(&made).iter().filter(|line| **line == "POST /v3/contacts").count(), expected);
        assert_eq!(crm.with(|crm| crm.contact(EMAIL)).unwrap().subscribed, Subscribed::Pending);
    }
}

#[tokio::test]
async fn who_has_yet_to_confirm_is_deleted_too() {
    let (crm, account, person) = start(GetResponse::default().double()).await;
    let other = Choice { id: "cUs1".to_owned(), name: "Customers".to_owned() };
    let both = Person { lists: vec![other, person.lists[0].clone()], ..person };
    calls(&crm, &account, both.clone()).await;
    assert_eq!(crm.with(|crm| crm.contacts()), 2);
    // Where it can't be deleted, that is no success.
    crm.when("DELETE /v3/contacts/", Mood::Says(404, json!({"httpStatus": 404, "code": 1013, "message": "no"})));
    let done = run(&crm, &account, &Task::Forget(both.clone()), 0).await;
    assert_eq!(done.faults.last().map(|fault| fault.code), Some("not_confirmed"));
    crm.recover();
    let gone = former(&both);
    for _ in 0..2 {
        crm.once("DELETE /v3/contacts/", Mood::Breaks);
        let done = run(&crm, &account, &Task::Forget(gone.clone()), 1).await;
        assert!(done.is_success(), "{:?}", done.faults);
        assert_eq!(crm.with(|crm| crm.contacts()), 0);
    }
    // A list that is gone has no contacts.
    crm.once(SEARCH, Mood::Says(400, json!({"httpStatus": 400, "code": 1001, "message": "Campaign not found"})));
    assert!(run(&crm, &account, &Task::Forget(gone), 0).await.is_success());
}

#[tokio::test]
async fn a_contact_that_never_arrives_is_no_success() {
    let (crm, account, person) = start(GetResponse::default()).await;
    crm.when("POST /v3/contacts", Mood::Says(202, Value::Null));
    let done = run(&crm, &account, &Task::Sync(person), 0).await;
    assert_eq!(done.faults.last().map(|fault| fault.code), Some("not_confirmed"));
    assert!(crm.calls().iter().filter(|call| call.line() == "GET /v3/contacts").count() > 8);
}

#[tokio::test]
async fn the_field_is_created_as_the_guide_says_where_the_description_is_wrong() {
    let (crm, account, person) = start(GetResponse::default().by_guide()).await;
    calls(&crm, &account, person.clone()).await;
    assert_eq!(crm.with(|crm| crm.contact(EMAIL)).unwrap().status.as_deref(), Some("approved"));
    // Where it can't be created at all, everything else is written.
    let (crm, account, person) = start(GetResponse::default()).await;
    let limit = json!({"httpStatus": 400, "code": 1000, "message": "Too many custom fields"});
    crm.when("POST /v3/custom-fields", Mood::Says(400, limit));
    calls(&crm, &account, person).await;
    let contact = crm.with(|crm| crm.contact(EMAIL)).unwrap();
    assert_eq!(contact.status, None);
    assert!(contact.tags.contains("Rekomi affiliate"));
}

#[tokio::test]
async fn a_tag_or_field_whose_creation_was_lost_is_found() {
    for lost in ["POST /v3/tags", "POST /v3/custom-fields"] {
        let (crm, account, person) = start(GetResponse::default()).await;
        crm.once(lost, Mood::Breaks);
        let done = run(&crm, &account, &Task::Sync(person), 1).await;
        assert!(done.is_success() && done.faults.len() == 1, "{lost}: {:?}", done.faults);
        let contact = crm.with(|crm| crm.contact(EMAIL)).unwrap();
        assert_eq!(contact.status.as_deref(), Some("approved"), "{lost}");
        assert!(contact.tags.contains("Rekomi affiliate"), "{lost}");
    }
}

#[tokio::test]
async fn a_tag_is_found_on_a_later_page() {
    let (crm, account, person) = start(GetResponse::with_tags(150)).await;
    for expected in [1, 0] {
        let made = calls(&crm, &account, person.clone()).await;
        let created = only_lines(&made).iter().filter(|line| **line == "POST /v3/tags").count();
        assert_eq!(created, expected, "only the tag that is missing: {made:?}");
        assert!(crm.with(|crm| crm.contact(EMAIL)).unwrap().tags.contains("VIP"));
    }
    // It was created in between.
    crm.nth("GET /v3/tags", 1, Mood::Says(200, json!([])));
    let tags = vec!["Rekomi affiliate".to_owned(), "VIP".to_owned(), "VIP gold".to_owned()];
    calls(&crm, &account, Person { tags, ..person }).await;
    assert!(crm.with(|crm| crm.contact(EMAIL)).unwrap().tags.contains("VIP_gold"));
}

#[tokio::test]
async fn of_two_lists_each_has_its_contact() {
    let (crm, account, person) = start(GetResponse::default()).await;
    let other = Choice { id: "cUs1".to_owned(), name: "Customers".to_owned() };
    let both = Person { lists: vec![other, person.lists[0].clone()], ..person.clone() };
    let made = calls(&crm, &account, both.clone()).await;
    assert_eq!(only_lines(&made).iter().filter(|line| **line == "POST /v3/contacts").count(), 2);
    calls(&crm, &account, former(&both)).await;
    let contact = crm.with(|crm| crm.contact(EMAIL)).unwrap();
    assert!(contact.tags.iter().map(String::as_str).eq(["Rekomi former affiliate"]), "{contact:?}");
    crm.once("DELETE /v3/contacts/", Mood::Says(500, Value::Null));
    let done = run(&crm, &account, &Task::Forget(both), 1).await;
    assert!(done.is_success() && crm.with(|crm| crm.contacts()) == 0, "{:?}", done.faults);
}

#[tokio::test]
async fn the_picker_goes_beyond_a_page() {
    let (crm, account, _) = start(GetResponse::with_lists(198)).await;
    let found = run(&crm, &account, &Task::Lists, 0).await.known.choices();
    assert_eq!(found.len(), 200);
    assert_eq!(found.last().map(|list| list.name.as_str()), Some("Affiliates"));
    let tags = run(&crm, &account, &Task::Tags, 0).await.known.choices();
    assert_eq!(tags.iter().map(|tag| tag.name.as_str()).collect::<Vec<_>>(), ["VIP_gold", "VIP"]);
}

#[tokio::test]
async fn refusals_are_told_apart() {
    let (crm, account, person) = start(GetResponse::default()).await;
    let gone = Choice { id: "old1".to_owned(), name: "Old".to_owned() };
    let cyrillic = vec!["партнёр".to_owned()];
    for (changed, expected) in [
        (Person { lists: vec![gone], ..person.clone() }, (FaultKind::Settings, "list_missing")),
        (Person { tags: cyrillic, ..person.clone() }, (FaultKind::Refused, "tag_refused")),
        (Person { email: "nobody".to_owned(), ..person.clone() }, (FaultKind::Refused, "invalid_email")),
    ] {
        let done = run(&crm, &account, &Task::Sync(changed), 0).await;
        assert_eq!(done.faults.last().map(|fault| (fault.kind, fault.code)), Some(expected));
    }
    // The vendor's list of errors has codes whose status is another one than usual.
    for (status, code, kind) in [
        (403, 1014, FaultKind::Credentials),
        (403, 1016, FaultKind::Credentials),
        (403, 1015, FaultKind::Busy),
        (500, 1, FaultKind::Passing),
    ] {
        crm.once("GET /v3/contacts", Mood::Says(status, json!({"httpStatus": status, "code": code, "message": "no"})));
        let done = run(&crm, &account, &Task::Sync(person.clone()), 0).await;
        assert_eq!(done.faults.last().map(|fault| fault.kind), Some(kind), "{status} {code}");
    }
}

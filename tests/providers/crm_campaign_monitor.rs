//! Goal: Campaign Monitor gets exactly the calls that its page promises, and nobody who left a list comes back by us.
//! Method: against its fake server; what all vendors have in common is in `crm`.

use connector::{Account, Action, Choice, Event, FaultKind, Known, Person, Task};
use serde_json::{Value, json};
use uuid::Uuid;
use world::fakes::{
    FakeServer, Mood,
    crm::{
        self, Crm, Subscribed,
        campaignmonitor::CampaignMonitor,
        rehearsal::{self, connected, connector_of, fault, former, now, run},
    },
};

type FakeCrm = FakeServer<Box<dyn Crm>>;

const EMAIL: &str = "lauren@creators.test";
const LIST: &str = "a58ee1d3039b8bec838e6d1482a80002";
const OTHER: &str = "a58ee1d3039b8bec838e6d1482a80001";

async fn start(vendor: CampaignMonitor) -> (FakeCrm, Account, Person) {
    let crm = crm::start(Box::new(vendor));
    let account = connected(&crm).await;
    let person = Person { tags: vec!["Rekomi affiliate".to_owned()], ..rehearsal::person(&crm, EMAIL) };
    (crm, account, person)
}

/// What a sync asks: the line below the version, and the body.
async fn synced(crm: &FakeCrm, account: &Account, person: &Person) -> Vec<(String, Value)> {
    let before = crm.calls().len();
    let done = run(crm, account, &Task::Sync(person.clone()), 0).await;
    assert!(done.is_success(), "{:?} {:?}", done.faults, done.left_alone);
    let calls = crm.calls().split_off(before);
    calls.iter().map(|call| (call.line().replace("/api/v3.3", ""), call.json().unwrap_or_default())).collect()
}

fn look(what: &str) -> (String, Value) {
    (format!("GET /{what}"), Value::Null)
}

fn values(tags: &str, status: &str) -> Value {
    json!([{"Key": "rekomi_tags", "Value": tags}, {"Key": "rekomi_status", "Value": status}])
}

#[tokio::test]
async fn a_first_sync_adds_and_a_second_one_updates() {
    let (crm, account, person) = start(CampaignMonitor::default()).await;
    let (fields, subscriber) = (format!("lists/{LIST}/customfields.json"), format!("subscribers/{LIST}.json"));
    let field = |name: &str| json!({"FieldName": name, "DataType": "Text", "VisibleInPreferenceCenter": false});
    let body = json!({
        "EmailAddress": EMAIL, "Name": "Lauren van Vale", "CustomFields": values("Rekomi affiliate", "approved"),
        "Resubscribe": false, "ConsentToTrack": "Unchanged",
    });
    let expected = [
        look(&fields),
        look(&subscriber),
        (format!("POST /{fields}"), field("rekomi_tags")),
        (format!("POST /{fields}"), field("rekomi_status")),
        (format!("POST /{subscriber}"), body.clone()),
        look(&subscriber),
        look(&subscriber),
    ];
    assert_eq!(synced(&crm, &account, &person).await, expected, "the second look back finds them");
    let expected = [look(&fields), look(&subscriber), (format!("PUT /{subscriber}"), body), look(&subscriber)];
    assert_eq!(synced(&crm, &account, &person).await, expected);
}

#[tokio::test]
async fn who_leaves_is_marked_on_the_lists_that_we_used() {
    let (crm, account, person) = start(CampaignMonitor::default()).await;
    synced(&crm, &account, &former(&person)).await;
    crm.with(|crm| crm.settle());
    assert_eq!(crm.with(|crm| crm.contacts()), 0, "nobody is added only to be marked as gone");
    synced(&crm, &account, &person).await;
    let used_lists = vec![OTHER.to_owned(), "dead".to_owned(), LIST.to_owned()];
    let made = synced(&crm, &account, &Person { used_lists, ..former(&person) }).await;
    let body = json!({
        "EmailAddress": EMAIL, "CustomFields": values("Rekomi former affiliate", "left"), "Resubscribe": false,
        "ConsentToTrack": "Unchanged",
    });
    assert_eq!(
        made.len(),
        6,
        "three looks, the fields of the one list where they are, the write, a look back: {made:?}"
    );
    assert_eq!(made[4], (format!("PUT /subscribers/{LIST}.json"), body));
    crm.with(|crm| crm.unsubscribed(EMAIL));
    synced(&crm, &account, &former(&person)).await;
    assert_eq!(crm.with(|crm| crm.contact(EMAIL)).unwrap().subscribed, Subscribed::No);
}

#[tokio::test]
async fn who_was_deleted_from_the_list_is_not_marked_as_gone() {
    let (crm, account, person) = start(CampaignMonitor::default().with_member(EMAIL, "Deleted")).await;
    let made = synced(&crm, &account, &former(&person)).await;
    assert_eq!(made, [look(&format!("subscribers/{LIST}.json"))]);
    // The same if that happens between the look and the write.
    let (crm, account, person) = start(CampaignMonitor::default()).await;
    synced(&crm, &account, &person).await;
    let absent = json!({"Code": 203, "Message": "Subscriber not in list or has already been removed."});
    crm.once(&format!("PUT /api/v3.3/subscribers/{LIST}"), Mood::Says(400, absent));
    let made = synced(&crm, &account, &former(&person)).await;
    assert!(made.last().is_some_and(|(line, _)| line.starts_with("PUT ")), "{made:?}");
}

#[tokio::test]
async fn who_is_not_on_the_list_any_more_is_left_alone() {
    for state in ["Unsubscribed", "Bounced", "Deleted"] {
        let (crm, account, person) = start(CampaignMonitor::default().with_member(EMAIL, state)).await;
        let done = run(&crm, &account, &Task::Sync(person), 0).await;
        assert!(done.left_alone.is_some_and(|why| why.contains("unsubscribed")), "{state}");
        assert!(crm.calls().iter().all(|call| call.method == "GET"), "{state}");
    }
    // Only the write says that no list takes the address.
    let (crm, account, person) = start(CampaignMonitor::default().with_suppressed(EMAIL)).await;
    let done = run(&crm, &account, &Task::Sync(person.clone()), 0).await;
    assert!(done.left_alone.is_some_and(|why| why.contains("suppression")), "{:?}", done.faults);
    for code in 205..=208 {
        let (crm, account, _) = start(CampaignMonitor::default()).await;
        crm.once(
            &format!("POST /api/v3.3/subscribers/{LIST}"),
            Mood::Says(400, json!({"Code": code, "Message": "No"})),
        );
        let done = run(&crm, &account, &Task::Sync(person.clone()), 0).await;
        assert!(done.left_alone.is_some(), "{code}: {:?}", done.faults);
    }
}

#[tokio::test]
async fn who_was_asked_to_confirm_stays_unconfirmed() {
    let (crm, account, person) = start(CampaignMonitor::default().confirming()).await;
    for _ in 0..2 {
        synced(&crm, &account, &person).await;
        let contact = crm.with(|crm| crm.contact(EMAIL)).unwrap();
        assert!(contact.subscribed == Subscribed::Pending && contact.tags.contains("Rekomi affiliate"), "{contact:?}");
    }
}

#[tokio::test]
async fn whoever_is_taken_and_never_added_is_no_success() {
    let (crm, account, person) = start(CampaignMonitor::default().stuck()).await;
    assert_eq!(fault(&crm, &account, person).await, (FaultKind::Refused, "not_confirmed"));
    let added =
        crm.calls().iter().filter(|call| call.line() == format!("POST /api/v3.3/subscribers/{LIST}.json")).count();
    assert_eq!(added, 1, "they are looked at again, not added again");
}

#[tokio::test]
async fn a_list_without_our_fields_is_a_matter_of_settings() {
    let (crm, account, person) = start(CampaignMonitor::default().closed()).await;
    assert_eq!(fault(&crm, &account, person.clone()).await, (FaultKind::Settings, "field_missing"));
    // Without the status, a sync goes on.
    let (crm, account, _) = start(CampaignMonitor::default()).await;
    let full = json!({"Code": 253, "Message": "Maximum number of custom fields reached."});
    crm.nth(&format!("POST /api/v3.3/lists/{LIST}"), 1, Mood::Says(400, full));
    synced(&crm, &account, &person).await;
    let contact = crm.with(|crm| crm.contact(EMAIL)).unwrap();
    assert!(contact.status.is_none() && contact.tags.contains("Rekomi affiliate"));
    let long = Person { tags: vec!["x".repeat(251)], ..person };
    assert_eq!(fault(&crm, &account, long).await, (FaultKind::Settings, "tags_too_long"));
}

#[tokio::test]
async fn refusals_are_told_apart() {
    let (crm, account, person) = start(CampaignMonitor::default()).await;
    let gone = Choice { id: "dead".to_owned(), name: "Old".to_owned() };
    let settings = (FaultKind::Settings, "list_missing");
    assert_eq!(fault(&crm, &account, Person { lists: vec![gone], ..person.clone() }).await, settings);
    let nobody = Person { email: "nobody".to_owned(), ..person.clone() };
    assert_eq!(fault(&crm, &account, nobody).await, (FaultKind::Refused, "invalid_email"));
    crm.once(&format!("POST /api/v3.3/subscribers/{LIST}"), Mood::Says(201, Value::Null));
    assert_eq!(fault(&crm, &account, person).await, (FaultKind::Passing, "unreadable_answer"));
    for (name, word) in [("clientId", "client ID"), ("apiKey", "rejected the API key")] {
        let mut other = Account { found: Known::new(), ..account.clone() };
        other.credentials.insert(name.to_owned(), "0".repeat(32));
        let fault = run(&crm, &other, &Task::Check, 0).await.faults.pop().unwrap();
        assert!(fault.kind == FaultKind::Credentials && fault.message.contains(word), "{fault:?}");
    }
}

#[tokio::test]
async fn a_deletion_goes_through_every_list() {
    let (crm, account, person) = start(CampaignMonitor::default()).await;
    let first = Choice { id: OTHER.to_owned(), name: "Customers".to_owned() };
    let both = Person { lists: vec![first, person.lists[0].clone()], ..person };
    synced(&crm, &account, &both).await;
    assert_eq!(crm.with(|crm| crm.contacts()), 2);
    let before = crm.calls().len();
    crm.once(&format!("DELETE /api/v3.3/subscribers/{LIST}"), Mood::Says(500, Value::Null));
    let done = run(&crm, &account, &Task::Forget(both), 1).await;
    assert!(done.is_success() && done.faults.len() == 1, "{:?}", done.faults);
    assert_eq!(crm.calls().len() - before, 4, "the one that failed is repeated alone");
    assert_eq!(crm.with(|crm| crm.contacts()), 0);
}

#[tokio::test]
async fn an_event_names_its_person_and_carries_its_id() {
    let (crm, account, person) = start(CampaignMonitor::default()).await;
    let properties = json!({"amountCents": 2500, "note": ""}).as_object().unwrap().clone();
    let event = Event { name: "payout_sent".to_owned(), id: Uuid::from_u128(7), at: now(), properties };
    assert!(run(&crm, &account, &Task::Event(person, event), 0).await.is_success());
    let call = crm.calls().pop().unwrap();
    assert_eq!(call.line(), "POST /api/v3.3/events/custom/4a397ccaaa55eb4e6aa1221e1e2d7122/track");
    let data = json!({"amountCents": 2500, "eventId": "00000000-0000-0000-0000-000000000007"});
    let body = json!({"ContactID": {"Email": EMAIL}, "EventName": "payout_sent", "Data": data});
    assert_eq!(call.json(), Some(body));
    assert!(!connector_of(&crm).is_idempotent(Action::Event), "it would be counted twice");
}

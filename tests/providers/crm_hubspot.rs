//! Goal: HubSpot gets exactly the calls that its page promises, no call touches a subscription, and its own refusals
//! are told apart.
//! Method: against its fake server; what all vendors have in common is in `crm`.

use connector::{Account, Choice, FaultKind, Known, Person, Task};
use serde_json::{Value, json};
use world::fakes::{
    FakeServer, Mood,
    crm::{
        self, Crm, Subscribed,
        hubspot::HubSpot,
        rehearsal::{self, fault, former, run, started},
    },
};

const EMAIL: &str = "lauren@creators.test";
const ID: &str = "37765128954";
const TAGS: &str = "rekomi_tags";
const STATUS: &str = "rekomi_status";

/// What was asked after the four test calls: the line, and the body.
fn calls(crm: &FakeServer<Box<dyn Crm>>) -> Vec<(String, Value)> {
    crm.calls().iter().skip(4).map(|call| (call.line(), call.json().unwrap_or_default())).collect()
}

fn line(line: &str) -> (String, Value) {
    (line.to_owned(), Value::Null)
}

fn list(id: &str) -> Vec<Choice> {
    vec![Choice { id: id.to_owned(), name: "Old".to_owned() }]
}

#[tokio::test]
async fn a_first_sync_creates_properties_and_the_contact_and_a_second_one_updates_it() {
    let (crm, account, person) = started(HubSpot::default(), EMAIL).await;
    assert_eq!(account.found.maybe("account").as_deref(), Some("account 4711 (app.hubspot.com)"));
    assert!(run(&crm, &account, &Task::Sync(person.clone()), 0).await.is_success());
    let define = |name: &str, label: &str| {
        let body = json!({
            "name": name, "label": label, "type": "string", "fieldType": "text", "groupName": "contactinformation",
        });
        ("POST /crm/v3/properties/contacts".to_owned(), body)
    };
    let look = line("GET /crm/v3/objects/contacts/lauren%40creators.test");
    let fields = [TAGS, STATUS].map(|name| line(&format!("GET /crm/v3/properties/contacts/{name}")));
    let mut values = json!({
        "email": EMAIL, "firstname": "Lauren", "lastname": "van Vale",
        "rekomi_tags": "Rekomi affiliate,VIP,spring & summer", "rekomi_status": "approved",
    });
    let join = ("PUT /crm/v3/lists/42/memberships/add".to_owned(), json!([ID]));
    let expected = [
        look.clone(),
        fields[0].clone(),
        fields[1].clone(),
        define(TAGS, "Rekomi tags"),
        define(STATUS, "Rekomi status"),
        ("POST /crm/v3/objects/contacts".to_owned(), json!({"properties": values, "associations": []})),
        join.clone(),
    ];
    assert_eq!(calls(&crm), expected);
    assert!(run(&crm, &account, &Task::Sync(person), 0).await.is_success());
    values.as_object_mut().unwrap().remove("email");
    let update = (format!("PATCH /crm/v3/objects/contacts/{ID}"), json!({"properties": values}));
    let [tags, status] = fields;
    assert_eq!(calls(&crm)[7..], [look, tags, status, update, join]);
}

#[tokio::test]
async fn who_leaves_is_marked_also_after_unsubscribing_and_who_never_was_there_is_not_created() {
    let (crm, account, person) = started(HubSpot::default(), EMAIL).await;
    assert!(run(&crm, &account, &Task::Sync(former(&person)), 0).await.is_success());
    assert_eq!(calls(&crm), [line("GET /crm/v3/objects/contacts/lauren%40creators.test")]);
    assert!(run(&crm, &account, &Task::Sync(person.clone()), 0).await.is_success());
    crm.with(|crm| crm.unsubscribed(EMAIL));
    assert!(run(&crm, &account, &Task::Sync(former(&person)), 0).await.is_success());
    let values = json!({TAGS: "Rekomi former affiliate", STATUS: "left"});
    let update = (format!("PATCH /crm/v3/objects/contacts/{ID}"), json!({"properties": values}));
    assert_eq!(calls(&crm).last(), Some(&update));
    assert_eq!(crm.with(|crm| crm.contact(EMAIL)).unwrap().subscribed, Subscribed::No);
}

#[tokio::test]
async fn who_bounced_is_left_alone() {
    let (crm, account, person) = started(HubSpot::default().bouncing(EMAIL), EMAIL).await;
    let done = run(&crm, &account, &Task::Sync(person), 0).await;
    assert!(done.left_alone.is_some_and(|why| why.contains("bounced")), "{:?}", done.faults);
    assert!(calls(&crm).iter().all(|(line, _)| line.starts_with("GET ")));
}

#[tokio::test]
async fn a_contact_that_comes_or_goes_in_the_meantime_is_looked_for_again() {
    let (crm, account, person) = started(HubSpot::default(), EMAIL).await;
    let conflict =
        json!({"status": "error", "category": "CONFLICT", "message": "Contact already exists. Existing ID: 1"});
    crm.once("POST /crm/v3/objects/contacts", Mood::Says(409, conflict));
    let gone = json!({"status": "error", "category": "OBJECT_NOT_FOUND", "message": "resource not found"});
    let absent = json!({"recordsIdsAdded": [], "recordIdsRemoved": [], "recordIdsMissing": [ID]});
    for mood in [("PUT", Mood::Says(200, absent)), ("PATCH", Mood::Says(404, gone))] {
        let before = calls(&crm).len();
        let faults = if before == 0 { 2 } else { 1 };
        crm.once(mood.0, mood.1);
        let done = run(&crm, &account, &Task::Sync(person.clone()), faults).await;
        assert!(done.is_success(), "{:?}", done.faults);
        assert!(done.faults.len() == faults && done.faults.iter().all(|fault| fault.code == "conflict"));
        let made = calls(&crm).split_off(before);
        let looks = made.iter().filter(|(line, _)| line.starts_with("GET /crm/v3/objects/")).count();
        assert_eq!(looks, faults + 1, "{made:?}");
    }
    assert_eq!(crm.with(|crm| crm.contacts()), 1);
}

#[tokio::test]
async fn the_picker_goes_beyond_a_page() {
    let (crm, account, _) = started(HubSpot::with_lists(248), EMAIL).await;
    let found = run(&crm, &account, &Task::Lists, 0).await.known.choices();
    assert_eq!(found.len(), 250);
    assert_eq!(found.last(), crm.with(|crm| crm.list()).as_ref());
}

#[tokio::test]
async fn a_property_that_somebody_else_creates_in_the_meantime_is_used() {
    let (crm, account, person) = started(HubSpot::default().with_property(TAGS, "string"), EMAIL).await;
    crm.once("GET /crm/v3/properties/contacts/rekomi_tags", Mood::Says(404, json!({"message": "not found"})));
    assert!(run(&crm, &account, &Task::Sync(person), 0).await.is_success());
}

#[tokio::test]
async fn refusals_are_told_apart() {
    let (crm, account, person) = started(HubSpot::default(), EMAIL).await;
    for id in ["4", "7"] {
        let stray = Person { lists: list(id), ..person.clone() };
        assert_eq!(fault(&crm, &account, stray).await, (FaultKind::Settings, "list_missing"));
    }
    let nobody = Person { email: "nobody".to_owned(), ..person.clone() };
    assert_eq!(fault(&crm, &account, nobody).await, (FaultKind::Refused, "invalid_email"));
    let daily = json!({"status": "error", "message": "You have reached your daily limit.", "policyName": "DAILY"});
    crm.once("GET", Mood::Says(429, daily));
    let done = run(&crm, &account, &Task::Sync(person), 0).await;
    assert_eq!(done.faults[0].after.map(|after| after.as_secs()), Some(3_600));
    let (typed, account, person) = started(HubSpot::default().with_property(TAGS, "enumeration"), EMAIL).await;
    assert_eq!(fault(&typed, &account, person.clone()).await, (FaultKind::Settings, "field_type"));
    let (locked, account, person) = started(HubSpot::default().locked(), EMAIL).await;
    assert_eq!(fault(&locked, &account, person).await, (FaultKind::Settings, "field_refused"));
}

#[tokio::test]
async fn a_missing_permission_is_named() {
    for (scope, task) in [
        ("crm.objects.contacts.read", Some(Task::Check)),
        ("crm.schemas.contacts.read", Some(Task::Check)),
        ("crm.lists.read", Some(Task::Check)),
        ("crm.schemas.contacts.write", None),
        ("crm.objects.contacts.write", None),
        ("crm.lists.write", None),
    ] {
        let crm = crm::start(Box::new(HubSpot::without(scope)));
        let account = Account { credentials: crm.with(|crm| crm.credentials()), found: Known::new() };
        let task = task.unwrap_or_else(|| Task::Sync(rehearsal::person(&crm, EMAIL)));
        let done = run(&crm, &account, &task, 0).await;
        let fault = done.faults.last().expect("it must fail");
        assert_eq!(fault.kind, FaultKind::Rights, "{scope}");
        assert!(fault.message.contains(scope), "{}", fault.message);
    }
}

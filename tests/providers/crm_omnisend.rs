//! Goal: Omnisend gets exactly the calls that its page promises, success means that the tags were seen, and its refusals are
//! told apart.
//! Method: against its fake server, which tags later than it answers; what all vendors have in common is in `crm`.

use connector::{Account, FaultKind, Known, Person, Task};
use serde_json::{Value, json};
use world::fakes::{
    FakeServer, Mood,
    crm::{
        self, Crm, Subscribed,
        omnisend::Omnisend,
        rehearsal::{self, connected, connector_of, former, now, run, started},
    },
};

type FakeCrm = FakeServer<Box<dyn Crm>>;
const EMAIL: &str = "lauren@creators.test";

/// What was asked for a sync that goes well: the line, and the body.
async fn synced(crm: &FakeCrm, account: &Account, person: &Person) -> Vec<(String, Value)> {
    let before = crm.calls().len();
    let done = run(crm, account, &Task::Sync(person.clone()), 0).await;
    assert!(done.is_success(), "{:?} {:?}", done.faults, done.left_alone);
    crm.calls().iter().skip(before).map(|call| (call.line(), call.json().unwrap_or_default())).collect()
}

async fn fault(crm: &FakeCrm, account: &Account, task: Task) -> connector::Fault {
    run(crm, account, &task, 0).await.faults.pop().expect("it must fail")
}

#[tokio::test]
async fn a_first_sync_tags_and_looks_until_it_is_so() {
    let (crm, account, person) = started(Omnisend::default(), EMAIL).await;
    let made = synced(&crm, &account, &person).await;
    let at = "2026-09-21T14:13:20Z";
    let contact = json!({
        "identifiers": [{
            "type": "email",
            "id": EMAIL,
            "channels": {"email": {"status": "subscribed", "statusChangedAt": at}},
            "consent": {"source": "Rekomi affiliate program", "createdAt": at},
            "sendWelcomeMessage": false,
        }],
        "firstName": "Lauren",
        "lastName": "van Vale",
        "customProperties": {"rekomi_status": "approved"},
    });
    let tags = json!({"emails": [EMAIL], "tags": ["Rekomi affiliate", "VIP", "spring & summer"]});
    let expected = [
        ("GET /api/contacts".to_owned(), Value::Null),
        ("POST /api/contacts".to_owned(), contact),
        ("POST /api/contacts/tags".to_owned(), tags),
        ("GET /api/contacts".to_owned(), Value::Null),
        ("GET /api/contacts".to_owned(), Value::Null),
    ];
    assert_eq!(made, expected);
    // What is there already is neither tagged nor waited for.
    let again: Vec<String> = synced(&crm, &account, &person).await.into_iter().map(|(line, _)| line).collect();
    assert_eq!(again, ["GET /api/contacts", "POST /api/contacts"]);
}

#[tokio::test]
async fn who_is_known_keeps_their_channels_and_the_brands_properties() {
    let known = Omnisend::default().knowing(EMAIL, "nonSubscribed", json!({"shoe_size": 42}));
    let (crm, account, person) = started(known, EMAIL).await;
    let made = synced(&crm, &account, &person).await;
    let identifier = json!({"type": "email", "id": EMAIL, "sendWelcomeMessage": false});
    assert_eq!(made[1].1, json!({"identifiers": [identifier], "firstName": "Lauren", "lastName": "van Vale"}));
    assert_eq!(crm.with(|crm| crm.contact(EMAIL)).unwrap().subscribed, Subscribed::Unsaid);
}

#[tokio::test]
async fn who_leaves_is_marked_whatever_they_agreed_to_and_nobody_is_created() {
    let (crm, account, person) = started(Omnisend::default(), EMAIL).await;
    synced(&crm, &account, &person).await;
    let made = synced(&crm, &account, &former(&person)).await;
    let lines: Vec<&str> = made.iter().map(|(line, _)| line.as_str()).collect();
    assert_eq!(
        lines[..4],
        ["GET /api/contacts", "POST /api/contacts", "POST /api/contacts/tags", "DELETE /api/contacts/tags"]
    );
    let identifier = json!({"type": "email", "id": EMAIL, "sendWelcomeMessage": false});
    assert_eq!(made[1].1, json!({"identifiers": [identifier], "customProperties": {"rekomi_status": "left"}}));
    assert_eq!(made[3].1["tags"], json!(person.tags));
    let marked = crm.with(|crm| crm.contact(EMAIL)).unwrap();
    assert_eq!(marked.status.as_deref(), Some("left"));
    assert_eq!(marked.tags, ["Rekomi former affiliate".to_owned()].into());
    crm.with(|crm| crm.unsubscribed("gone@creators.test"));
    for email in ["gone@creators.test", "never@creators.test"] {
        synced(&crm, &account, &Person { email: email.to_owned(), ..former(&person) }).await;
    }
    assert_eq!(crm.with(|crm| crm.contact("gone@creators.test")).unwrap().subscribed, Subscribed::No);
    assert_eq!(crm.with(|crm| crm.contacts()), 2);
}

#[tokio::test]
async fn tags_that_never_show_are_no_success() {
    let (crm, account, person) = started(Omnisend::default(), EMAIL).await;
    let bare = json!({"id": "60a6170920d91c2100000001", "email": EMAIL, "tags": ["VIP"]});
    for shown in [json!([bare]), json!([])] {
        crm.when("GET /api/contacts", Mood::Says(200, json!({"contacts": shown})));
        let fault = fault(&crm, &account, Task::Sync(person.clone())).await;
        assert_eq!((fault.kind, fault.code), (FaultKind::Refused, "not_confirmed"));
        assert!(fault.message.contains("re-sync"), "{}", fault.message);
    }
}

#[tokio::test]
async fn the_documented_calls_are_enough() {
    let crm = crm::start(Box::new(Omnisend::default()));
    for call in ["GET /api/contacts/", "DELETE /api/contacts/", "PATCH /api/contacts", "GET /api/segments"] {
        crm.when(call, Mood::Says(404, Value::Null));
    }
    crm.once("GET /api/contacts", Mood::Says(404, Value::Null));
    let account = connected(&crm).await;
    let person = rehearsal::person(&crm, EMAIL);
    for _ in 0..2 {
        synced(&crm, &account, &person).await;
        let contact = crm.with(|crm| crm.contact(EMAIL)).unwrap();
        assert!(contact.tags.contains("VIP") && contact.subscribed == Subscribed::Yes, "{contact:?}");
    }
    synced(&crm, &account, &former(&person)).await;
    assert!(crm.with(|crm| crm.contact(EMAIL)).unwrap().tags.contains("Rekomi former affiliate"));
    // Contacts that are shown in brief: who unsubscribed is known by that alone.
    crm.when("GET /api/contacts", Mood::Says(200, json!({"contacts": [{"status": "subscribed"}]})));
    let made = synced(&crm, &account, &person).await;
    assert_eq!(made[1].1.pointer("/identifiers/0/channels"), None, "they are there");
    let made = synced(&crm, &account, &former(&person)).await;
    assert!(made.iter().any(|(line, _)| line == "DELETE /api/contacts/tags"), "{made:?}");
    crm.when("GET /api/contacts", Mood::Says(200, json!({"contacts": [{"status": "unsubscribed"}]})));
    assert!(run(&crm, &account, &Task::Sync(person.clone()), 0).await.left_alone.is_some());
    crm.when("GET /api/contacts", Mood::Says(200, Value::Null));
    assert_eq!(
        fault(&crm, &account, Task::Sync(person)).await.kind,
        FaultKind::Passing,
        "an empty answer isn't nobody"
    );
}

#[tokio::test]
async fn a_missing_permission_is_named() {
    for scope in ["brands.read", "contacts.read"] {
        let crm = crm::start(Box::new(Omnisend::without(scope)));
        let account = Account { credentials: crm.with(|crm| crm.credentials()), found: Known::new() };
        let fault = fault(&crm, &account, Task::Check).await;
        assert_eq!(fault.kind, FaultKind::Rights);
        assert!(fault.message.contains(scope), "{}", fault.message);
    }
    let (crm, account, person) = started(Omnisend::without("contacts.write"), EMAIL).await;
    let fault = fault(&crm, &account, Task::Sync(person)).await;
    assert!(fault.kind == FaultKind::Rights && fault.message.contains("contacts.write"), "{fault:?}");
}

#[tokio::test]
async fn refusals_are_told_apart() {
    let (crm, account, person) = started(Omnisend::default(), EMAIL).await;
    let nobody = Person { email: "nobody".to_owned(), ..person.clone() };
    assert_eq!(fault(&crm, &account, Task::Sync(nobody)).await.code, "invalid_email");
    let gone = json!({"title": "Gone", "status": 410, "detail": "API version has been retired"});
    crm.once("GET", Mood::Says(410, gone));
    assert_eq!(fault(&crm, &account, Task::Sync(person)).await.code, "api_retired");
}

#[tokio::test]
async fn an_event_carries_our_id_and_is_not_repeated() {
    let (crm, account, person) = started(Omnisend::default(), EMAIL).await;
    let id = uuid::Uuid::from_u128(0x0192_0000_0000_7000_8000_0000_0000_0001);
    let properties = json!({"amountCents": 2500, "currency": "USD"}).as_object().unwrap().clone();
    let event = connector::Event { name: "commission_earned".to_owned(), id, at: now(), properties };
    assert!(run(&crm, &account, &Task::Event(person, event), 0).await.is_success());
    let expected = json!({
        "eventName": "commission_earned",
        "origin": "api",
        "eventID": "01920000-0000-7000-8000-000000000001",
        "eventTime": "2026-11-20T08:30:00Z",
        "contact": {"email": EMAIL},
        "properties": {"amountCents": 2500, "currency": "USD"},
    });
    let report = crm.calls().pop().unwrap();
    assert_eq!((report.line().as_str(), report.json().unwrap()), ("POST /api/events", expected));
    let connector = connector_of(&crm);
    assert!(!connector.is_idempotent(connector::Action::Event) && connector.is_idempotent(connector::Action::Save));
}

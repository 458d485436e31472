//! Goal: Sailthru gets exactly the calls that its page promises, each signed; no one joins a list that they left, or
//! that is gone, and its refusals are told apart.
//! Method: against its fake server; what all vendors have in common is in `crm`.

use connector::{Account, Choice, Fault, FaultKind, Person, Task};
use serde_json::{Value, json};
use world::fakes::{
    Call, FakeServer, Mood,
    crm::{
        Crm, Subscribed,
        rehearsal::{self, connected, former, now, run, started},
        sailthru::Sailthru,
    },
};

type FakeCrm = FakeServer<Box<dyn Crm>>;
const EMAIL: &str = "lauren@creators.test";

/// A parameter of a call, from its form or its address.
fn parameter(call: &Call, name: &str) -> Option<String> {
    let all = call.form().unwrap_or_else(|| call.query.clone());
    all.into_iter().find(|(known, _)| known == name).map(|(_, value)| value)
}

/// The line of a call, and the JSON in it.
fn read(call: &Call) -> (String, Value) {
    (call.line(), serde_json::from_str(&parameter(call, "json").unwrap()).unwrap())
}

async fn synced(crm: &FakeCrm, account: &Account, person: &Person) -> Vec<(String, Value)> {
    let before = crm.calls().len();
    let done = run(crm, account, &Task::Sync(person.clone()), 0).await;
    assert!(done.is_success(), "{:?} {:?}", done.faults, done.left_alone);
    crm.calls().iter().skip(before).map(read).collect()
}

async fn left_alone(crm: &FakeCrm, account: &Account, person: &Person) -> String {
    let before = crm.calls().len();
    let done = run(crm, account, &Task::Sync(person.clone()), 0).await;
    assert_eq!(crm.calls().len(), before + 1, "only looks");
    done.left_alone.expect("they must be left alone")
}

async fn fault(crm: &FakeCrm, account: &Account, task: Task) -> Fault {
    run(crm, account, &task, 0).await.faults.pop().expect("it must fail")
}

fn look() -> (String, Value) {
    let fields = json!({"keys": 1, "vars": 1, "lists": 1, "optout_email": 1});
    ("GET /user".to_owned(), json!({"id": EMAIL, "key": "email", "fields": fields}))
}

fn save(vars: Value, lists: Option<Value>) -> (String, Value) {
    let fields = json!({"keys": 1, "vars": 1, "lists": 1});
    let mut body = json!({"id": EMAIL, "key": "email", "keys": {"email": EMAIL}, "vars": vars, "fields": fields});
    if let Some(lists) = lists {
        body["lists"] = lists;
    }
    ("POST /user".to_owned(), body)
}

#[tokio::test]
async fn a_sync_checks_the_list_and_writes_once() {
    let (crm, account, person) = started(Sailthru::default(), EMAIL).await;
    let mut vars = json!({
        "first_name": "Lauren", "last_name": "van Vale", "rekomi_status": "approved",
        "rekomi_tags": "Rekomi affiliate,VIP,spring & summer", "rekomi_lists": ["Affiliates"],
    });
    let list = ("GET /list".to_owned(), json!({"list": "Affiliates"}));
    let joined = save(vars.clone(), Some(json!({"Affiliates": 1})));
    assert_eq!(synced(&crm, &account, &person).await, [look(), list, joined]);
    vars.as_object_mut().unwrap().remove("rekomi_lists");
    assert_eq!(synced(&crm, &account, &person).await, [look(), save(vars, None)], "no one joins twice");
}

#[tokio::test]
async fn calls_are_signed_and_never_carry_the_secret() {
    let (crm, account, person) = started(Sailthru::default(), EMAIL).await;
    // printf '%s' "$secret$key"'json{}' | md5sum
    assert_eq!(parameter(&crm.calls()[0], "sig").as_deref(), Some("eb75e2d4239f8a706797a7972f88f4a2"));
    synced(&crm, &account, &person).await;
    assert!(run(&crm, &account, &Task::Forget(person), 0).await.is_success());
    for call in crm.calls() {
        let all = format!("{} {:?} {}", call.path, call.query, String::from_utf8_lossy(&call.body));
        assert!(!all.contains("sailthru0secret") && call.header("authorization").is_empty(), "{all}");
    }
    let mut other = account.clone();
    other.credentials.insert("apiSecret".to_owned(), "another".to_owned());
    let refused = fault(&crm, &other, Task::Check).await;
    assert!(refused.kind == FaultKind::Credentials && refused.message.contains("signature"), "{refused:?}");
}

#[tokio::test]
async fn without_consent_no_list_is_joined() {
    let (crm, account, person) = started(Sailthru::default(), EMAIL).await;
    let made = synced(&crm, &account, &Person { consent: None, ..person.clone() }).await;
    assert_eq!(made.iter().map(|(line, _)| line.as_str()).collect::<Vec<_>>(), ["GET /user", "POST /user"]);
    assert_eq!(made[1].1.get("lists"), None);
    assert_eq!(made[1].1["vars"].get("rekomi_lists"), None);
    let contact = crm.with(|crm| crm.contact(EMAIL)).unwrap();
    assert_eq!((contact.subscribed, contact.lists.len()), (Subscribed::Unsaid, 0));
    synced(&crm, &account, &person).await;
    assert_eq!(crm.with(|crm| crm.contact(EMAIL)).unwrap().subscribed, Subscribed::Yes, "they accepted later");
}

#[tokio::test]
async fn who_opted_out_to_any_degree_is_left_alone() {
    for level in ["basic", "all", "blast"] {
        let mut vendor = Sailthru::default();
        vendor.opts_out(EMAIL, level);
        let (crm, account, person) = started(vendor, EMAIL).await;
        assert!(left_alone(&crm, &account, &person).await.contains("unsubscribed in Sailthru"), "{level}");
        let contact = crm.with(|crm| crm.contact(EMAIL)).unwrap();
        assert_eq!((contact.subscribed, contact.tags.len()), (Subscribed::No, 0), "{level}");
    }
}

#[tokio::test]
async fn who_left_the_list_never_joins_it_again() {
    let (crm, account, person) = started(Sailthru::default(), EMAIL).await;
    synced(&crm, &account, &person).await;
    crm.with(|crm| crm.leaves_list(EMAIL));
    assert!(left_alone(&crm, &account, &person).await.contains("from the list"));
    // The program has another list now: they join that one, and still not the first.
    let friends = Choice { id: "Customers & friends".to_owned(), name: "Customers & friends".to_owned() };
    let made = synced(&crm, &account, &Person { lists: vec![friends], ..person.clone() }).await;
    let vars = &made[2].1["vars"];
    assert_eq!(vars["rekomi_lists"], json!(["Affiliates", "Customers & friends"]));
    assert_eq!(made[2].1["lists"], json!({"Customers & friends": 1}));
    left_alone(&crm, &account, &person).await;
}

#[tokio::test]
async fn who_leaves_is_marked_and_nobody_is_created() {
    let (crm, account, person) = started(Sailthru::default(), EMAIL).await;
    let gone = former(&person);
    assert_eq!(synced(&crm, &account, &gone).await, [look()]);
    assert_eq!(crm.with(|crm| crm.contacts()), 0);
    synced(&crm, &account, &person).await;
    let marked = save(json!({"rekomi_status": "left", "rekomi_tags": "Rekomi former affiliate"}), None);
    assert_eq!(synced(&crm, &account, &gone).await, [look(), marked.clone()]);
    // Also whoever opted out is marked, and stays as they are.
    crm.with(|crm| crm.unsubscribed(EMAIL));
    assert_eq!(synced(&crm, &account, &gone).await, [look(), marked]);
    assert_eq!(crm.with(|crm| crm.contact(EMAIL)).unwrap().subscribed, Subscribed::No);
}

#[tokio::test]
async fn a_list_that_is_gone_is_not_created_again() {
    let smart = Choice { id: "Big spenders".to_owned(), name: "Big spenders".to_owned() };
    for (vendor, list) in [(Sailthru::default().without("Affiliates"), None), (Sailthru::default(), Some(smart))] {
        let (crm, account, person) = started(vendor, EMAIL).await;
        let lists = list.map_or(person.lists.clone(), |list| vec![list]);
        let fault = fault(&crm, &account, Task::Sync(Person { lists, ..person })).await;
        assert_eq!((fault.kind, fault.code), (FaultKind::Settings, "list_missing"));
        assert!(!crm.calls().iter().any(|call| call.method == "POST"));
    }
    let (crm, account, person) = started(Sailthru::default(), EMAIL).await;
    let shown = json!({"keys": {"email": EMAIL}, "vars": {"rekomi_tags": "Rekomi affiliate,VIP,spring & summer"}});
    let mut nowhere = shown.clone();
    (nowhere["lists"], nowhere["ok"]) = (Value::Null, json!(true));
    crm.once("POST /user", Mood::Says(200, nowhere));
    assert_eq!(fault(&crm, &account, Task::Sync(person.clone())).await.code, "list_missing");
    let other = json!({"keys": {"email": EMAIL}, "vars": {"rekomi_tags": "old"}, "ok": true});
    crm.once("POST /user", Mood::Says(200, other));
    assert_eq!(fault(&crm, &account, Task::Sync(person.clone())).await.code, "field_refused");
    crm.once("POST /user", Mood::Says(200, shown));
    assert_eq!(fault(&crm, &account, Task::Sync(person)).await.kind, FaultKind::Passing, "no ok in it");
}

#[tokio::test]
async fn smart_lists_are_not_offered() {
    let (crm, account, _) = started(Sailthru::default(), EMAIL).await;
    assert_eq!(account.found.maybe("account").as_deref(), Some("lists: Affiliates, Customers & friends"));
    let found = run(&crm, &account, &Task::Lists, 0).await.known.choices();
    let found: Vec<(&str, &str)> = found.iter().map(|one| (one.id.as_str(), one.name.as_str())).collect();
    assert_eq!(found, [("Affiliates", "Affiliates"), ("Customers & friends", "Customers & friends")]);
    crm.once("GET /list", Mood::Says(200, json!({"lists": []})));
    assert_eq!(connected(&crm).await.found.maybe("account").as_deref(), Some("no lists yet"));
    crm.once("GET /list", Mood::Says(200, json!({})));
    assert_eq!(fault(&crm, &account, Task::Check).await.kind, FaultKind::Passing);
}

#[tokio::test]
async fn an_event_carries_its_id_and_is_never_told_twice() {
    let (crm, account, person) = started(Sailthru::default(), EMAIL).await;
    let details = json!({"amountCents": 2500, "currency": "USD", "program": "", "note": null});
    let event = connector::Event {
        name: "commission_earned".to_owned(),
        id: uuid::Uuid::from_u128(7),
        at: now(),
        properties: details.as_object().unwrap().clone(),
    };
    assert!(run(&crm, &account, &Task::Event(person, event), 0).await.is_success());
    let vars = json!({"amountCents": 2500, "currency": "USD", "eventId": "00000000-0000-0000-0000-000000000007"});
    let expected = json!({"id": EMAIL, "key": "email", "event": "commission_earned", "vars": vars});
    assert_eq!(crm.calls().last().map(read), Some(("POST /event".to_owned(), expected)));
    let sailthru = rehearsal::connector_of(&crm);
    assert!(!sailthru.is_idempotent(connector::Action::Event) && sailthru.is_idempotent(connector::Action::Save));
}

#[tokio::test]
async fn a_person_is_forgotten_once() {
    let (crm, account, person) = started(Sailthru::default(), EMAIL).await;
    synced(&crm, &account, &person).await;
    for _ in 0..2 {
        assert!(run(&crm, &account, &Task::Forget(person.clone()), 0).await.is_success());
        assert_eq!(crm.with(|crm| crm.contacts()), 0);
    }
    assert_eq!(crm.calls().last().map(read), Some(("DELETE /user".to_owned(), json!({"id": EMAIL, "key": "email"}))));
    crm.once("DELETE /user", Mood::Says(404, json!({"error": 99, "errormsg": "User not found with email: x"})));
    assert!(run(&crm, &account, &Task::Forget(person.clone()), 0).await.is_success());
    crm.once("DELETE /user", Mood::Says(200, json!({})));
    assert_eq!(fault(&crm, &account, Task::Forget(person)).await.kind, FaultKind::Passing);
}

#[tokio::test]
async fn refusals_are_told_apart() {
    let (crm, account, person) = started(Sailthru::default(), EMAIL).await;
    let errors = [
        (401, 3, FaultKind::Credentials),
        (401, 5, FaultKind::Credentials),
        (403, 4, FaultKind::Rights),
        (500, 9, FaultKind::Passing),
        (200, 9, FaultKind::Passing),
        (400, 11, FaultKind::Refused),
        (400, 99, FaultKind::Refused),
        (200, 99, FaultKind::Refused),
    ];
    for (status, error, kind) in errors {
        crm.once("GET /user", Mood::Says(status, json!({"error": error, "errormsg": "Because"})));
        let fault = fault(&crm, &account, Task::Sync(person.clone())).await;
        assert_eq!(fault.kind, kind, "{status} {error}: {fault:?}");
        assert!(kind == FaultKind::Rights || fault.message.contains("Because"), "{status} {error}: {fault:?}");
    }
    let nobody = Person { email: "nobody".to_owned(), ..person };
    assert_eq!(fault(&crm, &account, Task::Sync(nobody)).await.code, "invalid_email");
}

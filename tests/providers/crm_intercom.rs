//! Goal: Intercom gets exactly the calls that its page promises, and nobody is created twice or overlooked because its
//! search comes late.
//! Method: against its fake server; what all vendors have in common is in `crm`.

use connector::{Account, Action, Event, FaultKind, Known, Person, Step, StepContext, StepRequest, Task, providers};
use serde_json::{Value, json};
use uuid::Uuid;
use world::fakes::{
    FakeServer, Mood,
    crm::{
        self, Crm, Subscribed,
        intercom::Intercom,
        rehearsal::{self, connected, connector_of, former, now, run},
    },
};

type FakeCrm = FakeServer<Box<dyn Crm>>;

const EMAIL: &str = "lauren@creators.test";

async fn start(intercom: Intercom) -> (FakeCrm, Account, Person) {
    let crm = crm::start(Box::new(intercom));
    let account = connected(&crm).await;
    let person = Person { tags: vec!["Rekomi affiliate".to_owned()], ..rehearsal::person(&crm, EMAIL) };
    (crm, account, person)
}

/// What was asked after so many calls: the line, and the body.
fn calls(crm: &FakeCrm, before: usize) -> Vec<(String, Value)> {
    crm.calls().iter().skip(before).map(|call| (call.line(), call.json().unwrap_or_default())).collect()
}

async fn synced(crm: &FakeCrm, account: &Account, person: &Person) -> Vec<(String, Value)> {
    let before = crm.calls().len();
    let done = run(crm, account, &Task::Sync(person.clone()), 0).await;
    assert!(done.is_success(), "{:?} {:?}", done.faults, done.left_alone);
    calls(crm, before)
}

async fn fault(crm: &FakeCrm, account: &Account, task: Task) -> (FaultKind, &'static str) {
    let fault = run(crm, account, &task, 0).await.faults.pop().expect("it must fail");
    (fault.kind, fault.code)
}

fn of(line: &str, body: Value) -> (String, Value) {
    (line.to_owned(), body)
}

fn search() -> (String, Value) {
    of("POST /contacts/search", json!({"query": {"field": "email", "operator": "=", "value": EMAIL}}))
}

#[tokio::test]
async fn a_first_sync_is_these_calls_and_a_second_one_fewer() {
    let (crm, account, person) = start(Intercom::default()).await;
    let status = json!({"rekomi_status": "approved"});
    let contact = json!({"role": "user", "email": EMAIL, "name": "Lauren van Vale", "custom_attributes": status});
    let expected = [
        search(),
        of("GET /data_attributes", Value::Null),
        of("POST /data_attributes", json!({"name": "rekomi_status", "model": "contact", "data_type": "string"})),
        of("POST /contacts", contact),
        of("GET /contacts/1/tags", Value::Null),
        of("POST /tags", json!({"name": "Rekomi affiliate"})),
        of("POST /contacts/1/tags", json!({"id": "80"})),
    ];
    assert_eq!(synced(&crm, &account, &person).await, expected);
    let expected = [
        search(),
        of("GET /data_attributes", Value::Null),
        of("PUT /contacts/1", json!({"name": "Lauren van Vale", "custom_attributes": status})),
        of("GET /contacts/1/tags", Value::Null),
    ];
    assert_eq!(synced(&crm, &account, &person).await, expected);
    let tags = run(&crm, &account, &Task::Tags, 0).await.known.choices();
    assert_eq!(
        tags.iter().map(|tag| (tag.id.as_str(), tag.name.as_str())).collect::<Vec<_>>(),
        [("80", "Rekomi affiliate")]
    );
}

#[tokio::test]
async fn whom_the_search_does_not_show_yet_is_found_by_the_conflict() {
    let (crm, account, person) = start(Intercom::default().with_lag()).await;
    synced(&crm, &account, &person).await;
    let made: Vec<String> = synced(&crm, &account, &person).await.into_iter().map(|(line, _)| line).collect();
    let expected = ["POST /contacts", "GET /contacts/1", "POST /contacts/search", "PUT /contacts/1"];
    assert_eq!(made[2..6], expected, "before a second write, the search is asked again");
    assert_eq!(crm.with(|crm| crm.contacts()), 1);
    // They unsubscribe before the search shows them.
    crm.with(|crm| crm.unsubscribed(EMAIL));
    let before = crm.calls().len();
    let done = run(&crm, &account, &Task::Sync(person.clone()), 0).await;
    assert!(done.left_alone.is_some_and(|why| why.contains("unsubscribed")));
    assert!(calls(&crm, before).iter().all(|(line, _)| !line.starts_with("PUT") && !line.ends_with("/tags")));
    crm.once("POST /contacts/search", Mood::Says(200, json!({"type": "list", "data": []})));
    crm.once("POST /contacts", Mood::Says(409, json!({"type": "error.list", "errors": [{"code": "conflict"}]})));
    let conflict = fault(&crm, &account, Task::Sync(person)).await;
    assert_eq!(conflict, (FaultKind::Passing, "conflict"), "the next try finds them");
}

#[tokio::test]
async fn a_person_to_be_deleted_is_waited_for() {
    let (crm, account, person) = start(Intercom::default().with_contact(EMAIL, "lead", false)).await;
    synced(&crm, &account, &person).await;
    assert_eq!(crm.with(|crm| crm.contacts()), 1, "a lead with that address is the person");
    crm.with(|crm| crm.unsubscribed("mia@creators.test"));
    crm.once("POST /contacts/search", Mood::Says(200, json!({"type": "list", "data": []})));
    assert!(run(&crm, &account, &Task::Forget(person.clone()), 0).await.is_success());
    assert_eq!((crm.with(|crm| crm.contact(EMAIL)), crm.with(|crm| crm.contacts())), (None, 1));
    // A lead and a user with the same address are both theirs.
    let twins = Intercom::default().with_contact(EMAIL, "lead", false).with_contact(EMAIL, "user", false);
    let (crm, account, _) = start(twins).await;
    let made = synced(&crm, &account, &person).await;
    assert!(made.iter().any(|(line, _)| line == "PUT /contacts/2"), "the user is preferred: {made:?}");
    crm.once("DELETE", Mood::Says(500, Value::Null));
    assert!(run(&crm, &account, &Task::Forget(person), 1).await.is_success());
    assert_eq!(crm.with(|crm| crm.contacts()), 0);
}

#[tokio::test]
async fn who_leaves_loses_our_tags_and_nothing_else() {
    let (crm, account, person) = start(Intercom::default()).await;
    assert_eq!(synced(&crm, &account, &former(&person)).await, [search()], "nobody is added only to be marked as gone");
    let theirs = Person { tags: vec!["Rekomi affiliate".to_owned(), "customer".to_owned()], ..person.clone() };
    synced(&crm, &account, &theirs).await;
    let expected = [
        search(),
        of("GET /data_attributes", Value::Null),
        of("PUT /contacts/1", json!({"custom_attributes": {"rekomi_status": "left"}})),
        of("GET /contacts/1/tags", Value::Null),
        of("POST /tags", json!({"name": "Rekomi former affiliate"})),
        of("POST /contacts/1/tags", json!({"id": "82"})),
        of("DELETE /contacts/1/tags/80", Value::Null),
    ];
    assert_eq!(synced(&crm, &account, &former(&person)).await, expected);
    let contact = crm.with(|crm| crm.contact(EMAIL)).unwrap();
    assert_eq!(contact.tags.into_iter().collect::<Vec<_>>(), ["Rekomi former affiliate", "customer"]);
}

#[tokio::test]
async fn who_said_no_in_any_way_is_left_alone_and_can_still_leave() {
    let (crm, account, person) = start(Intercom::default().with_contact(EMAIL, "user", true)).await;
    let done = run(&crm, &account, &Task::Sync(person.clone()), 0).await;
    assert!(done.left_alone.is_some_and(|why| why.contains("bounced") && why.contains("unsubscribed")));
    assert_eq!(calls(&crm, 1), [search()]);
    crm.with(|crm| crm.unsubscribed(EMAIL));
    synced(&crm, &account, &former(&person)).await;
    let contact = crm.with(|crm| crm.contact(EMAIL)).unwrap();
    assert_eq!((contact.subscribed, contact.status.as_deref()), (Subscribed::No, Some("left")));
    let all = calls(&crm, 0).into_iter().map(|(_, body)| body.to_string()).collect::<String>();
    assert!(!all.contains("unsubscribed") && !crm.calls().iter().any(|call| call.path.contains("subscription")));
}

#[tokio::test]
async fn without_the_right_to_create_attributes_only_the_status_is_missing() {
    let (crm, account, person) = start(Intercom::default().closed()).await;
    synced(&crm, &account, &person).await;
    let contact = crm.with(|crm| crm.contact(EMAIL)).unwrap();
    assert!(contact.status.is_none() && contact.tags.contains("Rekomi affiliate"), "{contact:?}");
}

#[tokio::test]
async fn the_region_is_found_out() {
    let crm = crm::start(Box::new(Intercom::default().in_region("EU")));
    crm.once("GET /me", Mood::Says(401, json!({"type": "error.list", "errors": [{"code": "unauthorized"}]})));
    let account = connected(&crm).await;
    assert_eq!(account.found.maybe("account").as_deref(), Some("Brand, Inc. (EU)"));
    assert_eq!(crm.calls().len(), 2, "the third region isn't tried");
    let intercom = providers::named("intercom").unwrap();
    let (step, known) = (Step::new(Action::Tags), Known::new());
    let ctx = StepContext {
        account: &account,
        task: &Task::Tags,
        step: &step,
        known: &known,
        polls: 0,
        now: now(),
        sync: None,
    };
    let StepRequest::Send(request) = intercom.request(&ctx).unwrap() else { panic!("no request") };
    assert_eq!(request.url(None), "https://api.eu.intercom.io/tags");
    crm.with(|crm| crm.revoke());
    let before = crm.calls().len();
    assert_eq!(fault(&crm, &account, Task::Check).await, (FaultKind::Credentials, "unauthorized"));
    assert_eq!(crm.calls().len() - before, 3);
}

#[tokio::test]
async fn an_event_is_flat_and_names_the_contact() {
    let (crm, account, person) = start(Intercom::default()).await;
    synced(&crm, &account, &person).await;
    let properties = json!({"amountCents": 2500, "note": "", "reason": null, "sale": {"id": 1}});
    let properties = properties.as_object().unwrap().clone();
    let event = Event { name: "payout_sent".to_owned(), id: Uuid::from_u128(7), at: now(), properties };
    let before = crm.calls().len();
    assert!(run(&crm, &account, &Task::Event(person.clone(), event.clone()), 0).await.is_success());
    let metadata = json!({"amountCents": 2500, "eventId": "00000000-0000-0000-0000-000000000007"});
    let body = json!({"event_name": "payout_sent", "created_at": 1_795_163_400, "id": "1", "metadata": metadata});
    assert_eq!(calls(&crm, before), [search(), of("POST /events", body)]);
    let nobody = Person { email: "nobody@creators.test".to_owned(), ..person };
    assert_eq!(fault(&crm, &account, Task::Event(nobody, event)).await, (FaultKind::Refused, "not_found"));
    assert!(!connector_of(&crm).is_idempotent(Action::Event), "it could be counted twice");
}

#[tokio::test]
async fn refusals_are_told_apart() {
    let (crm, account, person) = start(Intercom::default().with_archived(EMAIL)).await;
    let archived = fault(&crm, &account, Task::Sync(person.clone())).await;
    assert_eq!(archived, (FaultKind::Refused, "contact_archived"));
    let nobody = Task::Sync(Person { email: "nobody".to_owned(), ..person.clone() });
    assert_eq!(fault(&crm, &account, nobody).await, (FaultKind::Refused, "invalid_email"));
    crm.once("POST /contacts/search", Mood::Says(200, json!({"type": "list"})));
    let unread = fault(&crm, &account, Task::Sync(person.clone())).await;
    assert_eq!(unread, (FaultKind::Passing, "unreadable_answer"), "that isn't an answer about nobody");
    let body = json!({"type": "error.list", "errors": [{"code": "forbidden", "message": "Missing scope"}]});
    crm.once("POST /contacts/search", Mood::Says(403, body));
    assert_eq!(fault(&crm, &account, Task::Sync(person)).await, (FaultKind::Rights, "missing_scope"));
}

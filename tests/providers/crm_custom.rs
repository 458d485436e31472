//! Goal: messages to a brand's own address are signed as in Standard Webhooks, have the form that its template gives
//! them, and count once.
//! Method: the connector against a program that verifies with the published library.

use connector::{
    Account, AffiliateStatus, Event, Fault, FaultKind, Known, Person, Request, StepContext, StepRequest, Task,
};
use serde_json::{Value, json};
use standardwebhooks::Webhook;
use uuid::Uuid;
use world::fakes::{
    Call, FakeServer, Mood,
    crm::{
        self, Crm, Subscribed,
        custom::SECRET,
        rehearsal::{Outcome, connected, connector_of, former, now, person, run},
    },
};

type FakeCrm = FakeServer<Box<dyn Crm>>;

const EMAIL: &str = "lauren@creators.test";

async fn start() -> (FakeCrm, Account, Person) {
    let crm = crm::start(crm::of("custom"));
    let account = connected(&crm).await;
    let person = person(&crm, EMAIL);
    (crm, account, person)
}

async fn sync(crm: &FakeCrm, account: &Account, person: &Person) -> Outcome {
    run(crm, account, &Task::Sync(person.clone()), 0).await
}

fn last(crm: &FakeCrm) -> Call {
    crm.calls().pop().unwrap()
}

fn event(id: u128) -> Event {
    let properties = json!({"amountCents": 2500, "currency": "USD"}).as_object().unwrap().clone();
    Event { name: "commission_earned".to_owned(), id: Uuid::from_u128(id), at: now(), properties }
}

/// The request of a task's one step, for a sync of that id.
fn request(crm: &FakeCrm, account: &Account, task: &Task, sync: Option<u128>) -> Result<Request, Fault> {
    let (connector, known) = (connector_of(crm), Known::new());
    let step = connector.plan(account, task).remove(0);
    let sync = sync.map(Uuid::from_u128);
    let ctx = StepContext { account, task, step: &step, known: &known, polls: 0, now: now(), sync };
    match connector.request(&ctx)? {
        StepRequest::Send(request) => Ok(request),
        StepRequest::Nothing(why) => panic!("{why}"),
    }
}

fn header<'a>(request: &'a Request, name: &str) -> &'a str {
    request.headers.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str()).unwrap()
}

#[tokio::test]
async fn the_test_call_is_a_message_of_its_own() {
    let (crm, account, _) = start().await;
    assert_eq!(account.found.maybe("account").as_deref(), Some("hooks.brand.test"));
    let call = last(&crm);
    assert_eq!((call.line().as_str(), call.json()), ("POST /hooks/rekomi", Some(json!({"type": "connection_tested"}))));
    assert_eq!(call.header("webhook-timestamp"), now().seconds().to_string());
}

#[tokio::test]
async fn a_message_has_the_form_of_the_template() {
    let (crm, account, person) = start().await;
    assert!(sync(&crm, &account, &person).await.is_success());
    let expected = json!({
        "kind": "affiliate_updated", "agreed": true, "state": "approved", "event": {},
        "who": {"id": person.id, "mail": EMAIL, "first": "Lauren", "last": "van Vale"},
        "labels": ["Rekomi affiliate", "VIP", "spring & summer"],
    });
    assert_eq!(last(&crm).json(), Some(expected));
    assert!(sync(&crm, &account, &former(&person)).await.is_success());
    let left = json!({
        "kind": "affiliate_updated", "state": "left", "labels": ["Rekomi former affiliate"], "event": {},
        "who": {"id": person.id, "mail": EMAIL},
    });
    assert_eq!(last(&crm).json(), Some(left), "nothing else of who left");
    assert!(run(&crm, &account, &Task::Event(person.clone(), event(1)), 0).await.is_success());
    let reported = last(&crm).json().unwrap();
    let happened = json!({"id": Uuid::from_u128(1).to_string(), "at": now().to_string(), "cents": 2500});
    assert_eq!((&reported["kind"], &reported["event"]), (&json!("commission_earned"), &happened));
    assert!(run(&crm, &account, &Task::Forget(person.clone()), 0).await.is_success());
    let deleted = json!({"kind": "affiliate_deleted", "who": {"id": person.id, "mail": EMAIL}, "event": {}});
    assert_eq!(last(&crm).json(), Some(deleted));
}

#[tokio::test]
async fn a_later_change_of_someone_who_left_is_sent() {
    let (crm, account, person) = start().await;
    let banned = Person { affiliate_status: AffiliateStatus::Banned, untags: Vec::new(), ..former(&person) };
    let before = crm.calls().len();
    assert!(sync(&crm, &account, &banned).await.is_success());
    assert_eq!(crm.calls().len(), before, "there was no message about them");
    assert!(sync(&crm, &account, &Person { is_synced: true, ..banned }).await.is_success());
    assert_eq!(last(&crm).json().unwrap()["state"], "banned");
}

#[tokio::test]
async fn without_a_template_every_value_is_sent() {
    let (crm, mut account, person) = start().await;
    account.credentials.remove("template");
    let body = |task: &Task| String::from_utf8(request(&crm, &account, task, None).unwrap().bytes().0).unwrap();
    let sync: Value = serde_json::from_str(&body(&Task::Sync(Person { consent: None, ..person.clone() }))).unwrap();
    let expected = json!({
        "type": "affiliate_updated", "affiliateId": person.id, "email": EMAIL, "firstName": "Lauren",
        "lastName": "van Vale", "status": "approved", "tags": person.tags, "consent": false,
        "joinedAt": person.joined_at.to_string(),
    });
    assert_eq!(sync, expected);
    let event: Value = serde_json::from_str(&body(&Task::Event(person, event(1)))).unwrap();
    assert_eq!(event["properties"], json!({"amountCents": 2500, "currency": "USD"}));
}

#[tokio::test]
async fn a_repeated_message_keeps_its_id_and_another_one_has_its_own() {
    let (crm, account, person) = start().await;
    let task = Task::Sync(person.clone());
    let id = |task: &Task, sync: Option<u128>| {
        let request = request(&crm, &account, task, sync).unwrap();
        let (id, body) = (header(&request, "webhook-id").to_owned(), request.bytes().0);
        let signature = Webhook::new(SECRET).unwrap().sign(&id, now().seconds(), &body).unwrap();
        assert_eq!(header(&request, "webhook-signature"), signature);
        id
    };
    assert_eq!(id(&task, Some(1)), id(&task, Some(1)), "sent again");
    assert_ne!(id(&task, Some(1)), id(&task, Some(2)), "they left and came back");
    let renamed = Task::Sync(Person { first_name: Some("Laura".to_owned()), ..person.clone() });
    assert_ne!(id(&task, Some(1)), id(&renamed, Some(1)), "the content changed before it was sent again");
    let events = [1, 2].map(|at| id(&Task::Event(person.clone(), event(at)), Some(at)));
    assert_ne!(events[0], events[1], "the same amount twice");
}

#[tokio::test]
async fn the_path_and_the_query_of_the_address_are_kept() {
    let (crm, mut account, person) = start().await;
    for (url, expected) in [
        ("https://hooks.brand.test:8443/a/b?key=1&x=%20", "https://hooks.brand.test:8443/a/b?key=1&x=%20"),
        ("https://hooks.brand.test", "https://hooks.brand.test/"),
    ] {
        account.credentials.insert("url".to_owned(), url.to_owned());
        let request = request(&crm, &account, &Task::Sync(person.clone()), None).unwrap();
        assert_eq!(request.url(None), expected);
    }
}

#[tokio::test]
async fn who_was_never_sent_isnt_reported_as_gone() {
    let (crm, account, person) = start().await;
    let gone = Person { untags: Vec::new(), ..former(&person) };
    assert!(sync(&crm, &account, &gone).await.is_success());
    assert_eq!(crm.calls().len(), 1, "only the test call");
    crm.with(|crm| crm.unsubscribed(EMAIL));
    assert!(sync(&crm, &account, &person).await.is_success());
    assert_eq!(crm.with(|crm| crm.contact(EMAIL)).unwrap().subscribed, Subscribed::No);
}

#[tokio::test]
async fn a_response_counts_if_it_can_be_the_endpoints_own() {
    let (crm, account, person) = start().await;
    let says = |status: u16, text: &str| Mood::Writes(status, Vec::new(), text.to_owned());
    for mood in [says(204, ""), says(202, ""), says(200, "Accepted"), says(201, "{\"received\": true}")] {
        crm.once("", mood.clone());
        assert!(sync(&crm, &account, &person).await.is_success(), "{mood:?}");
    }
    for (mood, kind, code) in [
        (says(200, ""), FaultKind::Passing, "unreadable_answer"),
        (says(200, " \n<!doctype html>"), FaultKind::Passing, "unreadable_answer"),
        (says(503, "later"), FaultKind::Passing, "vendor_error"),
        (says(403, ""), FaultKind::Credentials, "unauthorized"),
        (says(404, ""), FaultKind::Settings, "wrong_address"),
        (Mood::Redirects("https://elsewhere.test".to_owned()), FaultKind::Settings, "wrong_address"),
        (Mood::Says(422, json!({"error": "no such program"})), FaultKind::Refused, "refused"),
    ] {
        crm.once("", mood.clone());
        let fault = sync(&crm, &account, &person).await.faults.pop().unwrap();
        assert_eq!((fault.kind, fault.code), (kind, code), "{mood:?}: {}", fault.message);
    }
}

#[tokio::test]
async fn nothing_is_sent_with_a_template_or_a_secret_that_cannot_be_read() {
    let (crm, account, person) = start().await;
    let connector = connector_of(&crm);
    for (field, value, words, code) in [
        ("template", "{\"type\": \"{{kind}}\"}", "/type", "invalid_template"),
        ("signingSecret", "whsec_###", "Base64", "unauthorized"),
    ] {
        assert!(connector.check_field(field, value).is_err_and(|why| why.contains(words)));
        let mut account = account.clone();
        account.credentials.insert(field.to_owned(), value.to_owned());
        let fault = sync(&crm, &account, &person).await.faults.pop().unwrap();
        assert_eq!(fault.code, code);
    }
    assert_eq!(crm.calls().len(), 1, "only the test call");
    for (field, value) in &account.credentials {
        assert_eq!(connector.check_field(field, value), Ok(()));
    }
}

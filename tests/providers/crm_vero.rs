//! Goal: what is special to Vero, which can only be written to.
//! Method: the connector against its fake server, which works things off later.

use connector::{Account, AffiliateStatus, Consent, Event, FaultKind, Known, Person, Task};
use serde_json::{Value, json};
use uuid::Uuid;
use world::fakes::{
    FakeServer, Mood,
    crm::{
        self, Crm, Subscribed,
        rehearsal::{connected, connector_of, now, person, run},
        vero::Vero,
    },
};

type FakeCrm = FakeServer<Box<dyn Crm>>;

async fn start() -> (FakeCrm, Account) {
    let crm = crm::start(crm::of("vero"));
    let account = connected(&crm).await;
    (crm, account)
}

fn lauren(crm: &FakeCrm) -> Person {
    person(crm, "lauren@creators.test")
}

#[tokio::test]
async fn a_first_sync_is_two_calls_and_the_key_is_in_no_url() {
    let (crm, account) = start().await;
    let before = crm.calls().len();
    assert!(run(&crm, &account, &Task::Sync(lauren(&crm)), 0).await.is_success());
    let calls = crm.calls().split_off(before);
    let key = "canary0vero0key0000000000000000000000001";
    let reported: Vec<(String, Value)> = calls.iter().map(|call| (call.line(), call.json().unwrap())).collect();
    let profile = json!({
        "id": "lauren@creators.test", "email": "lauren@creators.test", "tracking_api_key": key,
        "data": {"first_name": "Lauren", "last_name": "van Vale", "rekomi_status": "approved"},
    });
    let tags = json!({
        "id": "lauren@creators.test", "tracking_api_key": key, "add": ["Rekomi affiliate", "VIP", "spring & summer"],
    });
    assert_eq!(
        reported,
        [("POST /api/v2/users/track".to_owned(), profile), ("PUT /api/v2/users/tags/edit".to_owned(), tags)]
    );
    assert!(crm.calls().iter().all(|call| call.query.is_empty()));
}

#[tokio::test]
async fn the_test_call_leaves_nothing_behind() {
    let (crm, account) = start().await;
    let made: Vec<String> = crm.calls().iter().map(|call| call.line()).collect();
    assert_eq!(made, ["POST /api/v2/users/track", "POST /api/v2/users/delete"]);
    crm.with(|crm| crm.settle());
    assert_eq!(crm.with(|crm| crm.contacts()), 0);
    crm.once("POST /api/v2/users/delete", Mood::Says(404, json!({"status": 404, "message": "Not Found"})));
    assert!(run(&crm, &account, &Task::Check, 0).await.is_success(), "it may be gone already");
    // Somebody else's server answers, and knows no such call.
    crm.when("", Mood::Says(404, Value::Null));
    assert!(run(&crm, &account, &Task::Check, 0).await.ended);
}

#[tokio::test]
async fn the_documented_calls_are_enough() {
    let (crm, account) = start().await;
    for request in ["GET ", "DELETE ", "POST /api/v2/users/resubscribe", "POST /api/v2/users/unsubscribe"] {
        crm.when(request, Mood::Says(404, Value::Null));
    }
    assert!(run(&crm, &account, &Task::Check, 0).await.is_success());
    for _ in 0..2 {
        assert!(run(&crm, &account, &Task::Sync(lauren(&crm)), 0).await.is_success());
    }
    crm.with(|crm| crm.settle());
    assert_eq!(crm.with(|crm| crm.contact("lauren@creators.test")).unwrap().tags.len(), 3);
}

#[tokio::test]
async fn the_name_that_the_key_goes_by_is_found_out() {
    let crm = crm::start(Box::new(Vero::default().older()));
    let account = connected(&crm).await;
    assert_eq!(account.found.maybe("parameter").as_deref(), Some("auth_token"));
    let before = crm.calls().len();
    assert!(run(&crm, &account, &Task::Sync(lauren(&crm)), 0).await.is_success());
    assert_eq!(crm.calls().len() - before, 2, "it is asked only once");
    crm.with(|crm| crm.revoke());
    let before = crm.calls().len();
    let fault = run(&crm, &account, &Task::Check, 0).await.faults.pop().unwrap();
    assert_eq!((fault.kind, crm.calls().len() - before), (FaultKind::Credentials, 2));
}

#[tokio::test]
async fn an_older_projects_token_goes_by_its_own_name() {
    let (crm, _) = start().await;
    let credentials = [("trackingApiKey".to_owned(), "Y2FuYXJ5OnZlcm8=".to_owned())].into();
    let account = Account { credentials, found: Known::new() };
    assert!(run(&crm, &account, &Task::Sync(lauren(&crm)), 0).await.is_success());
}

#[tokio::test]
async fn a_success_that_says_otherwise_is_none() {
    let (crm, account) = start().await;
    for (answer, code) in [
        (json!({"status": 400, "message": "id is missing"}), "refused"),
        (json!({"message": "Success."}), "unreadable_answer"),
        (Value::Null, "unreadable_answer"),
    ] {
        crm.once("PUT /api/v2/users/tags/edit", Mood::Says(200, answer.clone()));
        let fault = run(&crm, &account, &Task::Sync(lauren(&crm)), 0).await.faults.pop().unwrap();
        assert_eq!(fault.code, code, "{answer}");
    }
    crm.once("POST /api/v2/users/track", Mood::Says(400, json!({"status": 400, "message": "email must be valid"})));
    let fault = run(&crm, &account, &Task::Sync(lauren(&crm)), 0).await.faults.pop().unwrap();
    assert_eq!((fault.kind, fault.code), (FaultKind::Refused, "invalid_email"));
}

#[tokio::test]
async fn two_events_with_the_same_amount_are_two() {
    let (crm, account) = start().await;
    let event = |id: u128| Event {
        name: "commission_earned".to_owned(),
        id: Uuid::from_u128(id),
        at: now(),
        properties: json!({"amountCents": 2500, "currency": "USD", "note": null}).as_object().unwrap().clone(),
    };
    // The second one comes again, as it does where an answer was lost.
    for id in [1, 2, 2] {
        assert!(run(&crm, &account, &Task::Event(lauren(&crm), event(id)), 0).await.is_success());
    }
    crm.with(|crm| crm.settle());
    assert_eq!(crm.with(|crm| crm.events()).len(), 2);
    assert!(!connector_of(&crm).is_idempotent(connector::Action::Event), "after five minutes it would be counted");
}

#[tokio::test]
async fn nothing_ever_resubscribes() {
    let (crm, account) = start().await;
    crm.with(|crm| crm.unsubscribed("lauren@creators.test"));
    let consent = Some(Consent { at: now(), version: None });
    for affiliate_status in [AffiliateStatus::Approved, AffiliateStatus::Left] {
        let person = Person { affiliate_status, consent: consent.clone(), ..lauren(&crm) };
        assert!(run(&crm, &account, &Task::Sync(person), 0).await.is_success());
    }
    crm.with(|crm| crm.settle());
    let contact = crm.with(|crm| crm.contact("lauren@creators.test")).unwrap();
    assert_eq!((contact.subscribed, contact.status.as_deref()), (Subscribed::No, Some("left")));
    assert!(crm.calls().iter().all(|call| !call.path.contains("subscribe")));
    let left = crm.calls().into_iter().rfind(|call| call.path == "/api/v2/users/track").and_then(|call| call.json());
    assert_eq!(left.map(|body| body["data"].clone()), Some(json!({"rekomi_status": "left"})));
}

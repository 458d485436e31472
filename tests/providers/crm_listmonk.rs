//! Goal: what is special to listmonk: people are found by a regular expression, tags are an attribute, and nothing of
//! the brand's own on a subscriber is touched.
//! Method: the connector against its fake server.

use connector::{Account, FaultKind, Person, Task};
use serde_json::{Value, json};
use world::fakes::{
    Call, FakeServer, Mood,
    crm::{
        self, Crm, Subscribed,
        listmonk::Listmonk,
        rehearsal::{Outcome, connected, former, person, run},
    },
};

type FakeCrm = FakeServer<Box<dyn Crm>>;

const EMAIL: &str = "lauren@creators.test";
const FIND: &str = "GET /api/subscribers";
const CREATE: &str = "POST /api/subscribers";
const JOIN: &str = "PUT /api/subscribers/lists";

async fn start(inside: Listmonk) -> (FakeCrm, Account, Person) {
    let crm = crm::start(Box::new(inside));
    let account = connected(&crm).await;
    let person = person(&crm, EMAIL);
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
async fn a_first_sync_is_a_search_and_one_call() {
    let (crm, account, person) = start(Listmonk::default()).await;
    assert_eq!(account.found.maybe("account").as_deref(), Some("lists.brand.test"));
    assert!(sync(&crm, &account, &person).await.is_success());
    assert_eq!(lines(&crm), [FIND, CREATE]);
    let made = calls(&crm);
    assert_eq!(made[0].parameter("search"), Some(r"lauren@creators\.test"));
    let expected = json!({
        "email": EMAIL, "name": "Lauren van Vale", "status": "enabled", "lists": [2], "preconfirm_subscriptions": true,
        "attribs": {"rekomi_status": "approved", "rekomi_tags": ["Rekomi affiliate", "VIP", "spring & summer"]},
    });
    assert_eq!(made[1].json(), Some(expected));
    assert!(sync(&crm, &account, &person).await.is_success());
    assert_eq!(lines(&crm).split_off(2), [FIND], "nothing has changed, so no confirmation email goes out again");
}

#[tokio::test]
async fn who_is_there_keeps_everything_of_the_brands_own() {
    let (crm, account, person) = start(Listmonk::default().with(EMAIL, "enabled", None)).await;
    assert!(sync(&crm, &account, &person).await.is_success());
    assert_eq!(lines(&crm), [FIND, "PATCH /api/subscribers/101", JOIN]);
    let join = json!({"ids": [101], "action": "add", "target_list_ids": [2], "status": "confirmed"});
    assert_eq!(calls(&crm)[2].json(), Some(join));
    let contact = crm.with(|crm| crm.contact(EMAIL)).unwrap();
    assert_eq!(contact.lists.len(), 2, "{contact:?}");
    assert!(calls(&crm)[1].json().unwrap().get("lists").is_none());
}

#[tokio::test]
async fn an_address_within_another_one_is_not_it() {
    let inside = Listmonk::default().with("not.lauren@creators.test", "enabled", None);
    let (crm, account, person) = start(inside).await;
    assert!(sync(&crm, &account, &person).await.is_success());
    assert_eq!(lines(&crm), [FIND, CREATE]);
    let other = crm.with(|crm| crm.contact("not.lauren@creators.test")).unwrap();
    assert!(other.tags.is_empty(), "{other:?}");
}

#[tokio::test]
async fn whoever_is_blocklisted_or_unsubscribed_is_left_alone() {
    for (status, list) in [("blocklisted", None), ("blocklisted", Some("confirmed")), ("enabled", Some("unsubscribed"))]
    {
        let (crm, account, person) = start(Listmonk::default().with(EMAIL, status, list)).await;
        let done = sync(&crm, &account, &person).await;
        assert!(done.left_alone.is_some_and(|why| why.contains("unsubscribed")), "{:?}", done.faults);
        assert_eq!(lines(&crm), [FIND]);
    }
}

#[tokio::test]
async fn without_consent_nobody_is_confirmed() {
    for inside in [Listmonk::default(), Listmonk::default().with(EMAIL, "enabled", None)] {
        let (crm, account, person) = start(inside).await;
        assert!(sync(&crm, &account, &Person { consent: None, ..person }).await.is_success());
        let last = calls(&crm).pop().and_then(|call| call.json()).unwrap();
        assert!(last.get("status").is_none_or(|status| status == "enabled"), "{last}");
        assert_eq!(crm.with(|crm| crm.contact(EMAIL)).unwrap().subscribed, Subscribed::Pending);
    }
    let (crm, account, person) = start(Listmonk::default().with(EMAIL, "enabled", Some("unconfirmed"))).await;
    assert!(sync(&crm, &account, &person).await.is_success());
    let subscribed = crm.with(|crm| crm.contact(EMAIL)).unwrap().subscribed;
    assert_eq!(subscribed, Subscribed::Pending, "who was asked to confirm is confirmed by nobody else");
}

#[tokio::test]
async fn who_leaves_is_marked_where_they_are_and_created_nowhere() {
    let (crm, account, person) = start(Listmonk::default()).await;
    assert!(sync(&crm, &account, &former(&person)).await.is_success());
    assert_eq!((lines(&crm), crm.with(|crm| crm.contacts())), (vec![FIND.to_owned()], 0));
    assert!(sync(&crm, &account, &person).await.is_success());
    assert!(sync(&crm, &account, &former(&person)).await.is_success());
    let left = calls(&crm).pop().and_then(|call| call.json());
    let expected = json!({"attribs": {"rekomi_status": "left", "rekomi_tags": ["Rekomi former affiliate"]}});
    assert_eq!(left, Some(expected));
}

#[tokio::test]
async fn archived_lists_are_not_offered() {
    let (crm, account, _) = start(Listmonk::default()).await;
    let picked = run(&crm, &account, &Task::Lists, 0).await.known.choices();
    assert_eq!(picked.iter().map(|list| list.name.as_str()).collect::<Vec<_>>(), ["Customers", "Affiliates"]);
}

#[tokio::test]
async fn its_own_errors_say_what_to_do() {
    let (crm, account, person) = start(Listmonk::default().with(EMAIL, "enabled", None).older()).await;
    let fault = sync(&crm, &account, &person).await.faults.pop().unwrap();
    assert_eq!((fault.kind, fault.code), (FaultKind::Settings, "version_too_old"));
    let (crm, account, person) = start(Listmonk::default()).await;
    let gone = connector::Choice { id: "9".to_owned(), name: "Gone".to_owned() };
    let fault = sync(&crm, &account, &Person { lists: vec![gone], ..person.clone() }).await.faults.pop().unwrap();
    assert_eq!((fault.kind, fault.code), (FaultKind::Settings, "list_missing"));
    crm.once("", Mood::Says(403, json!({"message": "Permission denied: subscribers:manage"})));
    let fault = sync(&crm, &account, &person).await.faults.pop().unwrap();
    assert_eq!(fault.kind, FaultKind::Rights);
    assert!(fault.message.contains("subscribers:manage"), "{}", fault.message);
    for mood in [Mood::Garbage, Mood::Says(404, Value::Null), Mood::Redirects("https://brand.test/login".to_owned())] {
        crm.once("", mood.clone());
        let fault = run(&crm, &account, &Task::Check, 0).await.faults.pop().unwrap();
        assert_eq!((fault.kind, fault.code), (FaultKind::Settings, "wrong_address"), "{mood:?}");
    }
}

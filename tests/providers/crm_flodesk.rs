//! Goal: Flodesk gets exactly the calls that its page promises, and its own refusals are told apart.
//! Method: against its fake server; what all vendors have in common is in `crm`.

use connector::{Account, Choice, Fault, FaultKind, Person, Task};
use serde_json::{Value, json};
use world::fakes::{
    FakeServer, Mood,
    crm::{
        Crm, Subscribed,
        flodesk::Flodesk,
        rehearsal::{self, former, run, started},
    },
};

type FakeCrm = FakeServer<Box<dyn Crm>>;
const EMAIL: &str = "lauren@creators.test";
const FIELDS: &str = "/v1/custom-fields";

/// What was asked for a sync that goes well: the line, and the body.
async fn synced(crm: &FakeCrm, account: &Account, person: &Person) -> Vec<(String, Value)> {
    let before = crm.calls().len();
    let done = run(crm, account, &Task::Sync(person.clone()), 0).await;
    assert!(done.is_success(), "{:?} {:?}", done.faults, done.left_alone);
    crm.calls().iter().skip(before).map(|call| (call.line(), call.json().unwrap_or_default())).collect()
}

async fn fault(crm: &FakeCrm, account: &Account, person: Person) -> Fault {
    run(crm, account, &Task::Sync(person), 0).await.faults.pop().expect("it must fail")
}

fn look() -> (String, Value) {
    ("GET /v1/subscribers/lauren%40creators.test".to_owned(), Value::Null)
}

#[tokio::test]
async fn a_first_sync_creates_the_fields_and_a_second_one_doesnt() {
    let (crm, account, person) = started(Flodesk::default(), EMAIL).await;
    let made = synced(&crm, &account, &person).await;
    let values = json!({"rekomiStatus": "approved", "rekomiTags": "Rekomi affiliate,VIP,spring & summer"});
    let mut subscriber =
        json!({"email": EMAIL, "first_name": "Lauren", "last_name": "van Vale", "custom_fields": values});
    let known = subscriber.clone();
    subscriber["double_optin"] = json!(false);
    subscriber["optin_timestamp"] = json!("2026-09-21T14:13:20Z");
    let expected = [
        look(),
        (format!("GET {FIELDS}/all"), Value::Null),
        (format!("POST {FIELDS}"), json!({"label": "rekomi_status"})),
        (format!("POST {FIELDS}"), json!({"label": "rekomi_tags"})),
        ("POST /v1/subscribers".to_owned(), subscriber),
        (
            "POST /v1/subscribers/64b0c0ffee00000000010001/segments".to_owned(),
            json!({"segment_ids": ["64b0c0ffee0000000000a001"]}),
        ),
    ];
    assert_eq!(made, expected);
    let again = synced(&crm, &account, &person).await;
    let expected = [look(), (format!("GET {FIELDS}/all"), Value::Null), ("POST /v1/subscribers".to_owned(), known)];
    assert_eq!(again, expected);
}

#[tokio::test]
async fn fields_that_the_brand_named_its_own_way_are_used() {
    let (crm, account, person) =
        started(Flodesk::default().with_fields(&["Rekomi Status", "rekomi tags"]), EMAIL).await;
    let made = synced(&crm, &account, &person).await;
    assert!(!made.iter().any(|(line, _)| *line == format!("POST {FIELDS}")), "{made:?}");
    assert_eq!(crm.with(|crm| crm.contact(EMAIL)).unwrap().status.as_deref(), Some("approved"));
}

#[tokio::test]
async fn without_consent_flodesk_asks_them_and_who_is_known_keeps_their_status() {
    let (crm, account, person) =
        started(Flodesk::default().with_fields(&["rekomi_status", "rekomi_tags"]), EMAIL).await;
    let quiet = Person { consent: None, ..person.clone() };
    let made = synced(&crm, &account, &quiet).await;
    assert_eq!((&made[2].1["double_optin"], made[2].1.get("optin_timestamp")), (&json!(true), None));
    let made = synced(&crm, &account, &person).await;
    assert_eq!((made[2].1.get("double_optin"), made[2].1.get("optin_timestamp")), (None, None));
    assert_eq!(crm.with(|crm| crm.contact(EMAIL)).unwrap().subscribed, Subscribed::Pending);
}

#[tokio::test]
async fn who_gets_no_email_is_skipped() {
    for status in ["unsubscribed", "bounced", "complained", "cleaned", "archived"] {
        let (crm, account, person) = started(Flodesk::default().knowing(EMAIL, status), EMAIL).await;
        let before = crm.calls().len();
        let done = run(&crm, &account, &Task::Sync(person.clone()), 0).await;
        assert!(done.left_alone.is_some_and(|why| why.contains(status)), "{status}");
        let made: Vec<String> = crm.calls().iter().skip(before).map(|call| call.line()).collect();
        assert_eq!(made, [look().0], "{status}");
        // Who leaves is marked, and stays what they are.
        synced(&crm, &account, &former(&person)).await;
        let contact = crm.with(|crm| crm.contact(EMAIL)).unwrap();
        assert_eq!((contact.subscribed, contact.status.as_deref()), (Subscribed::No, Some("left")), "{status}");
    }
}

#[tokio::test]
async fn who_unsubscribed_and_comes_back_under_way_is_not_added() {
    let (crm, account, person) = started(Flodesk::default().knowing(EMAIL, "unsubscribed"), EMAIL).await;
    let gone = former(&person);
    rehearsal::run_changed(&crm, &account, (&gone, &person), 1).await.unwrap();
    assert_eq!(crm.with(|crm| crm.contact(EMAIL)).unwrap().subscribed, Subscribed::No);
}

#[tokio::test]
async fn who_leaves_keeps_their_name_and_segment() {
    let (crm, account, person) = started(Flodesk::default(), EMAIL).await;
    synced(&crm, &account, &person).await;
    let made = synced(&crm, &account, &former(&person)).await;
    let values = json!({"rekomiStatus": "left", "rekomiTags": "Rekomi former affiliate"});
    assert_eq!(made.last().unwrap().1, json!({"email": EMAIL, "custom_fields": values}));
    let contact = crm.with(|crm| crm.contact(EMAIL)).unwrap();
    assert_eq!((contact.lists.len(), contact.first_name.as_deref()), (1, Some("Lauren")));
    let never = Person { email: "never@creators.test".to_owned(), ..former(&person) };
    assert_eq!(synced(&crm, &account, &never).await.len(), 1, "one look");
    assert_eq!(crm.with(|crm| crm.contacts()), 1);
}

#[tokio::test]
async fn the_picker_goes_beyond_a_page_and_leaves_dynamic_segments_out() {
    let (crm, account, _) = started(Flodesk::with_segments(248), EMAIL).await;
    let found = run(&crm, &account, &Task::Lists, 0).await.known.choices();
    assert_eq!(found.len(), 250);
    assert!(!found.iter().any(|segment| segment.name == "Everyone in Paris"));
}

#[tokio::test]
async fn refusals_are_told_apart() {
    let (crm, account, person) = started(Flodesk::default(), EMAIL).await;
    for id in ["64b0c0ffee0000000000dead", "64b0c0ffee0000000000a002"] {
        let gone = Choice { id: id.to_owned(), name: "Old".to_owned() };
        let fault = fault(&crm, &account, Person { lists: vec![gone], ..person.clone() }).await;
        assert_eq!((fault.kind, fault.code), (FaultKind::Settings, "list_missing"));
    }
    let nobody = Person { email: "nobody".to_owned(), ..person.clone() };
    assert_eq!(fault(&crm, &account, nobody).await.code, "invalid_email");
    crm.once("POST /v1/subscribers", Mood::Says(200, json!({"id": "1", "custom_fields": {"rekomiTags": "VIP"}})));
    assert_eq!(fault(&crm, &account, person.clone()).await.code, "field_refused");
    crm.once("GET", Mood::Says(403, json!({"code": "forbidden", "message": "Upgrade"})));
    assert_eq!(fault(&crm, &account, person.clone()).await.kind, FaultKind::Rights);
    let (crm, account, person) = started(Flodesk::default(), EMAIL).await;
    crm.once(&format!("POST {FIELDS}"), Mood::Says(400, json!({"code": "bad_request", "message": "too many"})));
    let fault = fault(&crm, &account, person).await;
    assert_eq!((fault.kind, fault.code), (FaultKind::Settings, "field_refused"));
    assert!(fault.message.contains("rekomi_status") && fault.message.contains("too many"), "{}", fault.message);
}

#[tokio::test]
async fn a_field_whose_answer_was_lost_is_not_created_twice() {
    let (crm, account, person) = started(Flodesk::default(), EMAIL).await;
    crm.once(&format!("POST {FIELDS}"), Mood::Breaks);
    let done = run(&crm, &account, &Task::Sync(person), 1).await;
    assert!(done.is_success() && done.faults.len() == 1, "{:?}", done.faults);
    let created = crm.calls().iter().filter(|call| call.line() == format!("POST {FIELDS}")).count();
    assert_eq!(created, 2, "one for each field");
}

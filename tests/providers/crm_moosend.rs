//! Goal: Moosend gets exactly the calls that its page promises: nobody is added again who unsubscribed, and nobody
//! loses values.
//! Method: against its fake server; what all vendors have in common is in `crm`.

use connector::{Account, Choice, FaultKind, Person, Task};
use serde_json::{Value, json};
use world::fakes::{
    FakeServer, Mood,
    crm::{
        self, Crm, Subscribed,
        moosend::Moosend,
        rehearsal::{self, connected, fault, former, run},
    },
};

type FakeCrm = FakeServer<Box<dyn Crm>>;

const EMAIL: &str = "lauren@creators.test";
const LIST: &str = "a589366a-1a34-4965-ac50-f1299fe50002";
const OTHER: &str = "a589366a-1a34-4965-ac50-f1299fe50001";

async fn start(moosend: Moosend) -> (FakeCrm, Account, Person) {
    let crm = crm::start(Box::new(moosend));
    let account = connected(&crm).await;
    let person = Person { tags: vec!["Rekomi affiliate".to_owned()], ..rehearsal::person(&crm, EMAIL) };
    (crm, account, person)
}

/// What a sync asks: the line without the version, and the body.
async fn synced(crm: &FakeCrm, account: &Account, person: &Person) -> Vec<(String, Value)> {
    let before = crm.calls().len();
    let done = run(crm, account, &Task::Sync(person.clone()), 0).await;
    assert!(done.is_success(), "{:?} {:?}", done.faults, done.left_alone);
    let calls = crm.calls().split_off(before);
    calls.iter().map(|call| (call.line().replace("/v3", ""), call.json().unwrap_or_default())).collect()
}

fn details() -> (String, Value) {
    (format!("GET /lists/{LIST}/details.json"), Value::Null)
}

fn view() -> (String, Value) {
    (format!("GET /subscribers/{LIST}/view.json"), Value::Null)
}

#[tokio::test]
async fn a_first_sync_adds_and_a_second_one_updates() {
    let (crm, account, person) = start(Moosend::default()).await;
    let field = json!({"Name": "rekomi_status", "CustomFieldType": "Text", "IsHidden": true});
    let values = json!(["rekomi_status=approved"]);
    let new = json!({
        "Email": EMAIL, "Name": "Lauren van Vale", "CustomFields": values, "Tags": ["Rekomi affiliate"],
        "HasExternalDoubleOptIn": true,
    });
    let expected = [
        details(),
        view(),
        (format!("POST /lists/{LIST}/customfields/create.json"), field),
        (format!("POST /subscribers/{LIST}/subscribe.json"), new),
    ];
    assert_eq!(synced(&crm, &account, &person).await, expected);
    let old = json!({"Email": EMAIL, "Name": "Lauren van Vale", "CustomFields": values, "Tags": ["Rekomi affiliate"]});
    let expected = [details(), view(), (format!("POST /subscribers/{LIST}/update/9bef-1.json"), old)];
    assert_eq!(synced(&crm, &account, &person).await, expected);
    for call in crm.calls() {
        assert!(call.parameter("apikey").is_some() && !call.path.contains("bafe55f4"), "{}", call.path);
    }
}

#[tokio::test]
async fn who_is_on_the_list_keeps_what_they_have() {
    let (crm, account, person) = start(Moosend::default().with_member(EMAIL, 1)).await;
    let unnamed = Person { first_name: None, last_name: None, consent: None, ..person };
    let made = synced(&crm, &account, &unnamed).await;
    let body = json!({
        "Email": EMAIL, "Name": "Old Name", "CustomFields": ["City=Athens", "rekomi_status=approved"],
        "Tags": ["repeater", "Rekomi affiliate"], "Preferences": ["option a"],
    });
    assert_eq!(made.last(), Some(&(format!("POST /subscribers/{LIST}/update/9bef-1.json"), body)));
    let body = json!({
        "Email": EMAIL, "Name": "Old Name", "CustomFields": ["City=Athens", "rekomi_status=left"],
        "Tags": ["repeater", "Rekomi former affiliate"], "Preferences": ["option a"],
    });
    let used_lists = vec![OTHER.to_owned(), LIST.to_owned(), "a589366a-dead".to_owned()];
    let made = synced(&crm, &account, &Person { used_lists, ..former(&unnamed) }).await;
    assert_eq!(made.len(), 5, "three looks, the fields of the one list where they are, and one write: {made:?}");
    assert_eq!(made.last(), Some(&(format!("POST /subscribers/{LIST}/update/9bef-1.json"), body)));
}

#[tokio::test]
async fn without_consent_nobody_is_said_to_have_agreed() {
    let (crm, account, person) = start(Moosend::default()).await;
    let quiet = Person { consent: None, ..person };
    let made = synced(&crm, &account, &quiet).await;
    assert_eq!(made.last().unwrap().1["HasExternalDoubleOptIn"], json!(false));
    assert_eq!(crm.with(|crm| crm.contact(EMAIL)).unwrap().subscribed, Subscribed::Pending);
}

#[tokio::test]
async fn who_is_not_on_the_list_any_more_is_never_written_to() {
    for (kind, word) in [(2, "unsubscribed"), (3, "bounced"), (4, "removed")] {
        let (crm, account, person) = start(Moosend::default().with_member(EMAIL, kind)).await;
        let done = run(&crm, &account, &Task::Sync(person.clone()), 0).await;
        assert!(done.left_alone.is_some_and(|why| why.contains(word) && why.contains("unsubscribed")), "{kind}");
        synced(&crm, &account, &former(&person)).await;
        assert!(crm.calls().iter().all(|call| call.method == "GET"), "{kind}");
        assert_eq!(crm.with(|crm| crm.contact(EMAIL)).unwrap().subscribed, Subscribed::No);
    }
    let (crm, account, person) = start(Moosend::default()).await;
    synced(&crm, &account, &former(&person)).await;
    assert_eq!(crm.with(|crm| crm.contacts()), 0, "nobody is added only to be marked as gone");
}

#[tokio::test]
async fn an_answer_that_says_nothing_clear_of_a_member_is_not_taken_for_nobody() {
    let (crm, account, person) = start(Moosend::default()).await;
    let says = |code: i64, error: &str| Mood::Says(200, json!({"Code": code, "Error": error, "Context": null}));
    for (code, error, kind) in [
        (500, "INTERNAL_ERROR", FaultKind::Passing),
        (500, "SOMETHING_ELSE", FaultKind::Refused),
        (429, "RATE-LIMITING", FaultKind::Busy),
        (401, "Key", FaultKind::Credentials),
        (7, "The api key is wrong", FaultKind::Credentials),
    ] {
        crm.once("GET /v3/subscribers", says(code, error));
        assert_eq!(fault(&crm, &account, person.clone()).await.0, kind, "{error}");
        assert_eq!(crm.with(|crm| crm.contacts()), 0, "{error}");
    }
    for error in ["MEMBER_NOT_FOUND", "Subscriber does not exist", "member not found"] {
        let (crm, account, person) = start(Moosend::default()).await;
        crm.once("GET /v3/subscribers", says(2, error));
        synced(&crm, &account, &person).await;
    }
    crm.once("GET /v3/lists", says(1, "ANYTHING"));
    let fault = run(&crm, &account, &Task::Check, 0).await.faults.pop().unwrap();
    assert_eq!(fault.kind, FaultKind::Credentials, "whatever a test call is refused for");
}

#[tokio::test]
async fn refusals_are_told_apart() {
    let (crm, account, person) = start(Moosend::default()).await;
    let gone = Choice { id: "a589366a-dead".to_owned(), name: "Old".to_owned() };
    let settings = (FaultKind::Settings, "list_missing");
    assert_eq!(fault(&crm, &account, Person { lists: vec![gone], ..person.clone() }).await, settings);
    let nobody = Person { email: "nobody".to_owned(), ..person.clone() };
    assert_eq!(fault(&crm, &account, nobody).await, (FaultKind::Refused, "refused"));
    for empty in [json!({}), json!({"Code": 0, "Error": null, "Context": null})] {
        crm.once(&format!("POST /v3/subscribers/{LIST}"), Mood::Says(200, empty));
        assert_eq!(fault(&crm, &account, person.clone()).await, (FaultKind::Passing, "unreadable_answer"));
    }
    // An answer without tags is taken for what it is.
    let body = json!({"Code": 0, "Error": null, "Context": {"ID": "9bef-1", "SubscribeType": 1}});
    crm.once(&format!("POST /v3/subscribers/{LIST}"), Mood::Says(200, body));
    synced(&crm, &account, &person).await;
    let (crm, account, person) = start(Moosend::default().untagged()).await;
    assert_eq!(fault(&crm, &account, person).await, (FaultKind::Refused, "tag_refused"));
}

#[tokio::test]
async fn a_list_that_takes_no_field_gets_none() {
    let (crm, account, person) = start(Moosend::default()).await;
    let refused = json!({"Code": 500, "Error": "TOO_MANY_FIELDS", "Context": null});
    crm.when(&format!("POST /v3/lists/{LIST}/customfields"), Mood::Says(200, refused));
    synced(&crm, &account, &person).await;
    let contact = crm.with(|crm| crm.contact(EMAIL)).unwrap();
    assert!(contact.status.is_none() && contact.tags.contains("Rekomi affiliate"));
}

#[tokio::test]
async fn the_picker_goes_beyond_a_page_and_a_deletion_through_all_lists() {
    let (crm, account, person) = start(Moosend::default().with_lists(248)).await;
    let found = run(&crm, &account, &Task::Lists, 0).await.known.choices();
    assert_eq!(found.len(), 250);
    assert_eq!(found.last().map(|list| list.name.as_str()), Some("Affiliates"));
    let (crm, account, _) = start(Moosend::default().with_lists(3)).await;
    let first = Choice { id: OTHER.to_owned(), name: "Customers".to_owned() };
    let both = Person { lists: vec![first, person.lists[0].clone()], ..person };
    synced(&crm, &account, &both).await;
    assert_eq!(crm.with(|crm| crm.contacts()), 2);
    crm.once(&format!("POST /v3/subscribers/{LIST}/remove"), Mood::Says(500, Value::Null));
    let done = run(&crm, &account, &Task::Forget(both), 1).await;
    assert!(done.is_success() && done.faults.len() == 1, "{:?}", done.faults);
    assert_eq!(crm.with(|crm| crm.contacts()), 0);
}

//! Goal: Pipedrive gets exactly these calls: nobody and nothing is there twice because of us, labels of others stay,
//! and a marketing status is sent only where Campaigns has one.
//!
//! Method: syncs against a fake server that answers as Pipedrive's published description says.

use connector::{Account, Choice, FaultKind, Person, Task};
use serde_json::{Value, json};
use world::fakes::{
    FakeServer, Mood,
    crm::{
        self, Crm, Subscribed,
        pipedrive::Pipedrive,
        rehearsal::{connected, former, person, run},
    },
};

type FakeCrm = FakeServer<Box<dyn Crm>>;

const EMAIL: &str = "lauren@creators.test";
const STATUS: &str = "0000000000000000000000000000000000000065";
const TAGS: &str = "0000000000000000000000000000000000000066";

async fn start(fake: Pipedrive) -> (FakeCrm, Account, Person) {
    let crm = crm::start(Box::new(fake));
    let account = connected(&crm).await;
    let person = Person { tags: vec!["Rekomi affiliate".to_owned(), "VIP".to_owned()], ..person(&crm, EMAIL) };
    (crm, account, person)
}

/// The calls of one sync that must succeed, as `POST /path` and body.
async fn calls(crm: &FakeCrm, account: &Account, person: Person) -> Vec<(String, Value)> {
    let before = crm.calls().len();
    let done = run(crm, account, &Task::Sync(person), 0).await;
    assert!(done.is_success(), "{:?} {:?}", done.faults, done.left_alone);
    let made = crm.calls().split_off(before);
    made.iter().map(|call| (call.line(), call.json().unwrap_or_default())).collect()
}

fn only_lines(calls: &[(String, Value)]) -> Vec<&str> {
    calls.iter().map(|(line, _)| line.as_str()).collect()
}

#[tokio::test]
async fn a_first_sync_is_these_calls() {
    let (crm, account, person) = start(Pipedrive::default()).await;
    assert_eq!(account.found.maybe("account").as_deref(), Some("Brand Ltd."));
    let made = calls(&crm, &account, person.clone()).await;
    let expected = [
        "GET /api/v2/personFields",
        "GET /api/v2/persons/search",
        "POST /api/v2/personFields",
        "POST /api/v2/personFields",
        "POST /api/v2/persons",
    ];
    assert_eq!(only_lines(&made), expected);
    assert_eq!(made[2].1, json!({"field_name": "rekomi_status", "field_type": "varchar"}));
    assert_eq!(made[3].1, json!({"field_name": "rekomi_tags", "field_type": "text"}));
    let new = json!({
        "name": "Lauren van Vale", "emails": [{"value": EMAIL, "primary": true, "label": "work"}], "label_ids": [12],
        "custom_fields": {STATUS: "approved", TAGS: "Rekomi affiliate,VIP"}, "marketing_status": "subscribed",
    });
    assert_eq!(made[4].1, new);
    let again = calls(&crm, &account, person).await;
    let expected = [
        "GET /api/v2/personFields",
        "GET /api/v2/persons/search",
        "GET /api/v2/persons/103",
        "PATCH /api/v2/persons/103",
    ];
    assert_eq!(only_lines(&again), expected);
    let update = json!({
        "name": "Lauren van Vale", "custom_fields": {STATUS: "approved", TAGS: "Rekomi affiliate,VIP"},
    });
    assert_eq!(again[3].1, update);
}

#[tokio::test]
async fn a_status_is_sent_only_with_consent_and_only_to_campaigns() {
    for (fake, consent, expected) in [
        (Pipedrive::default(), false, Subscribed::Unsaid),
        (Pipedrive::default().without_campaigns(), true, Subscribed::Unsaid),
        (Pipedrive::default(), true, Subscribed::Yes),
    ] {
        let (crm, account, person) = start(fake).await;
        let consent = person.consent.clone().filter(|_| consent);
        for _ in 0..2 {
            calls(&crm, &account, Person { consent: consent.clone(), ..person.clone() }).await;
        }
        assert_eq!(crm.with(|crm| crm.contact(EMAIL)).unwrap().subscribed, expected);
    }
}

#[tokio::test]
async fn who_was_there_keeps_labels_and_status() {
    let mut fake = Pipedrive::default();
    fake.add(EMAIL, "no_consent");
    let (crm, account, person) = start(fake).await;
    calls(&crm, &account, person.clone()).await;
    let contact = crm.with(|crm| crm.contact(EMAIL)).unwrap();
    assert_eq!(contact.subscribed, Subscribed::Unsaid, "their status is their own");
    assert!(contact.lists.iter().map(String::as_str).eq(["12", "5"]), "{contact:?}");
    let made = calls(&crm, &account, former(&person)).await;
    let gone = json!({"custom_fields": {STATUS_OF_KNOWN: "left", TAGS_OF_KNOWN: "Rekomi former affiliate"}});
    assert_eq!(made.last().map(|(_, body)| body), Some(&gone));
}

/// One id further: the person was there before the fields.
const STATUS_OF_KNOWN: &str = "0000000000000000000000000000000000000066";
const TAGS_OF_KNOWN: &str = "0000000000000000000000000000000000000067";

#[tokio::test]
async fn of_several_people_with_one_address_all_are_looked_at() {
    let mut fake = Pipedrive::default();
    fake.add(EMAIL, "subscribed");
    fake.add(EMAIL, "unsubscribed");
    let (crm, account, person) = start(fake).await;
    let done = run(&crm, &account, &Task::Sync(person.clone()), 0).await;
    assert!(done.left_alone.is_some_and(|why| why.contains("unsubscribed")));
    assert!(crm.calls().iter().all(|call| call.method != "PATCH" && call.method != "POST"));
    let done = run(&crm, &account, &Task::Forget(person), 0).await;
    assert!(done.is_success() && crm.with(|crm| crm.contacts()) == 0, "{:?}", done.faults);
}

#[tokio::test]
async fn nobody_is_added_only_to_be_marked_as_gone() {
    let (crm, account, person) = start(Pipedrive::default()).await;
    let made = calls(&crm, &account, former(&person)).await;
    assert_eq!(only_lines(&made), ["GET /api/v2/personFields", "GET /api/v2/persons/search"]);
}

#[tokio::test]
async fn what_was_created_without_an_answer_is_not_created_twice() {
    for lost in ["POST /api/v2/personFields", "POST /api/v2/persons"] {
        let (crm, account, person) = start(Pipedrive::default()).await;
        crm.once(lost, Mood::Breaks);
        let done = run(&crm, &account, &Task::Sync(person), 1).await;
        assert!(done.is_success() && done.faults.len() == 1, "{lost}: {:?}", done.faults);
        let posts = crm.calls().iter().filter(|call| call.method == "POST").count();
        assert_eq!((posts, crm.with(|crm| crm.contacts())), (3, 1), "{lost}");
    }
}

#[tokio::test]
async fn fields_beyond_a_page_are_found() {
    let (crm, account, person) = start(Pipedrive::with_fields(230)).await;
    let found = run(&crm, &account, &Task::Lists, 0).await.known.choices();
    let names: Vec<&str> = found.iter().map(|label| label.name.as_str()).collect();
    assert_eq!(names, ["Hot lead", "Affiliates"]);
    for expected in [2, 0] {
        let made = calls(&crm, &account, person.clone()).await;
        let created = made.iter().filter(|(line, _)| line == "POST /api/v2/personFields").count();
        assert_eq!(created, expected);
    }
}

#[tokio::test]
async fn refusals_are_told_apart() {
    let (crm, account, person) = start(Pipedrive::default()).await;
    let old = Choice { id: "99".to_owned(), name: "Old".to_owned() };
    for (changed, expected) in [
        (Person { lists: vec![old], ..person.clone() }, (FaultKind::Settings, "list_missing")),
        (Person { email: "nobody".to_owned(), ..person.clone() }, (FaultKind::Refused, "invalid_email")),
    ] {
        let done = run(&crm, &account, &Task::Sync(changed), 0).await;
        assert_eq!(done.faults.last().map(|fault| (fault.kind, fault.code)), Some(expected));
    }
    assert_eq!(crm.with(|crm| crm.contacts()), 0);
    let error = json!({"success": false, "error": "Forbidden", "errorCode": 403});
    for (request, right) in [("GET /api/v2/persons/search", "see all people"), ("POST /api/v2/persons", "add and edit")]
    {
        crm.once(request, Mood::Says(403, error.clone()));
        let done = run(&crm, &account, &Task::Sync(person.clone()), 0).await;
        let fault = done.faults.last().unwrap();
        assert!(fault.kind == FaultKind::Rights && fault.message.contains(right), "{fault:?}");
    }
    crm.once("POST /api/v2/persons", Mood::Says(200, json!({"success": false, "error": "no"})));
    let done = run(&crm, &account, &Task::Sync(person.clone()), 0).await;
    assert!(done.ended, "a success that says otherwise is none");
    // The tokens of the day are used up: asking again in two seconds would be in vain.
    let headers = ["x-ratelimit-reset", "x-daily-requests-left"].map(|name| (name, "0".to_owned())).to_vec();
    crm.once("GET /api/v2/persons/search", Mood::Writes(429, headers, "{}".to_owned()));
    let done = run(&crm, &account, &Task::Sync(person), 0).await;
    assert_eq!(done.faults.last().and_then(|fault| fault.after).map(|after| after.as_secs()), Some(3_600));
}

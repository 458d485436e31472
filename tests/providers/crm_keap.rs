//! Goal: Keap gets exactly these calls: no opt-out is undone, an update touches nothing but names, and every tag is
//! read back.
//!
//! Method: syncs against a fake server that answers as the OpenAPI description in Keap's SDK says.

use connector::{Account, Choice, FaultKind, Person, Task};
use serde_json::{Value, json};
use world::fakes::{
    FakeServer, Mood,
    crm::{
        self, Crm, Subscribed,
        keap::Keap,
        rehearsal::{connected, former, person, run},
    },
};

type FakeCrm = FakeServer<Box<dyn Crm>>;

const EMAIL: &str = "lauren@creators.test";
const BASE: &str = "/crm/rest/v2";

async fn start(fake: Keap) -> (FakeCrm, Account, Person) {
    let crm = crm::start(Box::new(fake));
    let account = connected(&crm).await;
    let person = Person { tags: vec!["Rekomi affiliate".to_owned()], ..person(&crm, EMAIL) };
    (crm, account, person)
}

/// The calls of one sync that must succeed, as `POST /path` without what all have in common, and body.
async fn calls(crm: &FakeCrm, account: &Account, person: Person) -> Vec<(String, Value)> {
    let before = crm.calls().len();
    let done = run(crm, account, &Task::Sync(person), 0).await;
    assert!(done.is_success(), "{:?} {:?}", done.faults, done.left_alone);
    let made = crm.calls().split_off(before);
    made.iter().map(|call| (call.line().replace(BASE, ""), call.json().unwrap_or_default())).collect()
}

fn only_lines(calls: &[(String, Value)]) -> Vec<&str> {
    calls.iter().map(|(line, _)| line.as_str()).collect()
}

#[tokio::test]
async fn a_first_sync_is_these_calls() {
    let (crm, account, person) = start(Keap::default()).await;
    let made = calls(&crm, &account, person.clone()).await;
    let expected = [
        "GET /contacts",
        "GET /emailAddresses/lauren%40creators.test/status",
        "POST /contacts",
        "POST /tags/63/contacts:applyTags",
        "GET /tags",
        "POST /tags",
        "POST /tags/102/contacts:applyTags",
        "GET /contacts/101/tags",
    ];
    assert_eq!(only_lines(&made), expected);
    let reason = "Accepted the affiliate program’s terms, version 2026-01, at 2026-09-21T14:13:20Z";
    let new = json!({
        "given_name": "Lauren", "family_name": "van Vale",
        "email_addresses": [{"email": EMAIL, "field": "EMAIL1", "opt_in_reason": reason}],
    });
    assert_eq!(made[2].1, new);
    assert_eq!(made[6].1, json!({"contact_ids": ["101"]}));
    let again = calls(&crm, &account, Person { first_name: Some("Laura".to_owned()), ..person }).await;
    assert_eq!(only_lines(&again)[2..4], ["PATCH /contacts/101", "POST /tags/63/contacts:applyTags"]);
    assert_eq!(again[2].1, json!({"given_name": "Laura"}));
    let masked = crm.calls().into_iter().find(|call| call.method == "PATCH").unwrap();
    assert_eq!(masked.query, [("update_mask".to_owned(), "given_name".to_owned())]);
}

#[tokio::test]
async fn no_opt_out_is_undone_with_or_without_a_contact() {
    for status in ["MANUAL", "LIST_UNSUBSCRIBE", "HARD_BOUNCE", "SPAM", "SOMETHING_NEW"] {
        let mut fake = Keap::default();
        fake.set(EMAIL, status);
        let (crm, account, person) = start(fake).await;
        let done = run(&crm, &account, &Task::Sync(person), 0).await;
        assert!(done.left_alone.is_some_and(|why| why.contains("unsubscribed")), "{status}");
        assert!(crm.calls().iter().all(|call| call.method == "GET"), "{status}");
    }
}

#[tokio::test]
async fn a_reason_is_given_once_and_only_with_consent() {
    for (consent, there, expected) in
        [(false, false, Subscribed::Unsaid), (true, true, Subscribed::Unsaid), (true, false, Subscribed::Yes)]
    {
        let mut fake = Keap::default();
        if there {
            fake.add(EMAIL, "Laurie");
        }
        let (crm, account, person) = start(fake).await;
        let consent = person.consent.clone().filter(|_| consent);
        for _ in 0..2 {
            calls(&crm, &account, Person { consent: consent.clone(), ..person.clone() }).await;
        }
        let contact = crm.with(|crm| crm.contact(EMAIL)).unwrap();
        let name = if there { "Laurie" } else { "Lauren" };
        assert_eq!((contact.subscribed, contact.first_name.as_deref()), (expected, Some(name)));
    }
}

#[tokio::test]
async fn who_leaves_keeps_their_name_and_the_tags_that_are_not_ours() {
    let (crm, account, person) = start(Keap::default()).await;
    let here = Person { tags: vec!["Rekomi affiliate".to_owned(), "vip customers".to_owned()], ..person };
    calls(&crm, &account, here.clone()).await;
    let untags = vec!["Rekomi affiliate".to_owned(), "never made".to_owned()];
    let gone = Person { untags, first_name: Some("Other".to_owned()), ..former(&here) };
    let made = calls(&crm, &account, gone).await;
    let expected = [
        "GET /contacts",
        "GET /tags",
        "POST /tags",
        "POST /tags/103/contacts:applyTags",
        "GET /tags",
        "POST /tags/102/contacts:removeTags",
        "GET /tags",
        "GET /contacts/101/tags",
    ];
    assert_eq!(only_lines(&made), expected);
    let contact = crm.with(|crm| crm.contact(EMAIL)).unwrap();
    assert!(contact.tags.iter().map(String::as_str).eq(["Affiliates", "Rekomi former affiliate", "vip customers"]));
    assert_eq!(contact.first_name.as_deref(), Some("Lauren"));
    let (crm, account, person) = start(Keap::default()).await;
    assert_eq!(only_lines(&calls(&crm, &account, former(&person)).await), ["GET /contacts"]);
}

#[tokio::test]
async fn a_tag_that_cannot_be_created_is_found_among_all() {
    // Lost; taken in another case; and a name that a filter can't contain, beyond the first page.
    let (crm, account, person) = start(Keap::default()).await;
    crm.once("POST /crm/rest/v2/tags", Mood::Breaks);
    let done = run(&crm, &account, &Task::Sync(Person { lists: Vec::new(), ..person }), 1).await;
    assert!(done.is_success() && done.faults.len() == 1, "{:?}", done.faults);
    for (fake, name, own) in [
        (Keap::default().with_tag("REKOMI AFFILIATE"), "Rekomi affiliate", "REKOMI AFFILIATE"),
        (Keap::with_tags(1_500).with_tag("a;b"), "a;b", "a;b"),
    ] {
        let (crm, account, person) = start(fake).await;
        calls(&crm, &account, Person { tags: vec![name.to_owned()], ..person }).await;
        assert!(crm.with(|crm| crm.contact(EMAIL)).unwrap().tags.contains(own));
    }
}

#[tokio::test]
async fn tags_that_were_not_applied_are_no_success() {
    let (crm, account, person) = start(Keap::default()).await;
    crm.when("POST /crm/rest/v2/tags/", Mood::Says(200, json!({"results": {"101": "CONTACT_NOT_FOUND"}})));
    let done = run(&crm, &account, &Task::Sync(person), 0).await;
    assert_eq!(done.faults.last().map(|fault| fault.code), Some("not_confirmed"));
}

#[tokio::test]
async fn of_several_contacts_the_oldest_is_written_and_all_are_deleted() {
    let mut fake = Keap::default();
    fake.add(EMAIL, "Lauren");
    fake.add(EMAIL, "Laurie");
    let (crm, account, person) = start(fake).await;
    let made = calls(&crm, &account, person.clone()).await;
    assert!(only_lines(&made).contains(&"PATCH /contacts/101"), "{made:?}");
    crm.nth("DELETE ", 1, Mood::Says(500, Value::Null));
    let done = run(&crm, &account, &Task::Forget(person), 1).await;
    assert!(done.is_success() && crm.with(|crm| crm.contacts()) == 0, "{:?}", done.faults);
    assert_eq!(crm.calls().iter().filter(|call| call.method == "DELETE").count(), 3);
}

#[tokio::test]
async fn the_picker_goes_beyond_a_page() {
    let (crm, account, _) = start(Keap::with_tags(1_200)).await;
    for task in [Task::Lists, Task::Tags] {
        assert_eq!(run(&crm, &account, &task, 0).await.known.choices().len(), 1_202);
    }
}

#[tokio::test]
async fn refusals_are_told_apart() {
    let (crm, account, person) = start(Keap::default()).await;
    let old = Choice { id: "99".to_owned(), name: "Old".to_owned() };
    let long = format!("{}@creators.test", "x".repeat(80));
    for (changed, expected) in [
        (Person { lists: vec![old], ..person.clone() }, (FaultKind::Settings, "list_missing")),
        (Person { email: long, ..person.clone() }, (FaultKind::Refused, "invalid_email")),
    ] {
        let done = run(&crm, &account, &Task::Sync(changed), 0).await;
        assert_eq!(done.faults.last().map(|fault| (fault.kind, fault.code)), Some(expected));
    }
    let wordy = Person { last_name: Some("x".repeat(50)), ..person.clone() };
    calls(&crm, &account, wordy).await;
    assert_eq!(crm.with(|crm| crm.contact(EMAIL)).unwrap().last_name.map(|name| name.len()), Some(40));
    // The requests of the day are used up: asking again in a moment would be in vain.
    let headers = vec![("x-keap-product-quota-available", "0".to_owned())];
    crm.once("GET ", Mood::Writes(429, headers, "{}".to_owned()));
    let done = run(&crm, &account, &Task::Sync(person), 0).await;
    assert_eq!(done.faults.last().and_then(|fault| fault.after).map(|after| after.as_secs()), Some(3_600));
}

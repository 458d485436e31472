//! Goal: Constant Contact gets exactly these calls; the sign-up call, which means consent, is made only where there is
//! consent; both kinds of refresh tokens work.
//!
//! Method: syncs against a fake server that answers as the vendor's OpenAPI description says, and works off activities a
//! little later.

use connector::{Account, Choice, FaultKind, Person, Task};
use serde_json::{Value, json};
use world::fakes::{
    FakeServer, Mood,
    crm::{
        Crm, Subscribed,
        constantcontact::ConstantContact,
        rehearsal::{fault, former, run, started},
    },
};

type FakeCrm = FakeServer<Box<dyn Crm>>;

const EMAIL: &str = "lauren@creators.test";
const CONTACT: &str = "00000000-0000-4000-8000-000000000702";
const LIST: &str = "00000000-0000-4000-8000-000000000063";

async fn start(fake: ConstantContact) -> (FakeCrm, Account, Person) {
    let (crm, account, person) = started(fake, EMAIL).await;
    (crm, account, Person { tags: vec!["Rekomi affiliate".to_owned()], ..person })
}

/// The calls of one sync that must succeed, with their bodies.
async fn calls(crm: &FakeCrm, account: &Account, person: Person) -> Vec<(String, Value)> {
    let before = crm.calls().len();
    let done = run(crm, account, &Task::Sync(person), 0).await;
    assert!(done.is_success(), "{:?} {:?}", done.faults, done.left_alone);
    let made = crm.calls().split_off(before);
    made.iter().map(|call| (call.line().replace("/v3/", ""), call.json().unwrap_or_default())).collect()
}

fn only_lines(calls: &[(String, Value)]) -> Vec<&str> {
    calls.iter().map(|(line, _)| line.as_str()).collect()
}

#[tokio::test]
async fn a_first_sync_is_these_calls() {
    let (crm, account, person) = start(ConstantContact::default()).await;
    assert_eq!(account.found.maybe("account").as_deref(), Some("Brand Ltd."));
    let made = calls(&crm, &account, person.clone()).await;
    let read = format!("GETcontacts/{CONTACT}");
    let lines: Vec<String> = only_lines(&made).iter().map(|line| line.replace(' ', "")).collect();
    // Each page of tags has one; the tags show at the second look.
    let expected = [
        "GETcontacts",
        "GETcontact_tags",
        "GETcontact_tags",
        "POSTcontact_tags",
        "POSTcontacts/sign_up_form",
        "POSTactivities/contacts_taggings_add",
        read.as_str(),
        read.as_str(),
    ];
    assert_eq!(lines, expected);
    let body = json!({
        "email_address": EMAIL, "first_name": "Lauren", "last_name": "van Vale", "list_memberships": [LIST],
    });
    assert_eq!(made[4].1, body);
    assert_eq!(made[5].1["source"], json!({"contact_ids": [CONTACT]}));
    let again = calls(&crm, &account, person).await;
    assert!(again.iter().all(|(line, _)| line != "POST contact_tags"), "the tag is there: {again:?}");
}

#[tokio::test]
async fn without_consent_nothing_says_so() {
    let (crm, account, person) = start(ConstantContact::default()).await;
    let quiet = Person { consent: None, ..person.clone() };
    let made = calls(&crm, &account, quiet.clone()).await;
    let created = made.iter().find(|(line, _)| line == "POST contacts").unwrap();
    assert_eq!(created.1["email_address"], json!({"address": EMAIL, "permission_to_send": "implicit"}));
    // Who is there already gets the list by an activity, and keeps their permission.
    let other = Choice { id: LIST.replace("63", "62"), name: "Customers".to_owned() };
    let moved = calls(&crm, &account, Person { lists: vec![other.clone()], ..quiet }).await;
    let joined = moved.iter().find(|(line, _)| line == "POST activities/add_list_memberships").unwrap();
    assert_eq!(joined.1["list_ids"], json!([other.id]));
    let contact = crm.with(|crm| crm.contact(EMAIL)).unwrap();
    assert_eq!(contact.subscribed, Subscribed::Unsaid);
    assert_eq!(contact.lists.len(), 2);
    calls(&crm, &account, person).await;
    assert_eq!(crm.with(|crm| crm.contact(EMAIL)).unwrap().subscribed, Subscribed::Yes);
}

#[tokio::test]
async fn who_was_asked_to_confirm_is_not_confirmed_by_a_later_sync() {
    let asking = ConstantContact::default().asking();
    let on_hold = ConstantContact::default().with_permission(EMAIL, "temp_hold");
    for (fake, subscribed) in [(asking, Subscribed::Pending), (on_hold, Subscribed::Unsaid)] {
        let (crm, account, person) = start(fake).await;
        calls(&crm, &account, person.clone()).await;
        let lists = vec![Choice { id: LIST.replace("63", "62"), name: "Customers".to_owned() }];
        let changed = Person { tags: vec!["Gold".to_owned()], first_name: Some("Laura".to_owned()), lists, ..person };
        let made = calls(&crm, &account, changed.clone()).await;
        assert!(made.iter().all(|(line, _)| line != "POST contacts/sign_up_form"), "{made:?}");
        let contact = crm.with(|crm| crm.contact(EMAIL)).unwrap();
        assert_eq!(contact.subscribed, subscribed);
        assert!(contact.tags.contains("Gold") && contact.lists.len() == 2, "{contact:?}");
        // Deleted there, they aren't added again: they would count as an existing contact.
        assert!(run(&crm, &account, &Task::Forget(changed.clone()), 0).await.is_success());
        let done = run(&crm, &account, &Task::Sync(changed), 0).await;
        assert!(done.left_alone.is_some_and(|why| why.contains("pending or on hold")), "{:?}", done.faults);
        assert_eq!(crm.with(|crm| crm.contact(EMAIL)), None);
    }
}

#[tokio::test]
async fn long_names_are_shortened_and_still_ours() {
    let (crm, account, person) = start(ConstantContact::default()).await;
    let [first_name, last_name] = ["x", "y"].map(|sign| Some(sign.repeat(60)));
    let our_names = vec![[first_name.clone(), last_name.clone()]];
    calls(&crm, &account, Person { first_name, last_name, ..person.clone() }).await;
    let contact = crm.with(|crm| crm.contact(EMAIL)).unwrap();
    assert_eq!((contact.first_name, contact.last_name), (Some("x".repeat(50)), Some("y".repeat(50))));
    calls(&crm, &account, Person { our_names, ..person }).await;
    assert_eq!(crm.with(|crm| crm.contact(EMAIL)).unwrap().first_name.as_deref(), Some("Lauren"));
}

#[tokio::test]
async fn an_address_that_the_sign_up_call_does_not_accept_is_added_without_it() {
    let (crm, account, person) = start(ConstantContact::default()).await;
    let email = format!("{}@creators.test", "l".repeat(60));
    let person = Person { email: email.clone(), ..person };
    let made = calls(&crm, &account, person.clone()).await;
    assert!(only_lines(&made).contains(&"POST contacts"), "{made:?}");
    let other = vec![Choice { id: LIST.replace("63", "62"), name: "Customers".to_owned() }];
    let made = calls(&crm, &account, Person { lists: other, ..person }).await;
    assert!(only_lines(&made).contains(&"POST activities/add_list_memberships"), "{made:?}");
    let contact = crm.with(|crm| crm.contact(&email)).unwrap();
    assert_eq!((contact.subscribed, contact.lists.len()), (Subscribed::Unsaid, 2));
}

#[tokio::test]
async fn rotating_and_long_lived_refresh_tokens_work() {
    for long_lived in [false, true] {
        let mut fake = ConstantContact::default();
        fake.rotation.long_lived = long_lived;
        let (crm, account, person) = start(fake).await;
        for _ in 0..3 {
            crm.once("GET /v3/contacts", Mood::Says(401, json!({"error_key": "unauthorized"})));
            calls(&crm, &account, person.clone()).await;
        }
        let logins = crm.calls().into_iter().filter(|call| call.path.ends_with("/token"));
        let mut tokens: Vec<String> = logins.filter_map(|call| Some(call.form()?[1].1.clone())).collect();
        assert_eq!(tokens.len(), 4);
        tokens.dedup();
        assert_eq!(tokens.len(), if long_lived { 1 } else { 4 });
    }
}

#[tokio::test]
async fn who_leaves_keeps_name_list_and_other_tags() {
    let (crm, account, person) = start(ConstantContact::default()).await;
    let here = Person { tags: vec!["Rekomi affiliate".to_owned(), "Gold".to_owned()], ..person };
    calls(&crm, &account, here.clone()).await;
    let untags = vec!["Rekomi affiliate".to_owned(), "never made".to_owned()];
    let gone = Person { untags, first_name: Some("Other".to_owned()), ..former(&here) };
    calls(&crm, &account, gone).await;
    let contact = crm.with(|crm| crm.contact(EMAIL)).unwrap();
    assert!(contact.tags.iter().map(String::as_str).eq(["Gold", "Rekomi former affiliate"]));
    assert_eq!((contact.first_name.as_deref(), contact.lists.len()), (Some("Lauren"), 1));
}

#[tokio::test]
async fn refusals_are_told_apart() {
    let (crm, account, person) = start(ConstantContact::default()).await;
    let old = Choice { id: "99".to_owned(), name: "Old".to_owned() };
    for (changed, expected) in [
        (Person { lists: vec![old], ..person.clone() }, (FaultKind::Settings, "list_missing")),
        (Person { email: "nobody".to_owned(), ..person.clone() }, (FaultKind::Refused, "invalid_email")),
        (Person { tags: vec!["x".repeat(256)], ..person.clone() }, (FaultKind::Refused, "tag_refused")),
    ] {
        assert_eq!(fault(&crm, &account, changed).await, expected);
    }
    // The day's quota is counted anew at midnight UTC; it is 8:30.
    crm.once("", Mood::Says(429, json!([{"error_key": "quota_exceeded", "error_message": "Daily limit"}])));
    let busy = run(&crm, &account, &Task::Sync(person), 0).await.faults.pop().unwrap();
    assert_eq!(busy.kind, FaultKind::Busy);
    assert_eq!(busy.after.map(|after| after.as_secs()), Some(15 * 3_600 + 30 * 60));
}

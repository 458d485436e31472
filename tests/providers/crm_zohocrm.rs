//! Goal: Zoho CRM gets exactly these calls, each with an access token that nothing keeps but the memory; a failure within
//! a success is one, and no opt-out is undone.
//!
//! Method: syncs against a fake server that answers as zoho/crm-oas and the vendor's documentation say, and that ends
//! tokens.

use connector::{Account, Choice, FaultKind, Person, StepContext, StepRequest, Task};
use serde_json::{Value, json};
use world::fakes::{
    FakeServer, Mood,
    crm::{
        self, Crm,
        rehearsal::{connected, connector_of, former, lines, now, person, run},
        zohocrm::ZohoCrm,
    },
};

type FakeCrm = FakeServer<Box<dyn Crm>>;

const EMAIL: &str = "lauren@creators.test";

async fn start(fake: ZohoCrm) -> (FakeCrm, Account, Person) {
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
    made.iter().map(|call| (call.line().replace("/crm/v8", ""), call.json().unwrap_or_default())).collect()
}

fn only_lines(calls: &[(String, Value)]) -> Vec<&str> {
    calls.iter().map(|(line, _)| line.as_str()).collect()
}

#[tokio::test]
async fn a_first_sync_is_these_calls() {
    let (crm, account, person) = start(ZohoCrm::default()).await;
    assert_eq!(account.found.maybe("account").as_deref(), Some("Brand Ltd."));
    let made = calls(&crm, &account, person.clone()).await;
    let expected = [
        "GET /Contacts/search",
        "POST /Contacts/upsert",
        "GET /settings/tags",
        "POST /settings/tags",
        "POST /Contacts/7000000000101/actions/add_tags",
        "GET /Contacts/7000000000101",
    ];
    assert_eq!(only_lines(&made), expected);
    let new = json!({"Email": EMAIL, "First_Name": "Lauren", "Last_Name": "van Vale"});
    assert_eq!(made[1].1, json!({"data": [new], "duplicate_check_fields": ["Email"]}));
    assert_eq!(made[4].1, json!({"tags": [{"name": "Rekomi affiliate"}, {"name": "Affiliates"}]}));
    let again = calls(&crm, &account, Person { last_name: Some("Vale".to_owned()), ..person }).await;
    let expected = [
        "GET /Contacts/search",
        "GET /Contacts/7000000000101",
        "PUT /Contacts/7000000000101",
        "GET /settings/tags",
        "POST /Contacts/7000000000101/actions/add_tags",
        "GET /Contacts/7000000000101",
    ];
    assert_eq!(only_lines(&again), expected);
    assert_eq!(again[2].1, json!({"data": [{"Last_Name": "Vale"}]}));
}

#[tokio::test]
async fn one_token_serves_many_calls_and_a_new_one_follows_when_it_ends() {
    let (crm, account, person) = start(ZohoCrm::default()).await;
    calls(&crm, &account, person.clone()).await;
    let logins = |crm: &FakeCrm| crm.calls().iter().filter(|call| call.path == "/oauth/v2/token").count();
    assert_eq!(logins(&crm), 1);
    // Ended early: the call that was refused is made again with a new one.
    crm.once("GET /crm/v8/Contacts/search", Mood::Says(401, json!({"code": "INVALID_TOKEN", "status": "error"})));
    calls(&crm, &account, person.clone()).await;
    assert_eq!(logins(&crm), 2);
    // Neither what is known nor the requests, as a log would show them, have the token or the credentials.
    let done = run(&crm, &account, &Task::Sync(person.clone()), 0).await;
    let task = Task::Sync(person);
    let step = &connector_of(&crm).plan(&account, &task)[0];
    let ctx =
        StepContext { account: &account, task: &task, step, known: &done.known, polls: 0, now: now(), sync: None };
    let Ok(StepRequest::Send(request)) = connector_of(&crm).request(&ctx) else { panic!("no request") };
    assert!(request.login.is_some() && request.headers.is_empty());
    let shown = format!("{:?} {:?} {request:?}", done.known, account.found);
    assert!(!shown.contains("canary"), "{shown}");
    let urls = crm.calls().iter().map(|call| format!("{} {:?}", call.path, call.query)).collect::<String>();
    assert!(!urls.contains("canary"), "{urls}");
}

#[tokio::test]
async fn a_login_that_is_refused_or_throttled_is_told_apart() {
    for (status, body, kind) in [
        (200, json!({"error": "invalid_code"}), FaultKind::Credentials),
        (
            400,
            json!({"error": "Access Denied", "error_description": "You have made too many requests"}),
            FaultKind::Busy,
        ),
        (500, Value::Null, FaultKind::Passing),
    ] {
        let crm = crm::start(Box::new(ZohoCrm::default()));
        crm.when("POST /oauth/v2/token", Mood::Says(status, body));
        let account = Account { credentials: crm.with(|crm| crm.credentials()), ..Account::default() };
        let done = run(&crm, &account, &Task::Check, 0).await;
        assert_eq!(done.faults.last().map(|fault| fault.kind), Some(kind), "{status}");
    }
    let crm = crm::start(Box::new(ZohoCrm::default()));
    let mut account = Account { credentials: crm.with(|crm| crm.credentials()), ..Account::default() };
    account.credentials.insert("dataCenter".to_owned(), "mars".to_owned());
    let done = run(&crm, &account, &Task::Check, 0).await;
    assert!(done.faults[0].message.contains("com.au") && lines(&crm).is_empty());
}

#[tokio::test]
async fn who_leaves_keeps_name_and_other_tags() {
    let (crm, account, person) = start(ZohoCrm::default()).await;
    let here = Person { tags: vec!["Rekomi affiliate".to_owned(), "customers".to_owned()], ..person };
    calls(&crm, &account, here.clone()).await;
    let untags = vec!["Rekomi affiliate".to_owned(), "never made".to_owned()];
    let gone = Person { untags, first_name: Some("Other".to_owned()), ..former(&here) };
    let made = calls(&crm, &account, gone).await;
    let removed = made.iter().find(|(line, _)| line.ends_with("/remove_tags")).unwrap();
    assert_eq!(removed.1, json!({"tags": [{"name": "Rekomi affiliate"}]}), "Zoho refuses tags that they don't have");
    let contact = crm.with(|crm| crm.contact(EMAIL)).unwrap();
    assert!(contact.tags.iter().map(String::as_str).eq(["Affiliates", "Rekomi former affiliate", "customers"]));
    assert_eq!(contact.first_name.as_deref(), Some("Lauren"));
    let (crm, account, person) = start(ZohoCrm::default()).await;
    assert_eq!(only_lines(&calls(&crm, &account, former(&person)).await), ["GET /Contacts/search"]);
}

#[tokio::test]
async fn a_second_address_is_somebody_else() {
    let mut fake = ZohoCrm::default();
    fake.add("other@creators.test", Some(EMAIL));
    let (crm, account, person) = start(fake).await;
    calls(&crm, &account, person.clone()).await;
    assert_eq!(crm.with(|crm| crm.contacts()), 2);
    for _ in 0..2 {
        assert!(run(&crm, &account, &Task::Forget(person.clone()), 0).await.is_success());
    }
    assert_eq!(crm.with(|crm| crm.contacts()), 1, "the other one isn't deleted");
}

#[tokio::test]
async fn a_new_contact_needs_a_last_name() {
    for (first, expected) in [(Some("Lauren"), "Lauren"), (None, EMAIL)] {
        let (crm, account, person) = start(ZohoCrm::default()).await;
        let first_name = first.map(str::to_owned);
        calls(&crm, &account, Person { first_name, last_name: None, ..person }).await;
        assert_eq!(crm.with(|crm| crm.contact(EMAIL)).unwrap().last_name.as_deref(), Some(expected));
    }
}

#[tokio::test]
async fn long_names_are_shortened_and_still_ours() {
    let (crm, account, person) = start(ZohoCrm::default()).await;
    let [first_name, last_name] = ["x", "y"].map(|sign| Some(sign.repeat(100)));
    let our_names = vec![[first_name.clone(), last_name.clone()]];
    let long = Person { first_name, last_name, ..person.clone() };
    // New there, and there already.
    for _ in 0..2 {
        calls(&crm, &account, long.clone()).await;
        let contact = crm.with(|crm| crm.contact(EMAIL)).unwrap();
        assert_eq!((contact.first_name, contact.last_name), (Some("x".repeat(40)), Some("y".repeat(80))));
    }
    calls(&crm, &account, Person { our_names, ..person.clone() }).await;
    assert_eq!(crm.with(|crm| crm.contact(EMAIL)).unwrap().first_name.as_deref(), Some("Lauren"));
    // Without a last name, the first one stands in for it.
    let other = Person { email: "mia@creators.test".to_owned(), last_name: None, ..long };
    calls(&crm, &account, other).await;
    let contact = crm.with(|crm| crm.contact("mia@creators.test")).unwrap();
    assert_eq!((contact.first_name, contact.last_name), (None, Some("x".repeat(80))));
}

#[tokio::test]
async fn failures_within_a_success_are_told_apart() {
    let (crm, account, person) = start(ZohoCrm::default()).await;
    let old = Choice { id: "99".to_owned(), name: "Old".to_owned() };
    let long = vec!["a tag of more than 25 characters".to_owned()];
    for (changed, expected) in [
        (Person { lists: vec![old], ..person.clone() }, (FaultKind::Settings, "list_missing")),
        (Person { tags: long, ..person.clone() }, (FaultKind::Refused, "tag_refused")),
        (Person { email: "nobody".to_owned(), ..person.clone() }, (FaultKind::Refused, "invalid_email")),
    ] {
        let done = run(&crm, &account, &Task::Sync(changed), 0).await;
        assert_eq!(done.faults.last().map(|fault| (fault.kind, fault.code)), Some(expected));
    }
    let scope = json!({"code": "OAUTH_SCOPE_MISMATCH", "message": "invalid oauth scope", "status": "error"});
    crm.when("GET /crm/v8/Contacts/search", Mood::Says(401, scope));
    let done = run(&crm, &account, &Task::Sync(person.clone()), 0).await;
    assert_eq!(done.faults.last().map(|fault| fault.kind), Some(FaultKind::Rights));
    crm.recover();
    crm.once(
        "POST /crm/v8/Contacts/7",
        Mood::Says(200, json!({"data": [{"code": "INTERNAL_ERROR", "status": "error"}]})),
    );
    assert!(run(&crm, &account, &Task::Sync(person.clone()), 1).await.is_success());
    // Created, but its answer was lost: it exists, and isn't created twice.
    let (crm, account, person) = start(ZohoCrm::default()).await;
    crm.once("POST /crm/v8/settings/tags", Mood::Breaks);
    let done = run(&crm, &account, &Task::Sync(person), 1).await;
    assert!(done.is_success() && done.faults.len() == 1, "{:?}", done.faults);
}

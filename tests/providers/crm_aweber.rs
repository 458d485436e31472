//! Goal: AWeber gets exactly these calls; a refresh token is used once, and the next one after it; whoever unsubscribed from
//! a list stays so.
//!
//! Method: syncs against a fake server that answers as AWeber's OpenAPI description says, and that refuses a refresh token
//! once it was used.

use connector::{Account, Choice, FaultKind, Known, Person, Task};
use serde_json::{Value, json};
use world::fakes::{
    FakeServer, Mood,
    crm::{
        Crm,
        aweber::AWeber,
        rehearsal::{fault, former, lines, run, started},
    },
};

type FakeCrm = FakeServer<Box<dyn Crm>>;

const EMAIL: &str = "lauren@creators.test";
const MEMBERS: &str = "/1.0/accounts/1234567/lists/63/subscribers";

async fn start(fake: AWeber) -> (FakeCrm, Account, Person) {
    let (crm, account, person) = started(fake, EMAIL).await;
    (crm, account, Person { tags: vec!["Rekomi affiliate".to_owned()], ..person })
}

/// The calls of one sync that must succeed, with their bodies.
async fn calls(crm: &FakeCrm, account: &Account, person: Person) -> Vec<(String, Value)> {
    let before = crm.calls().len();
    let done = run(crm, account, &Task::Sync(person), 0).await;
    assert!(done.is_success(), "{:?} {:?}", done.faults, done.left_alone);
    let made = crm.calls().split_off(before);
    made.iter().map(|call| (call.line(), call.json().unwrap_or_default())).collect()
}

fn only_lines(calls: &[(String, Value)]) -> Vec<String> {
    calls.iter().map(|(line, _)| line.replace(MEMBERS, "")).collect()
}

#[tokio::test]
async fn a_first_sync_is_these_calls() {
    let (crm, account, person) = start(AWeber::default()).await;
    assert_eq!(account.found.maybe("account").as_deref(), Some("Brand Ltd."));
    let made = calls(&crm, &account, person.clone()).await;
    assert_eq!(only_lines(&made), ["GET ", "POST ", "GET "]);
    let new = json!({
        "email": EMAIL, "name": "Lauren van Vale", "tags": ["Rekomi affiliate"], "update_existing": "true",
    });
    assert_eq!(made[1].1, new);
    let untags = vec!["old".to_owned()];
    let again = calls(&crm, &account, Person { untags, first_name: None, last_name: None, ..person }).await;
    assert_eq!(only_lines(&again), ["GET ", "PATCH /701", "GET "]);
    assert_eq!(again[1].1, json!({"tags": {"add": ["Rekomi affiliate"], "remove": ["old"]}}));
}

#[tokio::test]
async fn each_login_uses_the_newest_refresh_token() {
    let (crm, account, person) = start(AWeber::default()).await;
    let logins = |crm: &FakeCrm| crm.calls().iter().filter(|call| call.path == "/oauth2/token").count();
    calls(&crm, &account, person.clone()).await;
    assert_eq!(logins(&crm), 1, "one token serves many calls");
    for number in 2..=4 {
        crm.once(&format!("GET {MEMBERS}"), Mood::Says(401, json!({"error": {"type": "UnauthorizedError"}})));
        calls(&crm, &account, person.clone()).await;
        assert_eq!(logins(&crm), number);
    }
    let sent = crm.calls().into_iter().filter(|call| call.path == "/oauth2/token");
    let tokens: Vec<String> = sent.filter_map(|call| Some(call.form()?[1].1.clone())).collect();
    let expected: Vec<String> = (0..4).map(|number| format!("canary0aweber0refresh{number}")).collect();
    assert_eq!(tokens, expected);
    let logged = crm.calls().iter().map(|call| format!("{} {:?}", call.path, call.query)).collect::<String>();
    assert!(!logged.contains("canary"), "{logged}");
}

#[tokio::test]
async fn a_spent_refresh_token_is_refused() {
    let mut fake = AWeber::default();
    fake.rotation.steal();
    let crm = world::fakes::crm::start(Box::new(fake));
    let account = Account { credentials: crm.with(|crm| crm.credentials()), found: Known::new() };
    let refused = run(&crm, &account, &Task::Check, 3).await;
    let kind = refused.faults.last().map(|fault| fault.kind);
    assert_eq!(kind, Some(FaultKind::Credentials));
    assert!(refused.faults[0].message.contains("invalid_grant"), "{:?}", refused.faults);
}

#[tokio::test]
async fn each_list_has_its_own_subscriber() {
    let (crm, account, person) = start(AWeber::default()).await;
    let other = Choice { id: "62".to_owned(), name: "Customers".to_owned() };
    let both = Person { lists: [person.lists.clone(), vec![other]].concat(), ..person.clone() };
    calls(&crm, &account, both.clone()).await;
    assert_eq!(crm.with(|crm| crm.contacts()), 2);
    let made = calls(&crm, &account, former(&both)).await;
    assert_eq!(made.iter().filter(|(line, _)| line.starts_with("PATCH")).count(), 2);
    let contact = crm.with(|crm| crm.contact(EMAIL)).unwrap();
    assert!(contact.tags.iter().eq(["Rekomi former affiliate"]));
    let done = run(&crm, &account, &Task::Forget(both), 0).await;
    assert!(done.is_success(), "{:?}", done.faults);
    assert_eq!(crm.with(|crm| crm.contacts()), 0);
}

#[tokio::test]
async fn who_was_never_there_is_not_added_to_be_marked() {
    let (crm, account, person) = start(AWeber::default()).await;
    assert_eq!(only_lines(&calls(&crm, &account, former(&person)).await), ["GET "]);
    let gone = Person { used_lists: vec!["99".to_owned()], ..former(&person) };
    assert_eq!(calls(&crm, &account, gone).await.len(), 1, "a list that was deleted is no failure");
}

#[tokio::test]
async fn refusals_are_told_apart() {
    let (crm, account, person) = start(AWeber::default()).await;
    let deleted = Choice { id: "99".to_owned(), name: "Old".to_owned() };
    for (changed, expected) in [
        (Person { lists: vec![deleted], ..person.clone() }, (FaultKind::Settings, "list_missing")),
        (Person { email: "nobody".to_owned(), ..person.clone() }, (FaultKind::Refused, "invalid_email")),
    ] {
        assert_eq!(fault(&crm, &account, changed).await, expected);
    }
    let hold = json!({"error": {"status": 403, "message": "Account is on hold.", "type": "ForbiddenError"}});
    crm.once(&format!("POST {MEMBERS}"), Mood::Says(403, hold));
    assert_eq!(fault(&crm, &account, person.clone()).await.0, FaultKind::Rights);
    assert!(lines(&crm).iter().all(|line| !line.contains("canary0aweber0access")));
}

#[tokio::test]
async fn an_unconfirmed_subscriber_cannot_be_deleted() {
    let mut fake = AWeber::default();
    fake.set(EMAIL, "unconfirmed");
    let (crm, account, person) = start(fake).await;
    let done = run(&crm, &account, &Task::Forget(person), 0).await;
    assert_eq!(done.faults.last().map(|fault| fault.code), Some("not_confirmed_there"));
}

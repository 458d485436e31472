//! Goal: Salesforce gets exactly these calls, each with an access token that nothing keeps but the memory; opt-outs of
//! contacts and leads count, and queries can't be broken out of.
//!
//! Method: syncs against a fake server that answers as Salesforce's developer guide says.

use connector::{Account, Choice, FaultKind, Person, Task};
use serde_json::{Value, json};
use world::fakes::{
    FakeServer, Mood,
    crm::{
        self, Crm,
        rehearsal::{connected, former, person, run},
        salesforce::Salesforce,
    },
};

type FakeCrm = FakeServer<Box<dyn Crm>>;

const EMAIL: &str = "lauren@creators.test";

async fn start(fake: Salesforce) -> (FakeCrm, Account, Person) {
    let crm = crm::start(Box::new(fake));
    let account = connected(&crm).await;
    let person = Person { tags: vec!["Rekomi affiliate".to_owned(), "VIP".to_owned()], ..person(&crm, EMAIL) };
    (crm, account, person)
}

/// The calls of one sync that must succeed, as `POST /path` without what all have in common, and body.
async fn calls(crm: &FakeCrm, account: &Account, person: Person) -> Vec<(String, Value)> {
    let before = crm.calls().len();
    let done = run(crm, account, &Task::Sync(person), 0).await;
    assert!(done.is_success(), "{:?} {:?}", done.faults, done.left_alone);
    let made = crm.calls().split_off(before);
    made.iter().map(|call| (call.line().replace("/services/data/v62.0", ""), call.json().unwrap_or_default())).collect()
}

fn only_lines(calls: &[(String, Value)]) -> Vec<&str> {
    calls.iter().map(|(line, _)| line.as_str()).collect()
}

#[tokio::test]
async fn a_first_sync_is_these_calls() {
    let (crm, account, person) = start(Salesforce::default()).await;
    assert_eq!(account.found.maybe("account").as_deref(), Some("Brand Ltd."));
    let made = calls(&crm, &account, person.clone()).await;
    let expected = ["GET /query", "GET /query", "POST /sobjects/Contact", "POST /sobjects/CampaignMember"];
    assert_eq!(only_lines(&made), expected);
    let new = json!({
        "Email": EMAIL, "FirstName": "Lauren", "LastName": "van Vale", "Rekomi_Status__c": "approved",
        "Rekomi_Tags__c": "Rekomi affiliate,VIP",
    });
    assert_eq!(made[2].1, new);
    let member = json!({"CampaignId": "701000000000063AAA", "ContactId": "003000000000101AAA"});
    assert_eq!(made[3].1, member);
    let again = calls(&crm, &account, Person { last_name: Some("Vale".to_owned()), ..person.clone() }).await;
    let expected = ["GET /query", "PATCH /sobjects/Contact/003000000000101AAA", "POST /sobjects/CampaignMember"];
    assert_eq!(only_lines(&again), expected);
    let update = json!({
        "LastName": "Vale", "Rekomi_Status__c": "approved", "Rekomi_Tags__c": "Rekomi affiliate,VIP",
    });
    assert_eq!(again[1].1, update);
    let gone = calls(&crm, &account, former(&person)).await;
    let left = json!({"Rekomi_Status__c": "left", "Rekomi_Tags__c": "Rekomi former affiliate"});
    assert_eq!(gone.last().map(|(_, body)| body), Some(&left));
    assert_eq!(crm.calls().iter().filter(|call| call.path == "/services/oauth2/token").count(), 1);
}

#[tokio::test]
async fn a_session_that_ended_is_replaced() {
    let (crm, account, person) = start(Salesforce::default()).await;
    let ended = json!([{"errorCode": "INVALID_SESSION_ID", "message": "Session expired or invalid"}]);
    crm.once("GET /services/data/", Mood::Says(401, ended.clone()));
    calls(&crm, &account, person.clone()).await;
    let logins = |crm: &FakeCrm| crm.calls().iter().filter(|call| call.path == "/services/oauth2/token").count();
    assert_eq!((logins(&crm), crm.with(|crm| crm.contacts())), (2, 1));
    // A write isn't sent again at once: the person may have opted out since the look.
    let other = Person { email: "mia@creators.test".to_owned(), ..person.clone() };
    crm.nth_then("POST /services/data/", 0, Mood::Says(401, ended.clone()), |crm| {
        crm.unsubscribed("mia@creators.test");
    });
    let done = run(&crm, &account, &Task::Sync(other), 1).await;
    assert_eq!(done.faults.iter().map(|fault| fault.code).collect::<Vec<_>>(), ["session_ended"]);
    assert!(done.left_alone.is_some() && logins(&crm) == 3);
    // Refused with a new one, too: that isn't the session's fault.
    crm.when("GET /services/data/", Mood::Says(401, ended));
    let done = run(&crm, &account, &Task::Sync(person), 3).await;
    assert_eq!(done.faults.iter().map(|fault| fault.kind).collect::<Vec<_>>(), [FaultKind::Credentials]);
}

#[tokio::test]
async fn opt_outs_of_every_contact_and_of_leads_count() {
    let mut contacts = Salesforce::default();
    contacts.add(EMAIL, false);
    contacts.add(EMAIL, true);
    let mut lead = Salesforce::default();
    lead.add_lead(EMAIL);
    for fake in [contacts, lead] {
        let (crm, account, person) = start(fake).await;
        let before = crm.calls().len();
        let done = run(&crm, &account, &Task::Sync(person), 0).await;
        assert!(done.left_alone.is_some_and(|why| why.contains("unsubscribed")));
        assert!(crm.calls().split_off(before).iter().all(|call| call.method == "GET"));
    }
    // A user who may not see leads.
    let (crm, account, person) = start(Salesforce::default()).await;
    let hidden = json!([{"errorCode": "INVALID_TYPE", "message": "sObject type 'Lead' is not supported"}]);
    crm.nth("GET /services/data/v62.0/query", 1, Mood::Says(400, hidden));
    calls(&crm, &account, person).await;
}

#[tokio::test]
async fn a_query_finds_exactly_this_address() {
    for email in ["o'neil@creators.test", "a\\'b@creators.test", "x' OR Email != '@creators.test"] {
        let (crm, account, person) = start(Salesforce::default()).await;
        let person = Person { email: email.to_owned(), ..person };
        for _ in 0..2 {
            calls(&crm, &account, person.clone()).await;
        }
        assert_eq!(crm.with(|crm| (crm.contacts(), crm.contact(email).is_some())), (1, true), "{email}");
    }
}

#[tokio::test]
async fn of_several_contacts_the_oldest_is_written_and_all_are_deleted() {
    let mut fake = Salesforce::default();
    fake.add(EMAIL, false);
    fake.add(EMAIL, false);
    let (crm, account, person) = start(fake).await;
    let made = calls(&crm, &account, person.clone()).await;
    assert!(only_lines(&made).contains(&"PATCH /sobjects/Contact/003000000000101AAA"), "{made:?}");
    for _ in 0..2 {
        assert!(run(&crm, &account, &Task::Forget(person.clone()), 0).await.is_success());
        assert_eq!(crm.with(|crm| crm.contacts()), 0);
    }
}

#[tokio::test]
async fn nobody_is_added_only_to_be_marked_as_gone() {
    let (crm, account, person) = start(Salesforce::default()).await;
    assert_eq!(only_lines(&calls(&crm, &account, former(&person)).await), ["GET /query"]);
}

#[tokio::test]
async fn a_new_contact_needs_a_last_name() {
    for (first, expected) in [(Some("Lauren"), "Lauren"), (None, EMAIL)] {
        let (crm, account, person) = start(Salesforce::default()).await;
        let first_name = first.map(str::to_owned);
        calls(&crm, &account, Person { first_name, last_name: None, ..person }).await;
        let contact = crm.with(|crm| crm.contact(EMAIL)).unwrap();
        assert_eq!((contact.first_name, contact.last_name.as_deref()), (None, Some(expected)));
    }
}

#[tokio::test]
async fn long_names_are_shortened_and_still_ours() {
    let (crm, account, person) = start(Salesforce::default()).await;
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
async fn an_update_is_confirmed_by_its_status_alone() {
    let (crm, account, person) = start(Salesforce::default()).await;
    calls(&crm, &account, person.clone()).await;
    crm.once("PATCH ", Mood::Says(200, Value::Null));
    let done = run(&crm, &account, &Task::Sync(person), 1).await;
    assert!(done.is_success() && done.faults[0].code == "unreadable_answer", "{:?}", done.faults);
}

#[tokio::test]
async fn the_picker_goes_beyond_a_page() {
    let (crm, account, _) = start(Salesforce::with_campaigns(498)).await;
    assert_eq!(run(&crm, &account, &Task::Lists, 0).await.known.choices().len(), 500);
}

#[tokio::test]
async fn refusals_are_told_apart() {
    let crm = crm::start(Box::new(Salesforce::default().without_fields()));
    let account = Account { credentials: crm.with(|crm| crm.credentials()), ..Account::default() };
    let done = run(&crm, &account, &Task::Check, 0).await;
    assert_eq!(done.faults.last().map(|fault| (fault.kind, fault.code)), Some((FaultKind::Settings, "field_missing")));
    let (crm, account, person) = start(Salesforce::default()).await;
    let old = Choice { id: "701000000000099AAA".to_owned(), name: "Old".to_owned() };
    for (changed, expected) in [
        (Person { lists: vec![old], ..person.clone() }, (FaultKind::Settings, "list_missing")),
        (Person { tags: vec!["x".repeat(300)], ..person.clone() }, (FaultKind::Refused, "tag_refused")),
        (Person { email: "nobody".to_owned(), ..person.clone() }, (FaultKind::Refused, "invalid_email")),
        (
            Person { email: format!("{}@x.test", "x".repeat(80)), ..person.clone() },
            (FaultKind::Refused, "invalid_email"),
        ),
    ] {
        let done = run(&crm, &account, &Task::Sync(changed), 0).await;
        assert_eq!(done.faults.last().map(|fault| (fault.kind, fault.code)), Some(expected));
    }
    let total = json!([{"errorCode": "REQUEST_LIMIT_EXCEEDED", "message": "TotalRequests Limit exceeded."}]);
    crm.once("GET /services/data/", Mood::Says(403, total));
    let done = run(&crm, &account, &Task::Sync(person), 0).await;
    assert_eq!(done.faults.last().and_then(|fault| fault.after).map(|after| after.as_secs()), Some(3_600));
    let (crm, account, person) = start(Salesforce::default().blocking()).await;
    let done = run(&crm, &account, &Task::Sync(person), 0).await;
    assert_eq!(done.faults.last().map(|fault| fault.code), Some("duplicate_rule"));
}

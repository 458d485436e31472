//! Goal: what is special to Braze: consent that is written at face value, answers of success that carry errors, work
//! that is done later, one status for three causes.

use connector::{Account, AffiliateStatus, FaultKind, Known, Person, Task};
use serde_json::{Value, json};
use world::fakes::{
    FakeServer, Mood,
    crm::{
        self, Crm,
        braze::{Braze, GROUP},
        rehearsal::{Outcome, connected, lines, now, person, run},
    },
};

type FakeCrm = FakeServer<Box<dyn Crm>>;

async fn synced(crm: Braze, change: impl FnOnce(&mut Person)) -> (FakeCrm, Outcome) {
    let crm = crm::start(Box::new(crm));
    let account = connected(&crm).await;
    let mut lauren = person(&crm, "lauren@creators.test");
    change(&mut lauren);
    let done = run(&crm, &account, &Task::Sync(lauren), 0).await;
    (crm, done)
}

fn profile() -> Value {
    json!({
        "email": "lauren@creators.test",
        "_update_existing_only": false,
        "first_name": "Lauren",
        "last_name": "van Vale",
        "rekomi_tags": ["Rekomi affiliate", "VIP", "spring & summer"],
        "rekomi_status": "approved",
    })
}

fn export(email: &str) -> String {
    let read = ["braze_id", "first_name", "last_name", "email_subscribe", "custom_attributes"];
    format!("POST /users/export/ids {}", json!({"email_address": email, "fields_to_export": read}))
}

#[tokio::test]
async fn a_first_sync_makes_exactly_these_calls() {
    let (crm, done) = synced(Braze::default(), |_| ()).await;
    assert!(done.is_success(), "{:?}", done.faults);
    let mut profile = profile();
    profile["subscription_groups"] = json!([{"subscription_group_id": GROUP, "subscription_state": "subscribed"}]);
    let look = export("lauren@creators.test");
    let status = "GET /subscription/status/get ".to_owned();
    assert_eq!(
        lines(&crm),
        [
            export("nobody@rekomi.invalid"),
            status.clone(),
            look.clone(),
            format!("POST /users/track {}", json!({"attributes": [profile]})),
            look.clone(),
            look.clone(),
            look,
            status,
        ]
    );
    let contact = crm.with(|crm| crm.contact("lauren@creators.test")).unwrap();
    assert!(contact.lists.contains(GROUP));
}

#[tokio::test]
async fn a_group_is_told_of_those_who_agreed_and_of_nobody_else() {
    for crm in [Braze::default(), Braze::default().without_group()] {
        let (crm, done) = synced(crm, |lauren| lauren.consent = None).await;
        assert!(done.is_success(), "{:?}", done.faults);
        let track = format!("POST /users/track {}", json!({"attributes": [profile()]}));
        assert!(lines(&crm).contains(&track), "{:?}", lines(&crm));
    }
    let (crm, done) = synced(Braze::default().without_group(), |_| ()).await;
    assert!(done.is_success(), "{:?}", done.faults);
    assert!(!lines(&crm).iter().any(|line| line.contains("subscription")));
}

#[tokio::test]
async fn whoever_left_the_group_is_left_alone() {
    let (crm, done) = synced(Braze::default().with_customer("lauren@creators.test", "unsubscribed"), |_| ()).await;
    assert!(done.left_alone.is_some_and(|why| why.contains("unsubscribed from the subscription group")));
    assert!(!lines(&crm).iter().any(|line| line.contains("/users/track")));
    // A customer who said nothing of the kind stays one profile.
    let (crm, done) = synced(Braze::default().with_customer("lauren@creators.test", "unknown"), |_| ()).await;
    assert!(done.is_success(), "{:?}", done.faults);
    assert_eq!(crm.with(|crm| crm.contacts()), 1);
}

#[tokio::test]
async fn who_left_is_marked_whatever_they_agreed_to_and_nobody_is_added_for_it() {
    let leave = |lauren: &mut Person| {
        lauren.affiliate_status = AffiliateStatus::Left;
        lauren.tags = vec!["Rekomi former affiliate".to_owned()];
    };
    let (crm, done) = synced(Braze::default(), leave).await;
    assert!(done.is_success(), "{:?}", done.faults);
    assert!(!lines(&crm).iter().any(|line| line.contains("track")), "nobody is added only to be marked as gone");
    let (crm, done) = synced(Braze::default().with_customer("lauren@creators.test", "unsubscribed"), leave).await;
    assert!(done.is_success(), "{:?} {:?}", done.faults, done.left_alone);
    let track = json!({"attributes": [{
        "email": "lauren@creators.test",
        "_update_existing_only": true,
        "rekomi_tags": ["Rekomi former affiliate"],
        "rekomi_status": "left",
    }]});
    assert!(lines(&crm).contains(&format!("POST /users/track {track}")), "{:?}", lines(&crm));
}

#[tokio::test]
async fn an_error_in_an_answer_of_success_is_a_failure() {
    let crm = crm::start(Box::new(Braze::default()));
    let account = connected(&crm).await;
    let task = Task::Sync(person(&crm, "lauren@creators.test"));
    let error = json!({"type": "'email' is not a valid email", "input_array": "attributes", "index": 0});
    crm.when("POST /users/track", Mood::Says(201, json!({"message": "success", "errors": [error]})));
    let done = run(&crm, &account, &task, 0).await;
    let fault = done.faults.last().unwrap();
    assert_eq!((fault.kind, fault.code), (FaultKind::Refused, "invalid_email"));
    assert!(fault.message.contains("'email' is not a valid email"), "{}", fault.message);
    crm.recover();
    crm.when("POST /users/track", Mood::Says(201, json!({"message": "success", "attributes_processed": 0})));
    assert_eq!(run(&crm, &account, &task, 0).await.faults.last().map(|fault| fault.code), Some("refused"));
}

#[tokio::test]
async fn what_is_never_worked_off_is_not_called_a_success() {
    let (crm, done) = synced(Braze::default().endless(), |_| ()).await;
    let fault = done.faults.last().unwrap();
    assert_eq!((fault.kind, fault.code), (FaultKind::Refused, "not_confirmed"));
    assert!(lines(&crm).len() < 20, "it stops asking");
    // In maintenance Braze queues everything: that alone isn't there either.
    let crm = crm::start(Box::new(Braze::default()));
    let account = connected(&crm).await;
    crm.when("POST /users/track", Mood::Says(202, json!({"message": "queued"})));
    let done = run(&crm, &account, &Task::Sync(person(&crm, "lauren@creators.test")), 0).await;
    assert_eq!(done.faults.last().map(|fault| fault.code), Some("not_confirmed"));
}

#[tokio::test]
async fn the_missing_permission_is_named() {
    for (permission, task_is_check) in [("users.track", false), ("subscription.status.get", true)] {
        let crm = crm::start(Box::new(Braze::default().without(permission)));
        let account = Account { credentials: crm.with(|crm| crm.credentials()), found: Known::new() };
        let task = if task_is_check { Task::Check } else { Task::Sync(person(&crm, "lauren@creators.test")) };
        let done = run(&crm, &account, &task, 0).await;
        let fault = done.faults.last().unwrap();
        assert_eq!(fault.kind, FaultKind::Rights, "{permission}");
        assert!(fault.message.contains(permission), "{}", fault.message);
    }
    // Of the first call nobody can tell which of three it is, so that all are named.
    let crm = crm::start(Box::new(Braze::default().without("users.export.ids")));
    let account = Account { credentials: crm.with(|crm| crm.credentials()), found: Known::new() };
    let fault = run(&crm, &account, &Task::Check, 0).await.faults.pop().unwrap();
    assert_eq!(fault.kind, FaultKind::Credentials);
    for cause in ["wrong", "another instance", "users.export.ids"] {
        assert!(fault.message.contains(cause), "{}", fault.message);
    }
    let crm = crm::start(Box::new(Braze::default().without("users.delete")));
    let account = connected(&crm).await;
    let lauren = person(&crm, "lauren@creators.test");
    assert!(run(&crm, &account, &Task::Sync(lauren.clone()), 0).await.is_success());
    let fault = run(&crm, &account, &Task::Forget(lauren), 0).await.faults.pop().unwrap();
    assert!(fault.kind == FaultKind::Rights && fault.message.contains("users.delete"), "{}", fault.message);
}

#[tokio::test]
async fn the_documented_calls_are_enough() {
    for (status, more) in [(404, "POST /users/export"), (405, "POST /users/export"), (404, "GET /email/unsubscribes")] {
        let crm = crm::start(Box::new(Braze::default()));
        for missing in ["POST /users/export", more] {
            crm.when(missing, Mood::Says(status, Value::Null));
        }
        let account = connected(&crm).await;
        assert_eq!(account.found.maybe("account").as_deref(), Some("rest.iad-01.braze.com"));
        let lauren = person(&crm, "lauren@creators.test");
        let contact = || crm.with(|crm| crm.contact("lauren@creators.test"));
        for _ in 0..2 {
            let done = run(&crm, &account, &Task::Sync(lauren.clone()), 0).await;
            assert!(done.is_success(), "{:?}", done.faults);
            let contact = contact().unwrap();
            assert!(contact.lists.contains(GROUP) && contact.tags.contains("Rekomi affiliate"), "{contact:?}");
        }
        let gone = crm::rehearsal::former(&lauren);
        assert!(run(&crm, &account, &Task::Sync(gone.clone()), 0).await.is_success());
        crm.with(|crm| crm.settle());
        assert_eq!(contact().unwrap().status.as_deref(), Some("left"));
        assert!(run(&crm, &account, &Task::Forget(lauren), 0).await.is_success());
        assert_eq!(contact(), None);
        assert!(run(&crm, &account, &Task::Sync(gone), 0).await.is_success());
        crm.with(|crm| crm.settle());
        assert_eq!(contact(), None, "nobody is added only to be marked as gone");
    }
}

#[tokio::test]
async fn without_an_export_too_whoever_unsubscribed_is_left_alone() {
    for (crm, from) in [
        (Braze::default().with_customer("lauren@creators.test", "unsubscribed"), "the subscription group"),
        (Braze::default(), "all email"),
    ] {
        let crm = crm::start(Box::new(crm));
        crm.when("POST /users/export", Mood::Says(404, Value::Null));
        let account = connected(&crm).await;
        if from == "all email" {
            crm.with(|crm| crm.unsubscribed("lauren@creators.test"));
        }
        let done = run(&crm, &account, &Task::Sync(person(&crm, "lauren@creators.test")), 0).await;
        assert!(done.left_alone.is_some_and(|why| why.contains(&format!("unsubscribed from {from}"))));
        assert!(!lines(&crm).iter().any(|line| line.contains("/users/track")));
    }
    // What Braze only queued can't be called done, and what a key may not ask is told.
    let crm = crm::start(Box::new(Braze::default().without("email.unsubscribe")));
    crm.when("POST /users/export", Mood::Says(404, Value::Null));
    let account = connected(&crm).await;
    let task = Task::Sync(person(&crm, "lauren@creators.test"));
    let fault = run(&crm, &account, &task, 0).await.faults.pop().unwrap();
    assert!(fault.message.contains("email.unsubscribe"), "{}", fault.message);
    crm.when("GET /email/unsubscribes", Mood::Says(200, json!({"emails": [], "message": "success"})));
    crm.when("POST /users/track", Mood::Says(202, json!({"message": "queued"})));
    assert_eq!(run(&crm, &account, &task, 0).await.faults.last().map(|fault| fault.code), Some("not_confirmed"));
}

#[tokio::test]
async fn a_key_is_sent_to_brazes_own_hosts_alone() {
    let crm = crm::start(Box::new(Braze::default()));
    let good = connected(&crm).await;
    let before = crm.calls().len();
    for endpoint in [
        "https://rest.iad-01.braze.com.evil.test",
        "https://evil.test/rest.iad-01.braze.com",
        "https://rest.iad-01.braze.com@evil.test",
        "https://name:word@rest.iad-01.braze.com",
        "https://rest.iad-01.braze.com:8443",
        "https://rest.iad-01.braze.com/users",
        "http://rest.iad-01.braze.com",
        "https://rest.a.b.braze.com",
        "https://rest..braze.com",
        "https://dashboard-01.braze.com",
        "https://sdk.iad-01.braze.com",
        "https://braze.com",
    ] {
        let mut account = good.clone();
        account.credentials.insert("restEndpoint".to_owned(), endpoint.to_owned());
        let fault = run(&crm, &account, &Task::Check, 0).await.faults.pop().unwrap();
        assert_eq!(fault.kind, FaultKind::Credentials, "{endpoint}");
        assert!(fault.message.contains("https://rest.iad-01.braze.com"), "{}", fault.message);
    }
    assert_eq!(crm.calls().len(), before, "nothing was sent");
    for endpoint in ["rest.fra-02.braze.eu", " https://rest.us-10.braze.com/ ", "https://REST.iad-01.braze.com"] {
        let mut account = good.clone();
        account.credentials.insert("restEndpoint".to_owned(), endpoint.to_owned());
        let done = run(&crm, &account, &Task::Check, 0).await;
        assert!(done.is_success(), "{endpoint}: {:?}", done.faults);
        assert!(done.known.maybe("account").is_some_and(|name| name.starts_with("rest.")), "{:?}", done.known);
    }
}

#[tokio::test]
async fn a_group_that_is_not_there_is_told() {
    let crm = crm::start(Box::new(Braze::default()));
    let mut account = connected(&crm).await;
    account.credentials.insert("subscriptionGroupId".to_owned(), "another".to_owned());
    let fault = run(&crm, &account, &Task::Check, 0).await.faults.pop().unwrap();
    assert_eq!((fault.kind, fault.code), (FaultKind::Settings, "group_missing"));
}

#[tokio::test]
async fn an_event_makes_no_profile_and_is_never_told_twice() {
    let crm = crm::start(Box::new(Braze::default()));
    let account = connected(&crm).await;
    let lauren = person(&crm, "lauren@creators.test");
    let event = connector::Event {
        name: "commission_earned".to_owned(),
        id: uuid::Uuid::from_u128(7),
        at: now(),
        properties: json!({"amountCents": 2500, "currency": "USD"}).as_object().unwrap().clone(),
    };
    assert!(run(&crm, &account, &Task::Event(lauren, event), 0).await.is_success());
    let expected = json!({
        "email": "lauren@creators.test",
        "_update_existing_only": true,
        "name": "commission_earned",
        "time": "2026-11-20T08:30:00Z",
        "properties": {
            "amountCents": 2500, "currency": "USD", "rekomi_event_id": "00000000-0000-0000-0000-000000000007",
        },
    });
    assert_eq!(lines(&crm).last(), Some(&format!("POST /users/track {}", json!({"events": [expected]}))));
    assert_eq!(crm.with(|crm| (crm.contacts(), crm.events().len())), (0, 0));
    let braze = crm::rehearsal::connector_of(&crm);
    assert!(!braze.is_idempotent(connector::Action::Event) && braze.is_idempotent(connector::Action::Save));
}

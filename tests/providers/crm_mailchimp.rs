//! Goal: what the product promises of Mailchimp, call by call, and what is special to that vendor.
//! Method: the connector against its fake server, which holds three audiences of which two can't take a name.

use connector::{Account, Choice, FaultKind, Known, Person, StepContext, StepRequest, Task};
use serde_json::{Value, json};
use world::fakes::{
    Call, FakeServer, Mood,
    crm::{
        self, Crm, Subscribed,
        rehearsal::{Outcome, connected, connector_of, former, lines, now, person, run},
    },
};

type Mailchimp = FakeServer<Box<dyn Crm>>;

/// The digest of lauren@creators.test, as md5sum prints it.
const DIGEST: &str = "47e5f52f875fc5eeeee44533ccaaf48b";

async fn start() -> (Mailchimp, Account) {
    let crm = crm::start(crm::of("mailchimp"));
    let account = connected(&crm).await;
    (crm, account)
}

fn lauren(crm: &Mailchimp) -> Person {
    person(crm, "lauren@creators.test")
}

fn audience(id: &str) -> Vec<Choice> {
    vec![Choice { id: id.to_owned(), name: id.to_owned() }]
}

async fn sync((crm, account): &(Mailchimp, Account), person: Person) -> Outcome {
    run(crm, account, &Task::Sync(person), 0).await
}

fn problem(status: u16, title: &str, detail: &str) -> Mood {
    Mood::Says(status, json!({"type": "https://mailchimp.com/", "title": title, "status": status, "detail": detail}))
}

#[tokio::test]
async fn a_first_sync_reads_puts_and_tags() {
    let shared_app = start().await;
    let before = shared_app.0.calls().len();
    assert_eq!(shared_app.1.found.maybe("account").as_deref(), Some("Brand & Co"));
    assert!(sync(&shared_app, lauren(&shared_app.0)).await.is_success());
    let calls = shared_app.0.calls().split_off(before);
    let member = format!("/3.0/lists/a1b2c3d4e5/members/{DIGEST}");
    let polls: Vec<String> = calls.iter().map(Call::line).collect();
    assert_eq!(polls, [format!("GET {member}"), format!("PUT {member}"), format!("POST {member}/tags")]);
    assert_eq!(
        calls[1].json(),
        Some(json!({
            "email_address": "lauren@creators.test", "status_if_new": "subscribed",
            "merge_fields": {"FNAME": "Lauren", "LNAME": "van Vale"},
        }))
    );
    assert_eq!(calls[1].parameter("skip_merge_validation"), Some("true"));
    let tags = ["Rekomi affiliate", "VIP", "spring & summer"].map(|name| json!({"name": name, "status": "active"}));
    assert_eq!(calls[2].json(), Some(json!({"tags": tags})));
}

#[tokio::test]
async fn without_consent_a_new_contact_is_asked_and_a_known_one_left_as_they_are() {
    let shared_app = start().await;
    let quiet = Person { consent: None, ..lauren(&shared_app.0) };
    assert!(sync(&shared_app, quiet).await.is_success());
    let status = || shared_app.0.with(|crm| crm.contact("lauren@creators.test")).unwrap().subscribed;
    assert_eq!(status(), Subscribed::Pending);
    assert!(sync(&shared_app, lauren(&shared_app.0)).await.is_success());
    assert_eq!(status(), Subscribed::Pending, "only they can confirm");
}

#[tokio::test]
async fn a_key_without_a_data_center_goes_nowhere() {
    let (crm, account) = start().await;
    let before = crm.calls().len();
    for key in ["0123456789abcdef", "0123-", "0123-us1.evil.test/", "0123-evil@host", "0123-US19"] {
        let mut account = account.clone();
        account.credentials.insert("apiKey".to_owned(), key.to_owned());
        let done = run(&crm, &account, &Task::Check, 0).await;
        let fault = done.faults.last().unwrap();
        assert!(fault.kind == FaultKind::Credentials && fault.message.contains("data center"), "{key}: {fault:?}");
    }
    assert_eq!(crm.calls().len(), before);
}

#[tokio::test]
async fn the_picker_reads_every_page() {
    let (crm, account) = start().await;
    let found = run(&crm, &account, &Task::Lists, 0).await;
    let ids: std::collections::BTreeSet<String> = found.known.choices().into_iter().map(|one| one.id).collect();
    assert_eq!(ids.len(), 1_004);
    let offsets: Vec<String> =
        crm.calls().iter().filter_map(|call| call.parameter("offset").map(str::to_owned)).collect();
    assert_eq!(offsets, ["0", "1000"]);
}

#[tokio::test]
async fn names_that_an_audience_cannot_take_stop_nobody() {
    for list in ["bare000001", "number0001"] {
        let shared_app = start().await;
        let done = sync(&shared_app, Person { lists: audience(list), ..lauren(&shared_app.0) }).await;
        assert!(done.is_success(), "{list}: {:?}", done.faults);
        let contact = shared_app.0.with(|crm| crm.contact("lauren@creators.test")).unwrap();
        assert!(contact.lists.contains(list) && contact.tags.contains("VIP"));
        assert_eq!(contact.first_name, None);
    }
}

#[tokio::test]
async fn compliance_is_no_failure_and_never_forced() {
    let shared_app = start().await;
    let detail = "lauren@creators.test is already in a compliance state due to unsubscribe, bounce, or compliance review \
                  and cannot be subscribed.";
    shared_app.0.once("PUT /3.0/lists", problem(400, "Member In Compliance State", detail));
    let done = sync(&shared_app, lauren(&shared_app.0)).await;
    assert!(done.left_alone.is_some_and(|why| why.contains("unsubscribed")));
    assert!(lines(&shared_app.0).iter().all(|line| !line.starts_with("POST ")));
    for (title, detail, code, kind) in [
        ("Forgotten Email Not Subscribed", "was permanently deleted", "forgotten", FaultKind::Refused),
        ("Invalid Resource", "looks fake or invalid", "invalid_email", FaultKind::Refused),
        ("Invalid Resource", "has signed up to a lot of lists very recently", "signup_limit", FaultKind::Passing),
    ] {
        shared_app.0.once("PUT /3.0/lists", problem(400, title, detail));
        let fault = sync(&shared_app, lauren(&shared_app.0)).await.faults.pop().unwrap();
        assert_eq!((fault.code, fault.kind), (code, kind));
    }
}

#[tokio::test]
async fn throttling_is_no_bad_key() {
    let shared_app = start().await;
    for (mood, kind) in [
        (Mood::Writes(429, Vec::new(), String::new()), FaultKind::Busy),
        (
            problem(429, "Too Many Requests", "You have exceeded the limit of 10 simultaneous connections."),
            FaultKind::Busy,
        ),
        (problem(403, "Wrong User Role", "Your user role may not do that."), FaultKind::Rights),
        (problem(403, "User Disabled", "This account has been deactivated."), FaultKind::Credentials),
        (problem(403, "Wrong Datacenter", "The key is of another data center."), FaultKind::Credentials),
    ] {
        shared_app.0.once("GET /3.0/lists/", mood.clone());
        let fault = sync(&shared_app, lauren(&shared_app.0)).await.faults.pop().unwrap();
        assert_eq!(fault.kind, kind, "{mood:?}");
    }
}

#[tokio::test]
async fn a_key_that_may_only_read_is_told_at_once() {
    let (crm, account) = start().await;
    crm.once("GET /3.0/", Mood::Says(200, json!({"account_name": "Brand & Co", "role": "viewer"})));
    let fault = run(&crm, &account, &Task::Check, 0).await.faults.pop().unwrap();
    assert!(fault.kind == FaultKind::Rights && fault.message.contains("viewer"), "{fault:?}");
}

#[tokio::test]
async fn an_audience_that_is_gone_is_a_matter_of_settings() {
    let shared_app = start().await;
    let fault = sync(&shared_app, Person { lists: audience("gone000001"), ..lauren(&shared_app.0) })
        .await
        .faults
        .pop()
        .unwrap();
    assert_eq!((fault.kind, fault.code), (FaultKind::Settings, "list_missing"));
}

#[tokio::test]
async fn who_leaves_is_marked_where_they_were_ours_and_one_failure_repeats_one_call() {
    let shared_app = start().await;
    for list in ["a1b2c3d4e5", "bare000001"] {
        assert!(sync(&shared_app, Person { lists: audience(list), ..lauren(&shared_app.0) }).await.is_success());
    }
    // In an audience of the brand's own they are somebody else.
    let theirs = Person { lists: audience("number0001"), tags: vec!["customer".to_owned()], ..lauren(&shared_app.0) };
    assert!(sync(&shared_app, theirs).await.is_success());
    let gone = former(&lauren(&shared_app.0));
    let before = shared_app.0.calls().len();
    shared_app.0.once("POST /3.0/lists/bare000001", Mood::Says(500, Value::Null));
    let done = run(&shared_app.0, &shared_app.1, &Task::Sync(gone), 1).await;
    assert!(done.is_success(), "{:?}", done.faults);
    let calls = shared_app.0.calls().split_off(before);
    let polls: Vec<String> = calls.iter().map(|call| call.line().replace(DIGEST, "…")).collect();
    let member = |method: &str, list: &str| format!("{method} /3.0/lists/{list}/members/…/tags");
    assert_eq!(
        polls,
        [
            "GET /3.0/lists".to_owned(),
            member("GET", "a1b2c3d4e5"),
            member("POST", "a1b2c3d4e5"),
            member("GET", "bare000001"),
            member("POST", "bare000001"),
            member("POST", "bare000001"),
            member("GET", "number0001"),
        ]
    );
    let contact = shared_app.0.with(|crm| crm.contact("lauren@creators.test")).unwrap();
    assert_eq!(contact.tags.into_iter().collect::<Vec<_>>(), ["Rekomi former affiliate", "customer"]);
    assert_eq!(contact.subscribed, Subscribed::Yes, "a tag is no unsubscription");
}

#[tokio::test]
async fn forgetting_archives_and_an_archived_contact_is_not_taken_for_synced() {
    let shared_app = start().await;
    assert!(sync(&shared_app, lauren(&shared_app.0)).await.is_success());
    assert!(run(&shared_app.0, &shared_app.1, &Task::Forget(lauren(&shared_app.0)), 0).await.is_success());
    assert!(lines(&shared_app.0).iter().all(|line| !line.contains("delete-permanent")));
    let before = lines(&shared_app.0).len();
    let fault = sync(&shared_app, lauren(&shared_app.0)).await.faults.pop().unwrap();
    assert_eq!(fault.code, "archived");
    assert_eq!(lines(&shared_app.0).len(), before + 1, "nothing is written");
}

#[tokio::test]
async fn a_plan_that_was_overtaken_adds_nobody() {
    let (crm, account) = start().await;
    let gone = Task::Sync(former(&lauren(&crm)));
    let known = Known::new();
    for step in connector_of(&crm).plan(&account, &Task::Sync(lauren(&crm))).into_iter().skip(1) {
        let ctx = StepContext {
            account: &account,
            task: &gone,
            step: &step,
            known: &known,
            polls: 0,
            now: now(),
            sync: None,
        };
        let polls = connector_of(&crm).request(&ctx);
        assert!(matches!(polls, Ok(StepRequest::Nothing(_))), "{step}: {polls:?}");
    }
}

#[tokio::test]
async fn who_left_is_told_of_in_no_audience_that_is_not_ours() {
    let (crm, account) = start().await;
    let event = connector::Event {
        name: "payout_sent".to_owned(),
        id: uuid::Uuid::nil(),
        at: now(),
        properties: serde_json::Map::new(),
    };
    let before = crm.calls().len();
    assert!(run(&crm, &account, &Task::Event(former(&lauren(&crm)), event), 0).await.is_success());
    assert_eq!(crm.calls().len(), before);
}

#[tokio::test]
async fn the_documented_calls_are_enough() {
    for status in [404, 405] {
        let crm = crm::start(crm::of("mailchimp"));
        crm.once("GET /3.0/", Mood::Says(status, Value::Null));
        let account = connected(&crm).await;
        let made: Vec<String> = crm.calls().iter().map(Call::line).collect();
        assert_eq!(made, ["GET /3.0/", "GET /3.0/ping"]);
        assert_eq!(account.found.maybe("account").as_deref(), Some("us19.api.mailchimp.com"));
        let shared_app = (crm, account);
        let contact = || shared_app.0.with(|crm| crm.contact("lauren@creators.test")).unwrap();
        // Neither a member nor their tags can be read.
        shared_app.0.when("GET /3.0/lists/a1b2c3d4e5/members", Mood::Says(status, Value::Null));
        for _ in 0..2 {
            assert!(sync(&shared_app, lauren(&shared_app.0)).await.is_success());
            assert!(contact().lists.contains("a1b2c3d4e5") && contact().tags.contains("Rekomi affiliate"));
        }
        assert!(sync(&shared_app, former(&lauren(&shared_app.0))).await.is_success());
        assert_eq!(contact().tags.into_iter().collect::<Vec<_>>(), ["Rekomi former affiliate"]);
        assert!(run(&shared_app.0, &shared_app.1, &Task::Forget(lauren(&shared_app.0)), 0).await.is_success());
        assert!(lines(&shared_app.0).iter().any(|line| line.starts_with("DELETE ")));
    }
}

#[tokio::test]
async fn whoever_unsubscribed_stays_so_where_no_member_can_be_read() {
    let shared_app = start().await;
    shared_app.0.with(|crm| crm.unsubscribed("lauren@creators.test"));
    shared_app.0.when("GET /3.0/lists/a1b2c3d4e5/members", Mood::Says(404, Value::Null));
    let done = sync(&shared_app, lauren(&shared_app.0)).await;
    assert!(done.left_alone.is_some_and(|why| why.contains("unsubscribed")), "{:?}", done.faults);
    assert_eq!(shared_app.0.with(|crm| crm.contact("lauren@creators.test")).unwrap().subscribed, Subscribed::No);
}

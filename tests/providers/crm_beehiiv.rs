//! Goal: what is special to beehiiv: one publication a connection, addresses that are examined after they were taken,
//! and a reactivation that is never sent.

use connector::{AffiliateStatus, FaultKind, Known, Person, Task};
use serde_json::{Value, json};
use world::fakes::{
    FakeServer, Mood,
    crm::{
        self, Crm, Subscribed,
        beehiiv::Beehiiv,
        rehearsal::{Outcome, connected, former, lines, person, run},
    },
};

const PUBLICATION: &str = "/v2/publications/pub_11111111-2222-4333-8444-555555555555";

type FakeCrm = FakeServer<Box<dyn Crm>>;

async fn synced(crm: Beehiiv, change: impl FnOnce(&mut Person)) -> (FakeCrm, Outcome) {
    let crm = crm::start(Box::new(crm));
    let account = connected(&crm).await;
    let mut lauren = person(&crm, "lauren@creators.test");
    change(&mut lauren);
    let done = run(&crm, &account, &Task::Sync(lauren), 0).await;
    (crm, done)
}

fn state(crm: &FakeCrm) -> Subscribed {
    crm.with(|crm| crm.contact("lauren@creators.test")).unwrap().subscribed
}

#[tokio::test]
async fn a_first_sync_makes_exactly_these_calls() {
    let (crm, done) = synced(Beehiiv::default(), |_| ()).await;
    assert!(done.is_success(), "{:?}", done.faults);
    let look = format!("GET {PUBLICATION}/subscriptions/by_email/lauren%40creators.test ");
    let subscription = json!({
        "email": "lauren@creators.test",
        "send_welcome_email": false,
        "custom_fields": [
            {"name": "First Name", "value": "Lauren"},
            {"name": "Last Name", "value": "van Vale"},
            {"name": "rekomi_status", "value": "approved"},
        ],
    });
    let field = json!({"kind": "string", "display": "rekomi_status"});
    let tags = json!({"tags": ["Rekomi affiliate", "VIP", "spring & summer"]});
    assert_eq!(
        lines(&crm),
        [
            "GET /v2/publications ".to_owned(),
            look.clone(),
            format!("GET {PUBLICATION}/custom_fields "),
            format!("POST {PUBLICATION}/custom_fields {field}"),
            format!("POST {PUBLICATION}/subscriptions {subscription}"),
            format!("POST {PUBLICATION}/subscriptions/sub_101/tags {tags}"),
            look.clone(),
            look.clone(),
            look,
        ]
    );
    assert_eq!(state(&crm), Subscribed::Yes);
    // An existing subscriber is never subscribed anew: only their fields are written, and tags that they lack.
    let before = crm.calls().len();
    let mut gone = person(&crm, "lauren@creators.test");
    gone.affiliate_status = AffiliateStatus::Left;
    gone.untags = vec!["Rekomi affiliate".to_owned(), "never given".to_owned()];
    gone.tags = vec!["Rekomi former affiliate".to_owned()];
    let account = connected(&crm).await;
    assert!(run(&crm, &account, &Task::Sync(gone), 0).await.is_success());
    let written: Vec<String> =
        lines(&crm).split_off(before).into_iter().filter(|line| !line.starts_with("GET")).collect();
    let fields = json!({"custom_fields": [{"name": "rekomi_status", "value": "left"}]});
    let tag = r#"{"tags":["Rekomi former affiliate"]}"#;
    let untag = r#"{"tags":["Rekomi affiliate"]}"#;
    assert_eq!(
        written,
        [
            format!("PUT {PUBLICATION}/subscriptions/by_email/lauren%40creators.test {fields}"),
            format!("POST {PUBLICATION}/subscriptions/sub_101/tags {tag}"),
            format!("DELETE {PUBLICATION}/subscriptions/sub_101/tags {untag}"),
        ]
    );
}

#[tokio::test]
async fn tags_stay_where_they_can_not_be_removed() {
    for status in [400, 404, 405, 422] {
        let (crm, _) = synced(Beehiiv::default(), |_| ()).await;
        crm.when("DELETE ", Mood::Says(status, json!({"status": status})));
        let account = connected(&crm).await;
        let gone = former(&person(&crm, "lauren@creators.test"));
        let done = run(&crm, &account, &Task::Sync(gone), 0).await;
        assert!(done.is_success(), "{status}: {:?}", done.faults);
        let contact = crm.with(|crm| crm.contact("lauren@creators.test")).unwrap();
        let has = |tag: &str| contact.tags.contains(tag);
        assert!(has("Rekomi affiliate") && has("Rekomi former affiliate"), "{status}: {contact:?}");
        assert_eq!(contact.status.as_deref(), Some("left"), "{status}");
    }
}

#[tokio::test]
async fn the_documented_calls_are_enough() {
    for status in [404, 405] {
        let crm = crm::start(Box::new(Beehiiv::default()));
        for call in ["GET", "POST"].map(|method| format!("{method} {PUBLICATION}/custom_fields")) {
            crm.when(&call, Mood::Says(status, Value::Null));
        }
        let account = connected(&crm).await;
        for _ in 0..2 {
            let lauren = person(&crm, "lauren@creators.test");
            let done = run(&crm, &account, &Task::Sync(lauren), 0).await;
            assert!(done.is_success(), "{:?}", done.faults);
        }
        assert!(!lines(&crm).iter().any(|line| line.starts_with(&format!("POST {PUBLICATION}/custom_fields"))));
        let contact = crm.with(|crm| crm.contact("lauren@creators.test")).unwrap();
        assert!(contact.tags.contains("VIP") && contact.first_name.as_deref() == Some("Lauren"), "{contact:?}");
    }
    // Fields that are shown and can't be made, and a subscription that is told in brief.
    let crm = crm::start(Box::new(Beehiiv::default()));
    let account = connected(&crm).await;
    crm.when(&format!("POST {PUBLICATION}/custom_fields"), Mood::Says(404, Value::Null));
    let done = run(&crm, &account, &Task::Sync(person(&crm, "lauren@creators.test")), 0).await;
    assert!(done.is_success(), "{:?}", done.faults);
    let brief = json!({"data": {"id": "sub_101", "status": "active"}});
    crm.when(&format!("GET {PUBLICATION}/subscriptions/by_email/"), Mood::Says(200, brief));
    crm.when(&format!("PUT {PUBLICATION}/subscriptions/by_email/"), Mood::Says(200, Value::Null));
    let done = run(&crm, &account, &Task::Sync(person(&crm, "lauren@creators.test")), 0).await;
    assert!(done.is_success(), "{:?}", done.faults);
}

#[tokio::test]
async fn whoever_did_not_agree_is_asked_by_beehiiv() {
    let (crm, done) = synced(Beehiiv::default(), |lauren| lauren.consent = None).await;
    assert!(done.is_success(), "{:?}", done.faults);
    let report = lines(&crm).into_iter().find(|line| line.contains("send_welcome_email")).unwrap();
    assert!(!report.contains("reactivate_existing") && report.contains(r#""double_opt_override":"on""#), "{report}");
    assert_eq!(state(&crm), Subscribed::Pending);
    // With consent the publication's own way holds.
    let (crm, done) = synced(Beehiiv::default().with_double_opt_in(), |_| ()).await;
    assert!(done.is_success(), "{:?}", done.faults);
    assert_eq!(state(&crm), Subscribed::Pending);
}

#[tokio::test]
async fn who_left_is_marked_whatever_they_agreed_to_and_nobody_is_added_for_it() {
    let leave = |lauren: &mut Person| {
        lauren.affiliate_status = AffiliateStatus::Left;
        lauren.tags = vec!["Rekomi former affiliate".to_owned()];
    };
    let (crm, done) = synced(Beehiiv::default(), leave).await;
    assert!(done.is_success(), "{:?}", done.faults);
    assert_eq!(lines(&crm).len(), 2, "nobody is added only to be marked as gone");
    crm.with(|crm| crm.unsubscribed("lauren@creators.test"));
    let mut gone = person(&crm, "lauren@creators.test");
    leave(&mut gone);
    let done = run(&crm, &connected(&crm).await, &Task::Sync(gone), 0).await;
    assert!(done.is_success(), "{:?} {:?}", done.faults, done.left_alone);
    let contact = crm.with(|crm| crm.contact("lauren@creators.test")).unwrap();
    assert_eq!((contact.status.as_deref(), contact.subscribed), (Some("left"), Subscribed::No));
    assert_eq!(contact.first_name, None, "only what is ours changes");
}

#[tokio::test]
async fn an_address_that_is_found_invalid_is_refused_with_the_reason() {
    let (_, done) = synced(Beehiiv::default(), |lauren| "bogus@creators.test".clone_into(&mut lauren.email)).await;
    let fault = done.faults.last().unwrap();
    assert_eq!((fault.kind, fault.code), (FaultKind::Refused, "invalid_email"));
    assert!(fault.message.contains("this address is invalid"), "{}", fault.message);
}

#[tokio::test]
async fn what_is_never_settled_is_not_called_a_success() {
    let (crm, done) = synced(Beehiiv::default().endless(), |_| ()).await;
    let fault = done.faults.last().unwrap();
    assert_eq!((fault.kind, fault.code), (FaultKind::Refused, "not_confirmed"));
    assert!(lines(&crm).len() < 20, "it stops asking");
}

#[tokio::test]
async fn fields_are_found_in_their_own_spelling_and_made_where_they_are_missing() {
    let many: Vec<(String, &str)> = (0..130).map(|nth| (format!("Field {nth}"), "string")).collect();
    let mut many: Vec<(&str, &str)> = many.iter().map(|(name, kind)| (name.as_str(), *kind)).collect();
    many.extend([("first_name", "string"), ("Last name", "integer")]);
    let (crm, done) = synced(Beehiiv::default().with_fields(&many), |_| ()).await;
    assert!(done.is_success(), "{:?}", done.faults);
    let report = lines(&crm);
    assert_eq!(report.iter().filter(|line| line.starts_with(&format!("GET {PUBLICATION}/custom_fields"))).count(), 2);
    let made: Vec<&String> = report
        .iter()
        .filter(|line| {
            line.starts_with(&format!(
                "POST \
                                                                                  {PUBLICATION}/custom_fields"
            ))
        })
        .collect();
    assert!(made.len() == 1 && made[0].contains("rekomi_status"), "{made:?}");
    let subscription = report.iter().find(|line| line.contains("send_welcome_email")).unwrap();
    assert!(subscription.contains(r#"{"name":"first_name","value":"Lauren"}"#), "{subscription}");
    assert!(!subscription.contains("Last name"), "a number's field takes no name: {subscription}");
    let (crm, done) = synced(Beehiiv::default().with_fields(&[]), |_| ()).await;
    assert!(done.is_success(), "{:?}", done.faults);
    let contact = crm.with(|crm| crm.contact("lauren@creators.test")).unwrap();
    assert_eq!((contact.first_name.as_deref(), contact.status.as_deref()), (Some("Lauren"), Some("approved")));
}

#[tokio::test]
async fn a_field_that_cannot_be_made_is_looked_for_and_then_asked_for() {
    let crm = crm::start(Box::new(Beehiiv::default()));
    let account = connected(&crm).await;
    let taken = json!({"status": 400, "statusText": "Bad Request", "errors": [{"message": "Taken", "code": "X"}]});
    crm.when(&format!("POST {PUBLICATION}/custom_fields"), Mood::Says(400, taken));
    let done = run(&crm, &account, &Task::Sync(person(&crm, "lauren@creators.test")), 0).await;
    let fault = done.faults.last().unwrap();
    assert_eq!((fault.kind, fault.code), (FaultKind::Settings, "field_refused"));
    assert!(fault.message.contains("rekomi_status"), "{}", fault.message);
    assert_eq!(crm.with(|crm| crm.contacts()), 0);
}

#[tokio::test]
async fn the_test_call_names_what_the_key_sees_instead() {
    let crm = crm::start(Box::new(Beehiiv::default().with_publications(150)));
    assert_eq!(connected(&crm).await.found.maybe("account").as_deref(), Some("Brand Weekly"));
    let crm = crm::start(Box::new(Beehiiv::default().elsewhere()));
    let account = connector::Account { credentials: crm.with(|crm| crm.credentials()), found: Known::new() };
    let refused = run(&crm, &account, &Task::Check, 0).await;
    let fault = refused.faults.last().unwrap();
    assert_eq!(fault.kind, FaultKind::Credentials);
    assert!(fault.message.contains("Another Letter (pub_00000000-0000-4000-8000-000000000000)"), "{}", fault.message);
}

#[tokio::test]
async fn a_key_without_a_right_is_told_which() {
    let crm = crm::start(Box::new(Beehiiv::default()));
    let account = connected(&crm).await;
    let text = json!({"status": 403, "statusText": "Forbidden", "errors": [{"message": "Scope", "code": "X"}]});
    crm.when(&format!("POST {PUBLICATION}/subscriptions"), Mood::Says(403, text));
    let done = run(&crm, &account, &Task::Sync(person(&crm, "lauren@creators.test")), 0).await;
    let fault = done.faults.last().unwrap();
    assert_eq!(fault.kind, FaultKind::Rights);
    assert!(fault.message.contains("subscriptions:write"), "{}", fault.message);
    crm.recover();
    crm.when(&format!("GET {PUBLICATION}/subscriptions"), Mood::Says(200, Value::Null));
    let cut = run(&crm, &account, &Task::Sync(person(&crm, "lauren@creators.test")), 0).await;
    assert_eq!(cut.faults.last().map(|fault| fault.kind), Some(FaultKind::Passing), "an empty answer isn't nobody");
}

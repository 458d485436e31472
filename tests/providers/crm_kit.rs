//! Goal: Kit gets exactly the calls that we tell people of, and what only Kit does is met.
//!
//! Method: syncs against a fake server that answers as Kit's published description says.

use connector::{FaultKind, Person, Task};
use world::fakes::{
    FakeServer, Mood,
    crm::{
        self, Crm, Subscribed,
        kit::Kit,
        rehearsal::{connected, former, lines, person, run},
    },
};

type FakeCrm = FakeServer<Box<dyn Crm>>;

fn kit(kit: Kit) -> FakeCrm {
    crm::start(Box::new(kit))
}

/// The calls of one task, after the test call.
async fn calls(kit: &FakeCrm, task: &Task) -> Vec<String> {
    let account = connected(kit).await;
    let before = lines(kit).len();
    let done = run(kit, &account, task, 0).await;
    assert!(done.is_success(), "{:?} {:?}", done.faults, done.left_alone);
    lines(kit).split_off(before)
}

fn with_one_tag(kit: &FakeCrm) -> Person {
    Person { tags: vec!["Rekomi affiliate".to_owned()], ..person(kit, "lauren@creators.test") }
}

#[tokio::test]
async fn a_first_sync_is_these_calls() {
    let kit = kit(Kit::default());
    let made = calls(&kit, &Task::Sync(with_one_tag(&kit))).await;
    let expected = [
        "GET /v4/subscribers ",
        "GET /v4/custom_fields ",
        r#"POST /v4/custom_fields {"label":"Last name"}"#,
        r#"POST /v4/subscribers {"email_address":"lauren@creators.test","fields":{"last_name":"van Vale"},"first_name":"Lauren","state":"active"}"#,
        r#"POST /v4/forms/53/subscribers {"email_address":"lauren@creators.test"}"#,
        r#"POST /v4/tags {"name":"Rekomi affiliate"}"#,
    ];
    assert_eq!(made[..6], expected);
    assert!(made[6].starts_with("POST /v4/tags/") && made[6].contains("/subscribers {"), "{}", made[6]);
    assert_eq!(made.len(), 7, "{made:?}");
    let query = kit.calls().into_iter().find(|call| call.path == "/v4/subscribers").unwrap().query;
    assert!(query.contains(&("status".to_owned(), "all".to_owned())), "{query:?}");
}

#[tokio::test]
async fn whom_kit_knows_is_told_no_state_and_no_field_twice() {
    let kit = kit(Kit::default());
    let task = Task::Sync(with_one_tag(&kit));
    calls(&kit, &task).await;
    let again = calls(&kit, &task).await.join("\n");
    assert!(!again.contains("\"state\"") && !again.contains("POST /v4/custom_fields"), "{again}");
}

#[tokio::test]
async fn without_consent_people_are_unconfirmed() {
    let kit = kit(Kit::default());
    calls(&kit, &Task::Sync(Person { consent: None, ..with_one_tag(&kit) })).await;
    let contact = kit.with(|kit| kit.contact("lauren@creators.test")).unwrap();
    assert_eq!(contact.subscribed, Subscribed::Pending);
}

#[tokio::test]
async fn the_last_name_goes_where_the_account_keeps_it() {
    let renamed = kit(Kit::default().with_field("surname", "Last Name"));
    let made = calls(&renamed, &Task::Sync(with_one_tag(&renamed))).await.join("\n");
    assert!(made.contains(r#""fields":{"surname":"van Vale"}"#), "{made}");
    // Without room for one more field it is left out, and everything else happens.
    let full = kit(Kit::default().full());
    let made = calls(&full, &Task::Sync(with_one_tag(&full))).await.join("\n");
    assert!(!made.contains("\"fields\""), "{made}");
    let contact = full.with(|kit| kit.contact("lauren@creators.test")).unwrap();
    assert_eq!((contact.first_name.as_deref(), contact.last_name), (Some("Lauren"), None));
    assert!(contact.tags.contains("Rekomi affiliate"));
}

#[tokio::test]
async fn a_field_that_kit_ignored_is_no_success() {
    let kit = kit(Kit::default());
    let account = connected(&kit).await;
    let ignored =
        serde_json::json!({"subscriber": {"id": 1}, "warnings": ["The custom field last_name does not exist"]});
    kit.once("POST /v4/subscribers", Mood::Says(200, ignored));
    let done = run(&kit, &account, &Task::Sync(with_one_tag(&kit)), 0).await;
    assert_eq!(done.faults.last().map(|fault| fault.code), Some("field_ignored"));
}

#[tokio::test]
async fn who_bounced_or_complained_is_left_alone_too() {
    for state in ["cancelled", "bounced", "complained"] {
        let kit = kit(Kit::default().with_subscriber("lauren@creators.test", state));
        let account = connected(&kit).await;
        let done = run(&kit, &account, &Task::Sync(with_one_tag(&kit)), 0).await;
        assert!(done.left_alone.is_some_and(|why| why.contains("unsubscribed")), "{state}");
        assert!(kit.calls().iter().all(|call| call.method == "GET"), "{state}");
    }
}

#[tokio::test]
async fn who_left_is_never_added_and_keeps_the_brands_own_tags() {
    let kit = kit(Kit::default());
    let member = with_one_tag(&kit);
    let gone = former(&member);
    assert_eq!(calls(&kit, &Task::Sync(gone.clone())).await, ["GET /v4/subscribers "]);
    let with_theirs = Person { tags: vec!["Rekomi affiliate".to_owned(), "customer".to_owned()], ..member };
    calls(&kit, &Task::Sync(with_theirs)).await;
    let made = calls(&kit, &Task::Sync(gone)).await.join("\n");
    assert!(!made.contains("first_name") && !made.contains("custom_fields"), "{made}");
    let tags = kit.with(|kit| kit.contact("lauren@creators.test")).unwrap().tags;
    assert_eq!(tags.into_iter().collect::<Vec<_>>(), ["Rekomi former affiliate", "customer"]);
}

/// Kit's published calls for contacts and tags; the rest is answered as by a server that has none of it.
#[tokio::test]
async fn the_documented_calls_are_enough() {
    for status in [404, 405] {
        let kit = kit(Kit::default());
        for request in ["GET /v4/custom_fields", "POST /v4/custom_fields", "GET /v4/subscribers/", "DELETE /v4/tags/"] {
            kit.when(request, Mood::Says(status, serde_json::Value::Null));
        }
        let lauren = with_one_tag(&kit);
        for _ in 0..2 {
            calls(&kit, &Task::Sync(lauren.clone())).await;
            let contact = kit.with(|kit| kit.contact("lauren@creators.test")).unwrap();
            assert_eq!((contact.first_name, contact.last_name), (lauren.first_name.clone(), None));
            assert!(contact.lists.contains("53") && contact.tags.contains("Rekomi affiliate"));
        }
        calls(&kit, &Task::Sync(former(&lauren))).await;
        let tags = kit.with(|kit| kit.contact("lauren@creators.test")).unwrap().tags;
        assert!(tags.contains("Rekomi former affiliate"), "{tags:?}");
    }
    // Neither is a plan without custom fields in the way.
    let kit = kit(Kit::default());
    kit.when("POST /v4/custom_fields", Mood::Says(403, serde_json::json!({"errors": ["Not on this plan"]})));
    calls(&kit, &Task::Sync(with_one_tag(&kit))).await;
}

#[tokio::test]
async fn the_picker_reads_every_page() {
    let kit = kit(Kit::default().with_forms(2_100));
    let account = connected(&kit).await;
    let forms = run(&kit, &account, &Task::Lists, 0).await;
    assert_eq!(forms.known.choices().len(), 2_102);
    let tags = run(&kit, &account, &Task::Tags, 0).await;
    assert!(tags.known.choices().iter().any(|tag| tag.name == "VIP"));
}

#[tokio::test]
async fn a_form_that_is_gone_is_a_matter_of_settings() {
    let kit = kit(Kit::default());
    let account = connected(&kit).await;
    let mut person = with_one_tag(&kit);
    person.lists[0].id = "9".to_owned();
    let done = run(&kit, &account, &Task::Sync(person), 0).await;
    let fault = done.faults.last().unwrap();
    assert_eq!((fault.kind, fault.code), (FaultKind::Settings, "list_missing"));
}

#[tokio::test]
async fn a_plan_without_api_is_named_beside_the_wrong_key() {
    let kit = kit(Kit::default());
    let account = connected(&kit).await;
    kit.with(|kit| kit.revoke());
    let refused = run(&kit, &account, &Task::Check, 0).await;
    let fault = refused.faults.last().unwrap();
    assert_eq!(fault.kind, FaultKind::Credentials);
    assert!(fault.message.contains("plan"), "{}", fault.message);
}

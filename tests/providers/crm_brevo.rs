//! Goal: what is special to Brevo: attributes that must exist first and ignore what doesn't fit them, lists that answer
//! 400 to whoever is on them, keys that work from known addresses only.

use connector::{AffiliateStatus, FaultKind, Person, Task};
use serde_json::{Value, json};
use world::fakes::{
    FakeServer, Mood,
    crm::{
        self, Crm, Subscribed,
        brevo::Brevo,
        rehearsal::{connected, lines, now, person, run},
    },
};

async fn synced(crm: Brevo) -> (FakeServer<Box<dyn Crm>>, crm::rehearsal::Outcome) {
    let crm = crm::start(Box::new(crm));
    let account = connected(&crm).await;
    let lauren = person(&crm, "lauren@creators.test");
    let done = run(&crm, &account, &Task::Sync(lauren), 0).await;
    (crm, done)
}

#[tokio::test]
async fn a_first_sync_makes_exactly_these_calls() {
    let (crm, done) = synced(Brevo::default()).await;
    assert!(done.is_success(), "{:?}", done.faults);
    let contact = json!({
        "email": "lauren@creators.test",
        "attributes": {
            "FIRSTNAME": "Lauren", "LASTNAME": "van Vale",
            "REKOMI_TAGS": "Rekomi affiliate,VIP,spring & summer", "REKOMI_STATUS": "approved",
        },
        "updateEnabled": true,
    });
    let person = "/v3/contacts/lauren%40creators.test";
    assert_eq!(
        lines(&crm),
        [
            "GET /v3/account ".to_owned(),
            format!("GET {person} "),
            "GET /v3/contacts/attributes ".to_owned(),
            r#"POST /v3/contacts/attributes/normal/REKOMI_TAGS {"type":"text"}"#.to_owned(),
            r#"POST /v3/contacts/attributes/normal/REKOMI_STATUS {"type":"text"}"#.to_owned(),
            format!("POST /v3/contacts {contact}"),
            r#"POST /v3/contacts/lists/36/contacts/add {"emails":["lauren@creators.test"]}"#.to_owned(),
            format!("GET {person} "),
        ]
    );
    let again = run(&crm, &connected(&crm).await, &Task::Sync(person_of(&crm)), 0).await;
    assert!(again.is_success(), "{:?}", again.faults);
    let added = lines(&crm).iter().filter(|line| line.contains("/add") || line.contains("/normal/")).count();
    assert_eq!(added, 3, "whoever is on the list isn't added again, and attributes aren't made again");
}

fn person_of(crm: &FakeServer<Box<dyn Crm>>) -> connector::Person {
    person(crm, "lauren@creators.test")
}

#[tokio::test]
async fn the_documented_calls_are_enough() {
    let there = Brevo::default().with_attribute("REKOMI_TAGS", "text").with_attribute("REKOMI_STATUS", "text");
    for (status, vendor, tagged) in [(404, Brevo::default(), false), (405, there, true)] {
        let crm = crm::start(Box::new(vendor));
        for call in ["GET /v3/contacts/attributes", "POST /v3/contacts/attributes"] {
            crm.when(call, Mood::Says(status, Value::Null));
        }
        let account = connected(&crm).await;
        for _ in 0..2 {
            let before = crm.calls().len();
            let done = run(&crm, &account, &Task::Sync(person_of(&crm)), 0).await;
            assert!(done.is_success(), "{:?}", done.faults);
            let reads = lines(&crm).split_off(before);
            assert!(reads.iter().filter(|line| line.starts_with("GET /v3/contacts/lauren")).count() <= 2, "{reads:?}");
        }
        let contact = crm.with(|crm| crm.contact("lauren@creators.test")).unwrap();
        assert!(contact.lists.contains("36"));
        assert_eq!(contact.tags.contains("VIP"), tagged, "values of attributes that aren't there are ignored");
    }
    // A contact that is told in brief: no id, no attributes.
    let crm = crm::start(Box::new(Brevo::default()));
    let account = connected(&crm).await;
    let brief = json!({"email": "lauren@creators.test", "emailBlacklisted": false, "listIds": [36]});
    crm.when("GET /v3/contacts/lauren", Mood::Says(200, brief));
    let done = run(&crm, &account, &Task::Sync(person_of(&crm)), 0).await;
    assert!(done.is_success(), "{:?}", done.faults);
    let brief = json!({"email": "lauren@creators.test", "emailBlacklisted": true, "listIds": [36]});
    crm.when("GET /v3/contacts/lauren", Mood::Says(200, brief));
    let done = run(&crm, &account, &Task::Sync(person_of(&crm)), 0).await;
    assert!(done.left_alone.is_some_and(|why| why.contains("unsubscribed")));
    crm.when("GET /v3/contacts/lauren", Mood::Says(200, Value::Null));
    let cut = run(&crm, &account, &Task::Sync(person_of(&crm)), 0).await;
    assert_eq!(cut.faults.last().map(|fault| fault.kind), Some(FaultKind::Passing), "an empty answer isn't consent");
}

#[tokio::test]
async fn an_attribute_that_cannot_be_made_is_done_without() {
    for status in [402, 404, 405, 409] {
        let crm = crm::start(Box::new(Brevo::default()));
        let account = connected(&crm).await;
        crm.when("POST /v3/contacts/attributes", Mood::Says(status, json!({"code": "no", "message": "no"})));
        let done = run(&crm, &account, &Task::Sync(person_of(&crm)), 0).await;
        assert!(done.is_success(), "{status}: {:?}", done.faults);
    }
    // Here Brevo said no, and shows that the attribute isn't there: somebody can do something about it.
    let crm = crm::start(Box::new(Brevo::default()));
    let account = connected(&crm).await;
    crm.when("POST /v3/contacts/attributes", Mood::Says(400, json!({"code": "no", "message": "no"})));
    let refused = run(&crm, &account, &Task::Sync(person_of(&crm)), 0).await;
    assert_eq!(refused.faults.last().map(|fault| fault.code), Some("field_refused"));
    crm.when("POST /v3/contacts/attributes", Mood::Says(403, json!({"code": "no", "message": "no"})));
    let refused = run(&crm, &account, &Task::Sync(person_of(&crm)), 0).await;
    assert_eq!(refused.faults.last().map(|fault| fault.kind), Some(FaultKind::Rights));
}

#[tokio::test]
async fn names_go_where_the_account_keeps_them() {
    let (crm, done) = synced(Brevo::in_language(["PRENOM", "NOM"])).await;
    assert!(done.is_success(), "{:?}", done.faults);
    let contact = crm.with(|crm| crm.contact("lauren@creators.test")).unwrap();
    assert_eq!((contact.first_name.as_deref(), contact.last_name.as_deref()), (Some("Lauren"), Some("van Vale")));
    assert!(!lines(&crm).iter().any(|line| line.contains("normal/FIRSTNAME")));
    // Where there is nothing of the kind, the usual ones are made.
    let (crm, done) = synced(Brevo::in_language(["NICKNAME", "CLAN"])).await;
    assert!(done.is_success(), "{:?}", done.faults);
    assert_eq!(crm.with(|crm| crm.contact("lauren@creators.test")).unwrap().first_name.as_deref(), Some("Lauren"));
}

#[tokio::test]
async fn an_attribute_of_another_type_is_noticed_before_it_swallows_anything() {
    let (crm, done) = synced(Brevo::default().with_attribute("REKOMI_TAGS", "date")).await;
    let fault = done.faults.last().unwrap();
    assert_eq!((fault.kind, fault.code), (FaultKind::Settings, "field_type"));
    assert!(fault.message.contains("REKOMI_TAGS"), "{}", fault.message);
    assert_eq!(crm.with(|crm| crm.contacts()), 0);
}

#[tokio::test]
async fn whoever_left_the_list_is_left_alone() {
    let (crm, done) = synced(Brevo::default().with_unsubscribed_from("lauren@creators.test", 36)).await;
    assert!(done.left_alone.is_some_and(|why| why.contains("unsubscribed from the list")));
    assert!(!lines(&crm).iter().any(|line| line.starts_with("POST")));
    let (_, done) = synced(Brevo::default().with_unsubscribed_from("lauren@creators.test", 3)).await;
    assert!(done.is_success(), "another list is none of our business: {:?}", done.left_alone);
}

#[tokio::test]
async fn who_left_is_marked_whatever_they_agreed_to_and_nobody_is_added_for_it() {
    let crm = crm::start(Box::new(Brevo::default()));
    let account = connected(&crm).await;
    let gone = Person {
        affiliate_status: AffiliateStatus::Left,
        lists: Vec::new(),
        tags: vec!["Rekomi former affiliate".to_owned()],
        ..person_of(&crm)
    };
    let before = crm.calls().len();
    assert!(run(&crm, &account, &Task::Sync(gone.clone()), 0).await.is_success());
    assert_eq!(lines(&crm).split_off(before).len(), 1, "nobody is added only to be marked as gone");
    crm.with(|crm| crm.unsubscribed("lauren@creators.test"));
    let done = run(&crm, &account, &Task::Sync(gone), 0).await;
    assert!(done.is_success(), "{:?} {:?}", done.faults, done.left_alone);
    let contact = crm.with(|crm| crm.contact("lauren@creators.test")).unwrap();
    assert_eq!((contact.status.as_deref(), contact.subscribed), (Some("left"), Subscribed::No));
    assert_eq!(contact.first_name, None, "only what is ours changes");
}

#[tokio::test]
async fn a_400_of_the_list_is_looked_up() {
    let crm = crm::start(Box::new(Brevo::default()));
    let account = connected(&crm).await;
    let task = Task::Sync(person_of(&crm));
    let full = json!({"code": "invalid_parameter", "message": "Contact already in list and/or does not exist"});
    crm.when("POST /v3/contacts/lists/36", Mood::Says(400, full));
    let done = run(&crm, &account, &task, 0).await;
    assert_eq!(done.faults.last().map(|fault| fault.code), Some("list_refused"));
    crm.recover();
    assert!(run(&crm, &account, &task, 0).await.is_success());
    crm.when(
        "POST /v3/contacts/lists/36",
        Mood::Says(404, json!({"code": "document_not_found", "message": "List ID does not exist"})),
    );
    let mut other = person_of(&crm);
    other.email = "ben@creators.test".to_owned();
    let gone = run(&crm, &account, &Task::Sync(other), 0).await;
    assert_eq!(gone.faults.last().map(|fault| (fault.kind, fault.code)), Some((FaultKind::Settings, "list_missing")));
}

#[tokio::test]
async fn what_never_shows_up_is_not_called_a_success() {
    let crm = crm::start(Box::new(Brevo::default()));
    let account = connected(&crm).await;
    crm.when("POST /v3/contacts", Mood::Says(204, Value::Null));
    let joined = json!({"contacts": {"success": ["lauren@creators.test"], "failure": []}});
    crm.when("POST /v3/contacts/lists/", Mood::Says(201, joined));
    let done = run(&crm, &account, &Task::Sync(person_of(&crm)), 0).await;
    let fault = done.faults.last().unwrap();
    assert_eq!((fault.kind, fault.code), (FaultKind::Refused, "not_confirmed"), "{fault:?}");
    assert!(fault.message.contains("re-sync"), "{}", fault.message);
}

#[tokio::test]
async fn a_restriction_of_addresses_is_explained() {
    let crm = crm::start(Box::new(Brevo::default()));
    let account = connected(&crm).await;
    let text = "We have detected you are using an unrecognised IP address 203.0.113.9. If you performed this action \
                make sure to add the new IP address";
    crm.when("GET /v3/account", Mood::Says(401, json!({"code": "unauthorized", "message": text})));
    let refused = run(&crm, &account, &Task::Check, 0).await;
    let fault = refused.faults.last().unwrap();
    assert_eq!(fault.kind, FaultKind::Credentials);
    assert!(fault.message.contains("203.0.113.9") && fault.message.contains("Authorised IPs"), "{}", fault.message);
    assert_eq!(account.found.maybe("account").as_deref(), Some("Brand (anna@brand.test)"));
}

#[tokio::test]
async fn the_picker_turns_pages() {
    let crm = crm::start(Box::new(Brevo::default().with_lists(120)));
    let account = connected(&crm).await;
    let found = run(&crm, &account, &Task::Lists, 0).await;
    assert_eq!(found.known.choices().len(), 122);
    assert_eq!(lines(&crm).iter().filter(|line| line.starts_with("GET /v3/contacts/lists")).count(), 3);
}

#[tokio::test]
async fn an_event_carries_its_id_and_is_never_told_twice() {
    let crm = crm::start(Box::new(Brevo::default()));
    let account = connected(&crm).await;
    let event = connector::Event {
        name: "commission_earned".to_owned(),
        id: uuid::Uuid::from_u128(7),
        at: now(),
        properties: json!({"amountCents": 2500, "currency": "USD"}).as_object().unwrap().clone(),
    };
    let done = run(&crm, &account, &Task::Event(person_of(&crm), event), 0).await;
    assert!(done.is_success(), "{:?}", done.faults);
    let expected = json!({
        "event_name": "commission_earned",
        "event_date": "2026-11-20T08:30:00Z",
        "identifiers": {"email_id": "lauren@creators.test"},
        "event_properties": {
            "amountCents": 2500, "currency": "USD", "rekomiEventId": "00000000-0000-0000-0000-000000000007",
        },
    });
    assert_eq!(lines(&crm).last(), Some(&format!("POST /v3/events {expected}")));
    let brevo = crm::rehearsal::connector_of(&crm);
    assert!(!brevo.is_idempotent(connector::Action::Event) && brevo.is_idempotent(connector::Action::Save));
}

//! Goal: what the product's page promises of Ontraport, call by call, and what is special to that vendor.
//! Method: the connector against its fake server, which takes its time with tags.

use connector::{Account, AffiliateStatus, Choice, FaultKind, Known, Person, StepContext, StepRequest, Task};
use serde_json::{Value, json};
use world::fakes::{
    FakeServer, Mood,
    crm::{
        self, Crm, Subscribed,
        rehearsal::{connected, connector_of, former, lines, now, person, run},
    },
};

type Ontraport = FakeServer<Box<dyn Crm>>;

async fn start() -> (Ontraport, Account) {
    let crm = crm::start(crm::of("ontraport"));
    let account = connected(&crm).await;
    (crm, account)
}

/// One tag, which isn't there yet, and none picked.
fn lauren(crm: &Ontraport) -> Person {
    let tags = vec!["Rekomi affiliate".to_owned()];
    Person { lists: Vec::new(), tags, ..person(crm, "lauren@creators.test") }
}

fn tagged(request: &str, crm: &Ontraport) -> usize {
    lines(crm).iter().filter(|line| line.starts_with(request)).count()
}

#[tokio::test]
async fn a_first_sync_saves_and_tags_in_two_calls() {
    let (crm, account) = start().await;
    let before = crm.calls().len();
    let done = run(&crm, &account, &Task::Sync(lauren(&crm)), 0).await;
    assert!(done.is_success(), "{:?}", done.faults);
    let calls = crm.calls().split_off(before);
    let polls: Vec<String> = calls.iter().map(world::fakes::Call::line).collect();
    assert_eq!(
        polls,
        [
            "GET /1/Contacts",
            "POST /1/objects/saveorupdate",
            "GET /1/Tags",
            "POST /1/Tags",
            "PUT /1/objects/tag",
            "GET /1/objects/tag",
            "GET /1/objects/tag",
        ]
    );
    let saved = json!({
        "objectID": 0, "email": "lauren@creators.test", "firstname": "Lauren", "lastname": "van Vale", "ignore_blanks": true,
    });
    assert_eq!(calls[1].json(), Some(saved));
    let contact = done.known.maybe("contact").unwrap();
    let tag = done.known.maybe("tag:Rekomi affiliate").unwrap();
    let form = [("objectID", "0"), ("ids", contact.as_str()), ("add_list", tag.as_str())];
    assert_eq!(calls[4].form(), Some(form.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec()));
    assert!(calls.iter().all(|call| call.header("api-appid") == "2_187157_canaryApp"));
}

#[tokio::test]
async fn a_failed_tag_call_is_repeated_alone() {
    let (crm, account) = start().await;
    crm.once("PUT /1/objects/tag", Mood::Says(500, Value::Null));
    let done = run(&crm, &account, &Task::Sync(lauren(&crm)), 1).await;
    assert!(done.is_success(), "{:?}", done.faults);
    assert_eq!((tagged("POST /1/objects/saveorupdate", &crm), tagged("PUT /1/objects/tag", &crm)), (1, 2));
}

#[tokio::test]
async fn a_missing_field_is_named_by_its_header() {
    let (crm, account) = start().await;
    for (field, header) in [("appId", "missing Api-Appid header"), ("apiKey", "missing Api-Key header")] {
        let mut account = account.clone();
        account.credentials.remove(field);
        let done = run(&crm, &account, &Task::Check, 0).await;
        let fault = done.faults.last().unwrap();
        assert_eq!(fault.kind, FaultKind::Credentials);
        assert!(fault.message.starts_with(header), "{}", fault.message);
        assert_eq!(connector_of(&crm).descriptor().field(field).and_then(|field| field.missing), Some(header));
    }
}

#[tokio::test]
async fn the_picker_reads_every_page_of_contacts_tags() {
    let (crm, account) = start().await;
    for task in [Task::Lists, Task::Tags] {
        let found = run(&crm, &account, &task, 0).await.known.choices();
        assert_eq!(found.len(), 62, "all but the one for deals");
        assert!(found.contains(&Choice { id: "63".to_owned(), name: "Affiliates".to_owned() }));
    }
}

#[tokio::test]
async fn a_picked_tag_that_is_gone_is_a_matter_of_settings() {
    let (crm, account) = start().await;
    let lists = vec![Choice { id: "999".to_owned(), name: "Old affiliates".to_owned() }];
    let done = run(&crm, &account, &Task::Sync(Person { lists, ..lauren(&crm) }), 0).await;
    let fault = done.faults.last().unwrap();
    assert_eq!((fault.kind, fault.code), (FaultKind::Settings, "list_missing"));
    assert!(fault.message.contains("Old affiliates"));
}

#[tokio::test]
async fn tags_that_never_appear_are_no_success() {
    let (crm, account) = start().await;
    crm.when("GET /1/objects/tag", Mood::Says(200, json!({"code": 0, "data": [], "account_id": 187_157})));
    let done = run(&crm, &account, &Task::Sync(lauren(&crm)), 0).await;
    assert_eq!(done.faults.last().map(|fault| fault.code), Some("not_confirmed"));
    assert_eq!(tagged("PUT /1/objects/tag", &crm), 1);
    assert!(tagged("GET /1/objects/tag", &crm) > 8);
}

#[tokio::test]
async fn a_tag_whose_creation_tells_no_id_is_looked_for() {
    let (crm, account) = start().await;
    crm.once("POST /1/Tags", Mood::Breaks);
    let done = run(&crm, &account, &Task::Sync(lauren(&crm)), 1).await;
    assert!(done.is_success(), "{:?}", done.faults);
    let (crm, account) = start().await;
    crm.when("POST /1/Tags", Mood::Says(200, json!({"code": 0, "data": {}, "account_id": 187_157})));
    let done = run(&crm, &account, &Task::Sync(lauren(&crm)), 0).await;
    assert_eq!(done.faults.last().map(|fault| fault.code), Some("tag_refused"));
}

#[tokio::test]
async fn a_name_that_is_taken_in_another_case_is_used() {
    let (crm, account) = start().await;
    crm.once("POST /1/Tags", Mood::Says(409, json!("The tag exists.")));
    let lauren = Person { tags: vec!["VIP".to_owned()], ..lauren(&crm) };
    let done = run(&crm, &account, &Task::Sync(lauren.clone()), 0).await;
    assert!(done.is_success(), "{:?}", done.faults);
    assert!(crm.with(|crm| crm.contact(&lauren.email)).unwrap().tags.contains("vip"));
}

#[tokio::test]
async fn a_missing_permission_is_named() {
    let (crm, account) = start().await;
    let message = json!("You do not have permissions to access this resource.");
    for (request, right) in
        [("POST /1/objects/save", "add and edit contacts"), ("PUT /1/objects/tag", "contacts\u{2019} tags")]
    {
        crm.once(request, Mood::Says(403, message.clone()));
        let done = run(&crm, &account, &Task::Sync(lauren(&crm)), 0).await;
        let fault = done.faults.last().unwrap();
        assert_eq!(fault.kind, FaultKind::Rights);
        assert!(fault.message.contains(right), "{}", fault.message);
    }
}

#[tokio::test]
async fn an_answer_of_200_with_an_error_code_is_a_failure() {
    let (crm, account) = start().await;
    crm.once("PUT /1/objects/tag", Mood::Says(200, json!({"code": 3, "data": null})));
    let done = run(&crm, &account, &Task::Sync(lauren(&crm)), 0).await;
    assert!(done.ended && done.faults[0].message.contains("error code 3"), "{:?}", done.faults);
}

#[tokio::test]
async fn without_consent_only_a_new_contact_is_transactional() {
    let (crm, account) = start().await;
    let quiet = Person { consent: None, ..lauren(&crm) };
    for _ in 0..2 {
        assert!(run(&crm, &account, &Task::Sync(quiet.clone()), 0).await.is_success());
    }
    let status = |email: &str| crm.with(|crm| crm.contact(email)).map(|contact| contact.subscribed);
    assert_eq!(status("lauren@creators.test"), Some(Subscribed::Unsaid));
    let known = Person { email: "known@creators.test".to_owned(), ..lauren(&crm) };
    let unknown = Person { consent: None, ..known.clone() };
    for person in [known, unknown] {
        assert!(run(&crm, &account, &Task::Sync(person), 0).await.is_success());
    }
    assert_eq!(status("known@creators.test"), Some(Subscribed::Yes));
}

#[tokio::test]
async fn who_leaves_keeps_the_tags_that_are_not_ours() {
    let (crm, account) = start().await;
    let here = Person { tags: vec!["Rekomi affiliate".to_owned(), "course 7".to_owned()], ..lauren(&crm) };
    assert!(run(&crm, &account, &Task::Sync(here.clone()), 0).await.is_success());
    let gone = Person {
        affiliate_status: AffiliateStatus::Left,
        tags: vec!["Rekomi former affiliate".to_owned()],
        untags: vec!["Rekomi affiliate".to_owned(), "never made".to_owned()],
        ..here
    };
    let done = run(&crm, &Account { found: Known::new(), ..account }, &Task::Sync(gone), 0).await;
    assert!(done.is_success(), "{:?}", done.faults);
    let tags = crm.with(|crm| crm.contact("lauren@creators.test")).unwrap().tags;
    assert!(tags.iter().map(String::as_str).eq(["Rekomi former affiliate", "course 7"]), "{tags:?}");
}

#[tokio::test]
async fn nobody_is_added_only_to_be_marked_as_gone() {
    let (crm, account) = start().await;
    let before = crm.calls().len();
    let gone = former(&lauren(&crm));
    assert!(run(&crm, &account, &Task::Sync(gone.clone()), 0).await.is_success());
    assert_eq!(crm.calls().len(), before + 1, "read, and nothing else");
    assert!(run(&crm, &account, &Task::Sync(lauren(&crm)), 0).await.is_success());
    let before = crm.calls().len();
    assert!(run(&crm, &account, &Task::Sync(gone), 0).await.is_success());
    assert!(crm.calls().split_off(before).iter().all(|call| call.path != "/1/objects/saveorupdate"));
}

/// The steps of a sync that was planned for somebody else than they are by now.
#[tokio::test]
async fn a_plan_that_was_overtaken_gives_nothing_that_is_not_wanted_any_more() {
    let (crm, account) = start().await;
    let planned = person(&crm, "lauren@creators.test");
    assert!(run(&crm, &account, &Task::Sync(planned.clone()), 0).await.is_success());
    let now_gone = Task::Sync(former(&Person { tags: Vec::new(), ..planned.clone() }));
    let known = Known::new().with("contact", "101").with("tag:VIP", "62").with("list:63", "63");
    for step in connector_of(&crm).plan(&account, &Task::Sync(planned)).into_iter().skip(1) {
        let ctx = StepContext {
            account: &account,
            task: &now_gone,
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
async fn the_way_that_works_is_remembered_for_the_account() {
    let crm = crm::start(Box::new(crm::ontraport::Ontraport::by_post()));
    let mut account = connected(&crm).await;
    let ways = |crm: &Ontraport| (tagged("PUT /1/objects/tag", crm), tagged("POST /1/objects/tag", crm));
    let names = connector_of(&crm).remembers();
    let first = run(&crm, &account, &Task::Sync(lauren(&crm)), 0).await;
    assert!(first.is_success(), "{:?}", first.faults);
    assert_eq!(ways(&crm), (1, 1));
    let remembered = first.known.new_to(&account.found, names);
    assert!(!remembered.is_empty());
    account.found.absorb(remembered);
    let second = run(&crm, &account, &Task::Sync(lauren(&crm)), 0).await;
    assert!(second.is_success(), "{:?}", second.faults);
    assert_eq!(ways(&crm), (1, 2), "the refused way isn't tried again");
    assert!(second.known.new_to(&account.found, names).is_empty());
    // Ontraport changes its mind.
    crm.with(|crm| *crm = crm::of("ontraport"));
    let third = run(&crm, &account, &Task::Sync(lauren(&crm)), 0).await;
    assert!(third.is_success(), "{:?}", third.faults);
    assert_eq!(ways(&crm), (2, 3));
    account.found.absorb(third.known.new_to(&account.found, names));
    run(&crm, &account, &Task::Sync(lauren(&crm)), 0).await;
    assert_eq!(ways(&crm), (3, 3));
}

#[tokio::test]
async fn tags_that_are_not_taken_by_put_are_given_by_post() {
    for status in [404, 405] {
        let (crm, account) = start().await;
        crm.when("PUT /1/objects/tag", Mood::Says(status, Value::Null));
        // The fake server takes them by PUT alone, as the vendor's SDK gives them: what comes by POST is a 404 there.
        let done = run(&crm, &account, &Task::Sync(lauren(&crm)), 0).await;
        assert!(done.ended);
        assert_eq!((tagged("PUT /1/objects/tag", &crm), tagged("POST /1/objects/tag", &crm)), (1, 1));
        let calls = crm.calls();
        let [.., put, post] = calls.as_slice() else { panic!("two calls") };
        assert_eq!(put.form(), post.form());
        crm.when("POST /1/objects/tag", Mood::Says(200, json!({"code": 0})));
        crm.when("GET /1/objects/tag", Mood::Says(status, Value::Null));
        let done = run(&crm, &account, &Task::Sync(lauren(&crm)), 0).await;
        assert!(done.is_success(), "{:?}", done.faults);
    }
}

#[tokio::test]
async fn the_documented_calls_are_enough() {
    for status in [404, 405] {
        let (crm, account) = start().await;
        for request in ["POST /1/Tags", "GET /1/objects/tag", "DELETE /1/objects/tag"] {
            crm.when(request, Mood::Says(status, Value::Null));
        }
        let lauren = person(&crm, "lauren@creators.test");
        for _ in 0..2 {
            let done = run(&crm, &account, &Task::Sync(lauren.clone()), 0).await;
            assert!(done.is_success(), "{:?}", done.faults);
            let contact = crm.with(|crm| {
                crm.settle();
                crm.contact(&lauren.email)
            });
            let contact = contact.unwrap();
            assert!(contact.lists.contains("63"), "{contact:?}");
            assert!(lauren.tags.iter().all(|tag| contact.tags.contains(tag)), "{contact:?}");
        }
        assert_eq!((tagged("POST /1/Tags", &crm), tagged("PUT /1/objects/tagByName", &crm)), (1, 3));
        let by_name = crm.calls().into_iter().find(|call| call.path == "/1/objects/tagByName").unwrap();
        assert_eq!(by_name.json(), Some(json!({"objectID": 0, "ids": ["101"], "add_names": ["Rekomi affiliate"]})));
        let done = run(&crm, &account, &Task::Sync(former(&lauren)), 0).await;
        assert!(done.is_success(), "{:?}", done.faults);
    }
}

#[tokio::test]
async fn tags_that_cannot_be_taken_away_are_not_waited_for() {
    let (crm, account) = start().await;
    assert!(run(&crm, &account, &Task::Sync(lauren(&crm)), 0).await.is_success());
    crm.when("DELETE /1/objects/tag", Mood::Says(404, Value::Null));
    let done = run(&crm, &account, &Task::Sync(former(&lauren(&crm))), 0).await;
    assert!(done.is_success(), "{:?}", done.faults);
}

/// A condition that a server doesn't look at finds somebody else.
#[tokio::test]
async fn the_state_of_another_contact_says_nothing() {
    let (crm, account) = start().await;
    let others =
        json!([{"id": "7", "email": "other@creators.test", "bulk_mail": "-2"}, {"id": "8", "bulk_mail": "-2"}]);
    crm.once("GET /1/Contacts", Mood::Says(200, json!({"data": others})));
    let done = run(&crm, &account, &Task::Sync(lauren(&crm)), 0).await;
    assert!(done.is_success(), "{:?}", done.left_alone);
    let theirs = json!([{"id": "101", "email": "Lauren@Creators.test", "bulk_mail": "-2"}]);
    crm.once("GET /1/Contacts", Mood::Says(200, json!({"data": theirs})));
    let done = run(&crm, &account, &Task::Sync(lauren(&crm)), 0).await;
    assert!(done.left_alone.is_some_and(|why| why.contains("unsubscribed")));
    crm.once("GET /1/Contacts", Mood::Says(404, Value::Null));
    assert!(run(&crm, &account, &Task::Sync(lauren(&crm)), 0).await.is_success());
}

#[tokio::test]
async fn an_account_without_its_number_goes_by_the_app() {
    let (crm, account) = start().await;
    crm.once("GET /1/Contacts", Mood::Says(200, json!({"data": []})));
    let done = run(&crm, &account, &Task::Check, 0).await;
    assert_eq!(done.known.maybe("account").as_deref(), Some("Ontraport, App ID 2_187157_canaryApp"));
}

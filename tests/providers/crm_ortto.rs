//! Goal: Ortto gets exactly the calls that its page promises, its assumed email permission subscribes nobody, and its
//! own refusals are told apart.
//! Method: against its fake server; what all vendors have in common is in `crm`.

use connector::{Account, Fault, FaultKind, Known, Person, Task};
use serde_json::{Value, json};
use world::fakes::{
    FakeServer, Mood,
    crm::{
        self, Crm, Subscribed,
        ortto::Ortto,
        rehearsal::{self, connected, connector_of, former, now, run, started},
    },
};

type FakeCrm = FakeServer<Box<dyn Crm>>;
const EMAIL: &str = "lauren@creators.test";
const GET: &str = "POST /v1/person/get";
const MERGE: &str = "POST /v1/person/merge";

/// What was asked for a task that goes well: the line, and the body.
async fn made(crm: &FakeCrm, account: &Account, task: Task) -> Vec<(String, Value)> {
    let before = crm.calls().len();
    let done = run(crm, account, &task, 0).await;
    assert!(done.is_success(), "{:?} {:?}", done.faults, done.left_alone);
    crm.calls().iter().skip(before).map(|call| (call.line(), call.json().unwrap_or_default())).collect()
}

async fn synced(crm: &FakeCrm, account: &Account, person: &Person) -> Vec<(String, Value)> {
    made(crm, account, Task::Sync(person.clone())).await
}

fn merged(made: &[(String, Value)]) -> Value {
    made.iter().find(|(line, _)| line == MERGE).map(|(_, body)| body.clone()).expect("a merge")
}

async fn fault(crm: &FakeCrm, account: &Account, person: Person) -> Fault {
    run(crm, account, &Task::Sync(person), 0).await.faults.pop().expect("it must fail")
}

#[tokio::test]
async fn a_first_sync_looks_merges_and_looks_again() {
    let (crm, account, person) = started(Ortto::default(), EMAIL).await;
    let made = synced(&crm, &account, &person).await;
    let query = json!({
        "limit": 1,
        "fields": ["str::email", "str::first", "str::last", "bol::p", "str::u-ctx", "tags"],
        "filter": {"$str::is": {"field_id": "str::email", "value": EMAIL}},
    });
    let fields = json!({
        "str::email": EMAIL, "str::first": "Lauren", "str::last": "van Vale", "str:cm:rekomi-status": "approved",
        "bol::p": true,
    });
    let mut merge = json!({
        "people": [{"fields": fields, "tags": ["Rekomi affiliate", "VIP", "spring & summer"]}],
        "async": false,
        "merge_by": ["str::email"],
        "merge_strategy": 2,
        "find_strategy": 0,
        "skip_non_existing": false,
        "suppression_list_field_id": "str::email",
    });
    let expected = [
        (GET, query.clone()),
        ("POST /v1/person/custom-field/get", json!({})),
        ("POST /v1/person/custom-field/create", json!({"type": "text", "name": "rekomi_status"})),
        (MERGE, merge.clone()),
        (GET, query),
    ];
    assert_eq!(made, expected.map(|(line, body)| (line.to_owned(), body)));
    let again = synced(&crm, &account, &person).await;
    merge["people"][0]["fields"].as_object_mut().unwrap().remove("bol::p");
    assert_eq!((again.len(), merged(&again)), (4, merge));
}

#[tokio::test]
async fn without_consent_nobody_gets_the_permission_by_a_later_sync_either() {
    let (crm, account, person) = started(Ortto::default(), EMAIL).await;
    let quiet = Person { consent: None, ..person.clone() };
    let fields = merged(&synced(&crm, &account, &quiet).await)["people"][0]["fields"].clone();
    assert_eq!(fields["bol::p"], json!(false));
    assert_eq!(fields["str::u-ctx"], "Added by Rekomi without consent to emails");
    for person in [quiet.clone(), person, former(&quiet)] {
        let fields = merged(&synced(&crm, &account, &person).await)["people"][0]["fields"].clone();
        assert_eq!((&fields["bol::p"], fields.get("str::u-ctx")), (&json!(false), None));
        assert_eq!(crm.with(|crm| crm.contact(EMAIL)).unwrap().subscribed, Subscribed::Unsaid);
    }
}

#[tokio::test]
async fn who_unsubscribed_and_leaves_is_marked_and_stays_unsubscribed() {
    let (crm, account, person) = started(Ortto::default(), EMAIL).await;
    synced(&crm, &account, &person).await;
    crm.with(|crm| crm.unsubscribed(EMAIL));
    let merge = merged(&synced(&crm, &account, &former(&person)).await);
    let fields = json!({"str::email": EMAIL, "str:cm:rekomi-status": "left", "bol::p": false});
    let tags = json!(["Rekomi affiliate", "VIP", "spring & summer"]);
    assert_eq!(merge["people"], json!([{"fields": fields, "tags": ["Rekomi former affiliate"], "unset_tags": tags}]));
    assert_eq!(merge["skip_non_existing"], json!(true));
    let contact = crm.with(|crm| crm.contact(EMAIL)).unwrap();
    assert_eq!((contact.subscribed, contact.status.as_deref()), (Subscribed::No, Some("left")));
    // And comes back while a sync is under way.
    rehearsal::run_changed(&crm, &account, (&former(&person), &person), 1).await.unwrap();
    assert_eq!(crm.with(|crm| crm.contact(EMAIL)).unwrap().subscribed, Subscribed::No);
}

#[tokio::test]
async fn who_was_never_there_is_not_created_by_leaving() {
    let (crm, account, person) = started(Ortto::default(), EMAIL).await;
    assert_eq!(synced(&crm, &account, &former(&person)).await.len(), 1, "one look");
    assert_eq!(crm.with(|crm| crm.contacts()), 0);
    // They are deleted there right after the look.
    synced(&crm, &account, &person).await;
    crm.once(MERGE, Mood::Says(200, json!({"people": [{"status": "skipped"}]})));
    synced(&crm, &account, &former(&person)).await;
}

#[tokio::test]
async fn a_suppressed_address_is_left_alone() {
    let (crm, account, person) = started(Ortto::default().suppressing(EMAIL), EMAIL).await;
    let done = run(&crm, &account, &Task::Sync(person), 0).await;
    assert!(done.left_alone.is_some_and(|why| why.contains("suppression list")));
    assert_eq!(crm.with(|crm| crm.contacts()), 0);
}

#[tokio::test]
async fn the_region_is_found_out_and_kept() {
    for (refused, region, host) in [(1, "au", "https://api.au.ap3api.com"), (2, "eu", "https://api.eu.ap3api.com")] {
        let crm = crm::start(Box::new(Ortto::default()));
        for _ in 0..refused {
            crm.once("POST /v1/audiences/get", Mood::Says(401, json!({"code": 401, "error": "Unauthorized"})));
        }
        let account = connected(&crm).await;
        assert_eq!(account.found.maybe("region").as_deref(), Some(region));
        assert_eq!(account.found.maybe("account"), Some(format!("brand ({})", region.to_uppercase())));
        let task = Task::Sync(rehearsal::person(&crm, EMAIL));
        let request = connector::Walk::new(connector_of(&crm), &account, &task).next(now()).unwrap().unwrap();
        assert_eq!(request.host.url, host);
    }
    let crm = crm::start(Box::new(Ortto::default()));
    let account = Account { credentials: crm.with(|crm| crm.credentials()), found: Known::new() };
    let fault = fault(&crm, &account, rehearsal::person(&crm, EMAIL)).await;
    assert!(fault.kind == FaultKind::Credentials && fault.message.contains("region"), "{fault:?}");
}

#[tokio::test]
async fn without_room_for_the_field_everything_else_is_written() {
    let (crm, account, person) = started(Ortto::default().full(), EMAIL).await;
    synced(&crm, &account, &person).await;
    let contact = crm.with(|crm| crm.contact(EMAIL)).unwrap();
    assert_eq!((contact.status, contact.tags.len()), (None, 3));
}

#[tokio::test]
async fn nobody_else_is_written_whatever_is_found_and_tags_that_never_show_are_no_success() {
    let (crm, account, person) = started(Ortto::default(), EMAIL).await;
    let other = json!({"contacts": [{"id": "other", "fields": {"str::email": "x@y.test"}}]});
    for task in [Task::Sync(former(&person)), Task::Forget(person.clone())] {
        crm.once(GET, Mood::Says(200, other.clone()));
        assert_eq!(made(&crm, &account, task).await.len(), 1);
    }
    let bare = json!({"contacts": [{"id": "1", "fields": {"str::email": EMAIL, "tags": ["VIP"]}}]});
    crm.when(GET, Mood::Says(200, bare));
    assert_eq!(fault(&crm, &account, person.clone()).await.code, "not_confirmed");
    // Where none are shown, there is nothing to compare.
    crm.when(GET, Mood::Says(200, json!({"contacts": [{"id": "1", "fields": {"str::email": EMAIL}}]})));
    synced(&crm, &account, &person).await;
}

#[tokio::test]
async fn a_deletion_archives_first_and_waits_for_it() {
    let (crm, account, person) = started(Ortto::default().slow(), EMAIL).await;
    synced(&crm, &account, &person).await;
    let made = made(&crm, &account, Task::Forget(person)).await;
    let ids = json!({"inclusion_ids": ["0061b02b24f9b6f800000001"]});
    let lines: Vec<&str> = made.iter().map(|(line, _)| line.as_str()).collect();
    let delete = "DELETE /v1/person/delete";
    assert_eq!(lines, [GET, "PUT /v1/person/archive", delete, delete, delete]);
    assert!(made[1..].iter().all(|(_, body)| *body == ids), "{made:?}");
    assert_eq!(crm.with(|crm| crm.contacts()), 0);
}

#[tokio::test]
async fn refusals_are_told_apart() {
    let (crm, account, person) = started(Ortto::default(), EMAIL).await;
    let nobody = fault(&crm, &account, Person { email: "nobody".to_owned(), ..person.clone() }).await;
    assert!(nobody.code == "invalid_contact" && nobody.message.contains("Email is invalid"), "{nobody:?}");
    crm.once(MERGE, Mood::Says(400, json!({"code": 400, "error": "Bad Request"})));
    assert_eq!(fault(&crm, &account, person.clone()).await.code, "invalid_contact");
    crm.once(GET, Mood::Says(403, json!({"code": 403, "error": "Forbidden"})));
    assert_eq!(fault(&crm, &account, person).await.kind, FaultKind::Rights);
    let tags = run(&crm, &account, &Task::Tags, 0).await.known.choices();
    assert_eq!(tags.iter().map(|tag| tag.name.as_str()).take(2).collect::<Vec<_>>(), ["customer", "gold"]);
}

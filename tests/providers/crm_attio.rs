//! Goal: Attio gets exactly the calls that its page promises, and its own refusals are told apart.
//! Method: against its fake server; what all vendors have in common is in `crm`.

use connector::{Account, Choice, Fault, FaultKind, Known, Person, Task};
use serde_json::{Value, json};
use world::fakes::{
    FakeServer, Mood,
    crm::{
        self, Crm,
        attio::Attio,
        rehearsal::{self, former, run, started},
    },
};

type FakeCrm = FakeServer<Box<dyn Crm>>;
const EMAIL: &str = "lauren@creators.test";
const LIST: &str = "33ebdbe9-e529-47c9-b894-0ba25e9c1501";
const RECORDS: &str = "/v2/objects/people/records";
const ATTRIBUTES: &str = "/v2/objects/people/attributes";

/// What was asked for a sync that goes well: the line, and the body.
async fn synced(crm: &FakeCrm, account: &Account, person: &Person) -> Vec<(String, Value)> {
    let before = crm.calls().len();
    let done = run(crm, account, &Task::Sync(person.clone()), 0).await;
    assert!(done.is_success(), "{:?} {:?}", done.faults, done.left_alone);
    crm.calls().iter().skip(before).map(|call| (call.line(), call.json().unwrap_or_default())).collect()
}

async fn fault(crm: &FakeCrm, account: &Account, person: Person) -> Fault {
    run(crm, account, &Task::Sync(person), 0).await.faults.pop().expect("it must fail")
}

fn attribute(title: &str, description: &str, slug: &str) -> Value {
    json!({"data": {
        "title": title, "description": description, "api_slug": slug, "type": "text", "is_required": false,
        "is_unique": false, "is_multiselect": false, "config": {},
    }})
}

#[tokio::test]
async fn a_first_sync_creates_the_attributes_and_a_second_one_doesnt() {
    let (crm, account, person) = started(Attio::default(), EMAIL).await;
    let made = synced(&crm, &account, &person).await;
    let query = json!({"filter": {"email_addresses": {"email_address": {"$eq": EMAIL}}}, "limit": 1});
    let status = "The status of this affiliate in Rekomi. Changes are overwritten.";
    let tags = "The tags of this affiliate in Rekomi, separated by commas. Changes are overwritten.";
    let values = json!({
        "email_addresses": [EMAIL],
        "name": [{"first_name": "Lauren", "last_name": "van Vale", "full_name": "Lauren van Vale"}],
        "rekomi_status": "approved",
        "rekomi_tags": "Rekomi affiliate,VIP,spring & summer",
    });
    let record = json!("bf071e1f-6035-429d-b874-000000000001");
    let entry = json!({"data": {"parent_record_id": record, "parent_object": "people", "entry_values": {}}});
    let expected = [
        (format!("POST {RECORDS}/query"), query),
        (format!("GET {ATTRIBUTES}/rekomi_status"), Value::Null),
        (format!("POST {ATTRIBUTES}"), attribute("Rekomi status", status, "rekomi_status")),
        (format!("GET {ATTRIBUTES}/rekomi_tags"), Value::Null),
        (format!("POST {ATTRIBUTES}"), attribute("Rekomi tags", tags, "rekomi_tags")),
        (format!("PUT {RECORDS}"), json!({"data": {"values": values}})),
        (format!("PUT /v2/lists/{LIST}/entries"), entry),
    ];
    assert_eq!(made, expected);
    let again: Vec<String> = synced(&crm, &account, &person).await.into_iter().map(|(line, _)| line).collect();
    let expected: Vec<String> =
        expected.into_iter().map(|(line, _)| line).filter(|line| *line != format!("POST {ATTRIBUTES}")).collect();
    assert_eq!(again, expected);
}

#[tokio::test]
async fn other_addresses_and_half_known_names_stay() {
    let known = Attio::default().knowing(&["home@creators.test", EMAIL], ("Laura", "Vale"), 0);
    let (crm, account, person) = started(known, EMAIL).await;
    let person = Person { last_name: None, ..person };
    let made = synced(&crm, &account, &person).await;
    assert_eq!(made[5].1["data"]["values"].get("name"), None);
    let contact = crm.with(|crm| crm.contact("home@creators.test")).unwrap();
    assert_eq!((contact.last_name.as_deref(), contact.status.as_deref()), (Some("Vale"), Some("approved")));
    // A first name alone is enough for somebody new.
    let new = Person { email: "mia@creators.test".to_owned(), ..person };
    synced(&crm, &account, &new).await;
    assert_eq!(crm.with(|crm| crm.contact("mia@creators.test")).unwrap().first_name, new.first_name);
}

#[tokio::test]
async fn who_leaves_keeps_their_name_and_list() {
    let (crm, account, person) = started(Attio::default(), EMAIL).await;
    synced(&crm, &account, &person).await;
    let made = synced(&crm, &account, &former(&person)).await;
    let values = json!({"rekomi_status": "left", "rekomi_tags": "Rekomi former affiliate"});
    let line = format!("PATCH {RECORDS}/bf071e1f-6035-429d-b874-000000000001");
    assert_eq!(made.last(), Some(&(line, json!({"data": {"values": values}}))));
    let contact = crm.with(|crm| crm.contact(EMAIL)).unwrap();
    assert!(contact.lists.contains(LIST) && contact.first_name == person.first_name, "{contact:?}");
    let never = Person { email: "never@creators.test".to_owned(), ..former(&person) };
    assert_eq!(synced(&crm, &account, &never).await.len(), 1, "one look");
    assert_eq!(crm.with(|crm| crm.contacts()), 1);
}

#[tokio::test]
async fn a_list_is_optional_and_being_on_it_twice_is_no_failure() {
    let (crm, account, person) = started(Attio::default().knowing(&[EMAIL], ("Laura", "Vale"), 2), EMAIL).await;
    synced(&crm, &account, &person).await;
    let made = synced(&crm, &account, &Person { lists: Vec::new(), ..person }).await;
    assert!(!made.iter().any(|(line, _)| line.contains("/entries")), "{made:?}");
    let found = run(&crm, &account, &Task::Lists, 0).await.known.choices();
    assert_eq!(found.iter().map(|list| list.name.as_str()).collect::<Vec<_>>(), ["Affiliates"], "lists of people");
}

#[tokio::test]
async fn nobody_elses_record_is_written_whatever_is_found() {
    let (crm, account, person) = started(Attio::default(), EMAIL).await;
    let other = json!({"id": {"record_id": "other"}, "values": {"email_addresses": [{"email_address": "x@y.test"}]}});
    for task in [Task::Sync(former(&person)), Task::Forget(person)] {
        crm.once(&format!("POST {RECORDS}/query"), Mood::Says(200, json!({"data": [other]})));
        let before = crm.calls().len();
        assert!(run(&crm, &account, &task, 0).await.is_success());
        assert_eq!(crm.calls().len() - before, 1);
    }
}

#[tokio::test]
async fn a_missing_permission_is_named() {
    for scope in ["record_permission:read-write", "object_configuration:read-write", "list_entry:read-write"] {
        let crm = crm::start(Box::new(Attio::without(scope)));
        let account = Account { credentials: crm.with(|crm| crm.credentials()), found: Known::new() };
        let person = rehearsal::person(&crm, EMAIL);
        for task in [Task::Check, Task::Sync(person)] {
            let fault = run(&crm, &account, &task, 0).await.faults.pop().expect("it must fail");
            assert!(fault.kind == FaultKind::Rights && fault.message.contains(scope), "{fault:?}");
        }
    }
}

#[tokio::test]
async fn refusals_are_told_apart() {
    let (crm, account, person) = started(Attio::default(), EMAIL).await;
    for id in ["33ebdbe9-e529-47c9-b894-0ba25e9cdead", "33ebdbe9-e529-47c9-b894-0ba25e9c1500"] {
        let gone = Choice { id: id.to_owned(), name: "Old".to_owned() };
        let fault = fault(&crm, &account, Person { lists: vec![gone], ..person.clone() }).await;
        assert_eq!((fault.kind, fault.code), (FaultKind::Settings, "list_missing"));
    }
    let nobody = Person { email: "nobody".to_owned(), ..person.clone() };
    assert_eq!(fault(&crm, &account, nobody).await.code, "invalid_email");
    let merging = json!({"status_code": 404, "type": "invalid_request_error", "code": "merge_in_progress"});
    crm.once(&format!("PUT {RECORDS}"), Mood::Says(404, merging));
    assert_eq!(fault(&crm, &account, person.clone()).await.kind, FaultKind::Passing);
    let other = json!({"id": {"record_id": "1"}, "values": {"rekomi_status": [{"value": "left"}]}});
    crm.once(&format!("PUT {RECORDS}"), Mood::Says(200, json!({"data": other})));
    assert_eq!(fault(&crm, &account, person.clone()).await.code, "field_refused");
    for (kind, archived) in [("select", false), ("text", true)] {
        let (crm, account, person) =
            started(Attio::default().with_attribute("rekomi_tags", kind, archived), EMAIL).await;
        let fault = fault(&crm, &account, person).await;
        assert_eq!((fault.kind, fault.code), (FaultKind::Settings, "field_refused"));
        assert!(fault.message.contains("rekomi_tags"), "{}", fault.message);
    }
}

#[tokio::test]
async fn an_attribute_whose_answer_was_lost_or_that_appeared_meanwhile_is_there() {
    let (crm, account, person) = started(Attio::default(), EMAIL).await;
    crm.once(&format!("POST {ATTRIBUTES}"), Mood::Breaks);
    let done = run(&crm, &account, &Task::Sync(person.clone()), 1).await;
    assert!(done.is_success() && done.faults.len() == 1, "{:?}", done.faults);
    crm.once(&format!("GET {ATTRIBUTES}"), Mood::Says(404, json!({"code": "not_found"})));
    synced(&crm, &account, &person).await;
    assert_eq!(crm.with(|crm| crm.contact(EMAIL)).unwrap().status.as_deref(), Some("approved"));
}

//! Goal: SendGrid gets exactly the calls that its page promises, a job counts once it is done, and its own refusals are
//! told apart.
//! Method: against its fake server; what all vendors have in common is in `crm`.

use connector::{Account, Choice, FaultKind, Known, Person, Task};
use serde_json::{Value, json};
use world::fakes::{
    FakeServer, Mood,
    crm::{
        self, Crm,
        rehearsal::{fault, former, run, started},
        sendgrid::SendGrid,
    },
};

const LIST: &str = "abc12312-0002-1234-abcd-123000456000";
const EMAIL: &str = "lauren@creators.test";

/// What was asked after the four test calls: the line, and the body.
fn calls(crm: &FakeServer<Box<dyn Crm>>) -> Vec<(String, Value)> {
    crm.calls().iter().skip(4).map(|call| (call.line(), call.json().unwrap_or_default())).collect()
}

fn last_write(crm: &FakeServer<Box<dyn Crm>>) -> Value {
    let write = calls(crm).into_iter().rfind(|(line, _)| line == "PUT /v3/marketing/contacts");
    write.expect("no write").1
}

#[tokio::test]
async fn a_first_sync_is_looks_fields_one_write_and_its_job() {
    let (crm, account, person) = started(SendGrid::default(), EMAIL).await;
    assert_eq!(account.found.maybe("account").as_deref(), Some("lists: Customers, Affiliates"));
    assert!(run(&crm, &account, &Task::Sync(person.clone()), 0).await.is_success());
    let line = |line: &str| (line.to_owned(), Value::Null);
    let define =
        |name: &str| ("POST /v3/marketing/field_definitions".to_owned(), json!({"name": name, "field_type": "Text"}));
    let custom = json!({"e1_T": "Rekomi affiliate,VIP,spring & summer", "e2_T": "approved"});
    let mut contact = json!({"email": EMAIL, "first_name": "Lauren", "last_name": "van Vale", "custom_fields": custom});
    let job = line("GET /v3/marketing/contacts/imports/5b4f3d6c-job-3");
    let expected = [
        line("GET /v3/asm/suppressions/global/lauren%40creators.test"),
        line("GET /v3/suppression/bounces/lauren%40creators.test"),
        line("GET /v3/suppression/spam_reports/lauren%40creators.test"),
        ("POST /v3/marketing/contacts/search/emails".to_owned(), json!({"emails": [EMAIL]})),
        line("GET /v3/marketing/field_definitions"),
        define("rekomi_tags"),
        define("rekomi_status"),
        ("PUT /v3/marketing/contacts".to_owned(), json!({"list_ids": [LIST], "contacts": [contact]})),
        job.clone(),
        job,
    ];
    assert_eq!(calls(&crm), expected);
    // Who accepted no terms isn't put on the list.
    let quiet = Person { consent: None, email: "quiet@creators.test".to_owned(), ..person };
    assert!(run(&crm, &account, &Task::Sync(quiet), 0).await.is_success());
    contact["email"] = json!("quiet@creators.test");
    assert_eq!(last_write(&crm), json!({"contacts": [contact]}));
}

#[tokio::test]
async fn everything_that_identifies_a_contact_is_sent_along() {
    let (crm, account, person) = started(SendGrid::default().knowing(EMAIL, "customer-7"), EMAIL).await;
    assert!(run(&crm, &account, &Task::Sync(person.clone()), 0).await.is_success());
    assert_eq!(last_write(&crm)["contacts"][0]["external_id"], "customer-7");
    assert!(crm.with(|crm| crm.contact(EMAIL)).unwrap().tags.contains("VIP"));
    assert_eq!(crm.with(|crm| crm.contacts()), 1);
}

#[tokio::test]
async fn who_bounced_is_left_alone() {
    let (crm, account, person) = started(SendGrid::default().bouncing(EMAIL), EMAIL).await;
    let done = run(&crm, &account, &Task::Sync(person), 0).await;
    assert!(done.left_alone.is_some_and(|why| why.contains("bounced")), "{:?}", done.faults);
    assert_eq!(crm.with(|crm| crm.contacts()), 0);
}

#[tokio::test]
async fn who_leaves_is_marked_and_who_never_was_there_is_not_created() {
    let (crm, account, person) = started(SendGrid::default(), EMAIL).await;
    assert!(run(&crm, &account, &Task::Sync(former(&person)), 0).await.is_success());
    assert_eq!(calls(&crm).len(), 4, "three suppressions and a search");
    assert!(run(&crm, &account, &Task::Sync(person.clone()), 0).await.is_success());
    crm.with(|crm| crm.unsubscribed(EMAIL));
    assert!(run(&crm, &account, &Task::Sync(former(&person)), 0).await.is_success());
    let contact = json!({"email": EMAIL, "custom_fields": {"e1_T": "Rekomi former affiliate", "e2_T": "left"}});
    assert_eq!(last_write(&crm), json!({"contacts": [contact]}));
}

#[tokio::test]
async fn a_name_is_cut_where_sendgrid_would_refuse_it() {
    let (crm, account, person) = started(SendGrid::default(), EMAIL).await;
    let long = Person { first_name: Some("ü".repeat(60)), ..person };
    assert!(run(&crm, &account, &Task::Sync(long), 0).await.is_success());
    assert_eq!(last_write(&crm)["contacts"][0]["first_name"], json!("ü".repeat(50)));
}

#[tokio::test]
async fn a_job_counts_once_it_is_done() {
    let (stuck, account, person) = started(SendGrid::default().stuck(), EMAIL).await;
    assert_eq!(fault(&stuck, &account, person).await, (FaultKind::Refused, "not_confirmed"));
    let (failing, account, person) = started(SendGrid::default().failing(), EMAIL).await;
    assert_eq!(fault(&failing, &account, person).await, (FaultKind::Refused, "invalid_contact"));
    // A job that isn't visible at once.
    let (crm, account, person) = started(SendGrid::default(), EMAIL).await;
    crm.once("GET /v3/marketing/contacts/imports", Mood::Says(404, json!({"errors": [{"message": "not found"}]})));
    assert!(run(&crm, &account, &Task::Sync(person.clone()), 0).await.is_success());
    // A deletion is one, too, and deletes nobody else.
    assert!(run(&crm, &account, &Task::Forget(person), 0).await.is_success());
    let deletion = crm.calls().into_iter().find(|call| call.method == "DELETE").unwrap();
    assert_eq!(deletion.query, [("ids".to_owned(), "asdf-Jkl-00000004".to_owned())]);
}

#[tokio::test]
async fn the_picker_goes_beyond_a_page() {
    let (crm, account, _) = started(SendGrid::with_lists(1_998), EMAIL).await;
    let found = run(&crm, &account, &Task::Lists, 0).await.known.choices();
    assert_eq!(found.len(), 2_000);
    assert_eq!(found.last().map(|list| list.name.as_str()), Some("Affiliates"));
}

#[tokio::test]
async fn fields_are_found_whatever_their_case_and_when_somebody_else_makes_them() {
    for empty in [false, true] {
        let (crm, account, person) = started(SendGrid::default().with_field("Rekomi_Tags", "Text"), EMAIL).await;
        if empty {
            let none = json!({"reserved_fields": []});
            crm.once("GET /v3/marketing/field_definitions", Mood::Says(200, none));
        }
        assert!(run(&crm, &account, &Task::Sync(person), 0).await.is_success());
        assert!(last_write(&crm)["contacts"][0]["custom_fields"]["e9_T"].is_string());
    }
}

#[tokio::test]
async fn refusals_are_told_apart() {
    let (crm, account, person) = started(SendGrid::default(), EMAIL).await;
    let gone = Choice { id: "abc12312-dead-1234-abcd-123000456000".to_owned(), name: "Old".to_owned() };
    let settings = (FaultKind::Settings, "list_missing");
    assert_eq!(fault(&crm, &account, Person { lists: vec![gone], ..person.clone() }).await, settings);
    let nobody = Person { email: "nobody".to_owned(), ..person.clone() };
    assert_eq!(fault(&crm, &account, nobody).await, (FaultKind::Refused, "invalid_email"));
    let late = json!({"errors": [{"field": "contacts[0]", "message": "invalid custom field ids supplied - e1_T"}]});
    crm.once("PUT", Mood::Says(400, late));
    let done = run(&crm, &account, &Task::Sync(person), 1).await;
    assert!(done.is_success() && done.faults.len() == 1, "{:?}", done.faults);
    let (typed, account, person) = started(SendGrid::default().with_field("rekomi_tags", "Number"), EMAIL).await;
    assert_eq!(fault(&typed, &account, person.clone()).await, (FaultKind::Settings, "field_type"));
    let (locked, account, person) = started(SendGrid::default().locked(), EMAIL).await;
    assert_eq!(fault(&locked, &account, person).await, (FaultKind::Settings, "field_refused"));
}

#[tokio::test]
async fn the_test_call_names_the_permission_that_lacks() {
    for (path, permission) in
        [("/v3/marketing", "Marketing"), ("/v3/suppression", "Suppressions"), ("/v3/asm", "Suppressions")]
    {
        let crm = crm::start(Box::new(SendGrid::without(path)));
        let account = Account { credentials: crm.with(|crm| crm.credentials()), found: Known::new() };
        let done = run(&crm, &account, &Task::Check, 0).await;
        let fault = done.faults.last().expect("it must fail");
        assert_eq!(fault.kind, FaultKind::Rights);
        assert!(fault.message.contains(&format!("permission {permission}")), "{}", fault.message);
    }
}

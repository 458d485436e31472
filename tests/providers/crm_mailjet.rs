//! Goal: Mailjet gets exactly the calls that its page promises, nobody who left a list is put on it again, and its own
//! refusals are told apart.
//! Method: against its fake server; what all vendors have in common is in `crm`.

use connector::{Account, Choice, FaultKind, Known, Person, Task, Walk};
use serde_json::{Value, json};
use world::fakes::{
    FakeServer, Mood,
    crm::{
        self, Crm,
        mailjet::Mailjet,
        rehearsal::{self, connected, fault, former, run, started},
    },
};

const LIST: &str = "10530945";
const EMAIL: &str = "lauren@creators.test";
const ID: &str = "21339837";

/// What was asked after the test call: the line, and the body.
fn calls(crm: &FakeServer<Box<dyn Crm>>) -> Vec<(String, Value)> {
    crm.calls().iter().skip(1).map(|call| (call.line(), call.json().unwrap_or_default())).collect()
}

fn line(line: &str) -> (String, Value) {
    (line.to_owned(), Value::Null)
}

#[tokio::test]
async fn a_first_sync_creates_properties_contact_and_membership_and_a_second_one_nothing() {
    let (crm, account, person) = started(Mailjet::default(), EMAIL).await;
    assert_eq!(account.found.maybe("account").as_deref(), Some("lists: Customers, Affiliates"));
    assert!(run(&crm, &account, &Task::Sync(person.clone()), 0).await.is_success());
    let define = |name: &str| {
        let body = json!({"Name": name, "Datatype": "str", "NameSpace": "static"});
        ("POST /v3/REST/contactmetadata".to_owned(), body)
    };
    let look = line("GET /v3/REST/contact/lauren%40creators.test");
    let fields = line("GET /v3/REST/contactmetadata");
    let values = json!({"Data": [
        {"Name": "firstname", "Value": "Lauren"},
        {"Name": "lastname", "Value": "van Vale"},
        {"Name": "rekomi_tags", "Value": "Rekomi affiliate,VIP,spring & summer"},
        {"Name": "rekomi_status", "Value": "approved"},
    ]});
    let write = (format!("PUT /v3/REST/contactdata/{ID}"), values);
    let join =
        (format!("POST /v3/REST/contactslist/{LIST}/managecontact"), json!({"Email": EMAIL, "Action": "addnoforce"}));
    let expected = [
        look.clone(),
        fields.clone(),
        define("firstname"),
        define("lastname"),
        define("rekomi_tags"),
        define("rekomi_status"),
        ("POST /v3/REST/contact".to_owned(), json!({"Email": EMAIL, "Name": "Lauren van Vale"})),
        write.clone(),
        join.clone(),
    ];
    assert_eq!(calls(&crm), expected);
    // The second write is answered with 304.
    assert!(run(&crm, &account, &Task::Sync(person), 0).await.is_success());
    let memberships = line(&format!("GET /v3/REST/contact/{ID}/getcontactslists"));
    let name = line(&format!("GET /v3/REST/contactdata/{ID}"));
    assert_eq!(calls(&crm)[9..], [look, memberships, name, fields, write, join]);
}

#[tokio::test]
async fn who_left_the_list_or_complained_is_left_alone() {
    let (crm, account, person) = started(Mailjet::default().complaining("mia@creators.test"), EMAIL).await;
    crm.with(|crm| crm.leaves_list(EMAIL));
    for (person, word) in [
        (person.clone(), "unsubscribed from the list"),
        (Person { email: "mia@creators.test".to_owned(), ..person.clone() }, "spam"),
    ] {
        let done = run(&crm, &account, &Task::Sync(person), 0).await;
        assert!(done.left_alone.is_some_and(|why| why.contains(word)), "{:?}", done.faults);
    }
    assert!(calls(&crm).iter().all(|(line, _)| line.starts_with("GET ")));
    // Another list that they left is another matter, and texts count as booleans.
    let lists = json!([{"ListID": 10_530_001, "IsUnsub": "true"}, {"ListID": 10_530_945, "IsUnsub": "false"}]);
    let body = json!({"Count": 2, "Data": lists, "Total": 2});
    crm.once(&format!("GET /v3/REST/contact/{}/getcontactslists", 21_339_838), Mood::Says(200, body));
    assert!(run(&crm, &account, &Task::Sync(person), 0).await.is_success());
}

#[tokio::test]
async fn who_leaves_is_marked_and_who_never_was_there_is_not_created() {
    let (crm, account, person) = started(Mailjet::default(), EMAIL).await;
    assert!(run(&crm, &account, &Task::Sync(former(&person)), 0).await.is_success());
    assert_eq!(calls(&crm), [line("GET /v3/REST/contact/lauren%40creators.test")]);
    assert!(run(&crm, &account, &Task::Sync(person.clone()), 0).await.is_success());
    crm.with(|crm| crm.leaves_list(EMAIL));
    assert!(run(&crm, &account, &Task::Sync(former(&person)), 0).await.is_success());
    let values = json!({"Data": [
        {"Name": "rekomi_tags", "Value": "Rekomi former affiliate"},
        {"Name": "rekomi_status", "Value": "left"},
    ]});
    assert_eq!(calls(&crm).last(), Some(&(format!("PUT /v3/REST/contactdata/{ID}"), values)));
}

#[tokio::test]
async fn without_consent_nobody_is_put_on_a_list() {
    let (crm, account, person) = started(Mailjet::default(), EMAIL).await;
    let quiet = Person { consent: None, ..person };
    assert!(run(&crm, &account, &Task::Sync(quiet), 0).await.is_success());
    let contact = crm.with(|crm| crm.contact(EMAIL)).unwrap();
    assert!(contact.lists.is_empty() && contact.tags.contains("VIP"), "{contact:?}");
}

#[tokio::test]
async fn a_contact_that_is_created_in_the_meantime_is_used() {
    let (crm, account, person) = started(Mailjet::default(), EMAIL).await;
    let exists = "MJ18 A Contact resource with value \"lauren@creators.test\" for Email already exists.";
    let refusal = json!({"ErrorInfo": "", "ErrorMessage": exists, "StatusCode": 400});
    // After the four properties, whose path begins the same.
    crm.nth("POST /v3/REST/contact", 4, Mood::Says(400, refusal));
    let done = run(&crm, &account, &Task::Sync(person), 1).await;
    assert!(done.is_success() && done.faults.len() == 1, "{:?}", done.faults);
    assert_eq!(done.faults[0].code, "conflict");
}

#[tokio::test]
async fn the_region_is_found_by_the_test_call() {
    let crm = crm::start(Box::new(Mailjet::default()));
    crm.once("GET /v3/REST/contactslist", Mood::Says(401, Value::Null));
    let account = connected(&crm).await;
    assert_eq!(account.found.maybe("region").as_deref(), Some("US"));
    let task = Task::Sync(rehearsal::person(&crm, EMAIL));
    let mut walk = Walk::new(rehearsal::connector_of(&crm), &account, &task);
    let request = walk.next(rehearsal::now()).unwrap().unwrap();
    assert_eq!(request.url(None), "https://api.us.mailjet.com/v3/REST/contact/lauren%40creators.test");
}

#[tokio::test]
async fn the_picker_goes_beyond_a_page() {
    let (crm, account, _) = started(Mailjet::with_lists(1_998), EMAIL).await;
    let found = run(&crm, &account, &Task::Lists, 0).await.known.choices();
    assert_eq!(found.len(), 2_000);
    assert_eq!(found.last(), crm.with(|crm| crm.list()).as_ref());
}

#[tokio::test]
async fn properties_are_found_whatever_their_case_and_when_somebody_else_makes_them() {
    for empty in [false, true] {
        let (crm, account, person) = started(Mailjet::default().with_property("FirstName", "str"), EMAIL).await;
        if empty {
            crm.once("GET /v3/REST/contactmetadata", Mood::Says(200, json!({"Count": 0, "Data": [], "Total": 0})));
        }
        assert!(run(&crm, &account, &Task::Sync(person), 0).await.is_success());
        assert!(crm.with(|crm| crm.contact(EMAIL)).unwrap().first_name.is_some());
    }
}

#[tokio::test]
async fn refusals_are_told_apart() {
    let (crm, account, person) = started(Mailjet::default(), EMAIL).await;
    let gone = Choice { id: "1".to_owned(), name: "Old".to_owned() };
    let settings = (FaultKind::Settings, "list_missing");
    assert_eq!(fault(&crm, &account, Person { lists: vec![gone], ..person.clone() }).await, settings);
    let nobody = Person { email: "nobody".to_owned(), ..person };
    assert_eq!(fault(&crm, &account, nobody).await, (FaultKind::Refused, "invalid_email"));
    let (typed, account, person) = started(Mailjet::default().with_property("rekomi_tags", "int"), EMAIL).await;
    assert_eq!(fault(&typed, &account, person.clone()).await, (FaultKind::Settings, "field_type"));
    let (locked, account, person) = started(Mailjet::default().locked(), EMAIL).await;
    assert_eq!(fault(&locked, &account, person).await, (FaultKind::Settings, "field_refused"));
    locked.with(|crm| crm.revoke());
    let account = Account { found: Known::new(), ..account };
    let refused = run(&locked, &account, &Task::Check, 0).await;
    assert_eq!(refused.faults.last().map(|fault| fault.kind), Some(FaultKind::Credentials));
}

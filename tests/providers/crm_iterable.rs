//! Goal: Iterable gets exactly the calls that we tell people of, in the data center where the project is, and nothing is
//! called done before Iterable shows it.
//!
//! Method: syncs against fake servers that answer as Iterable's published description says, and show things later.

use connector::{Account, FaultKind, Known, Person, Task, Walk, providers};
use serde_json::{Value, json};
use world::fakes::{
    FakeServer, Mood,
    crm::{
        self, Crm,
        iterable::Iterable,
        rehearsal::{connected, former, lines, now, person, run, send},
    },
};

type FakeCrm = FakeServer<Box<dyn Crm>>;

const EMAIL: &str = "lauren@creators.test";

fn iterable(iterable: Iterable) -> FakeCrm {
    crm::start(Box::new(iterable))
}

/// What came of one sync, and its calls after the test call.
async fn sync(crm: &FakeCrm, person: Person) -> (world::fakes::crm::rehearsal::Outcome, Vec<String>) {
    let account = connected(crm).await;
    let before = lines(crm).len();
    let done = run(crm, &account, &Task::Sync(person), 0).await;
    (done, lines(crm).split_off(before))
}

fn body(line: &str) -> Value {
    serde_json::from_str(&line[line.find('{').unwrap()..]).unwrap()
}

#[tokio::test]
async fn a_first_sync_is_these_calls_and_reads_back() {
    let crm = iterable(Iterable::default());
    let (done, made) = sync(&crm, person(&crm, EMAIL)).await;
    assert!(done.is_success(), "{:?}", done.faults);
    let starts: Vec<&str> = made.iter().map(|line| line.split('{').next().unwrap().trim()).collect();
    let expected = [
        "GET /api/users/getByEmail",
        "POST /api/users/update",
        "POST /api/lists/subscribe",
        "GET /api/users/getByEmail",
        "GET /api/users/getByEmail",
    ];
    assert_eq!(starts, expected);
    let fields = json!({
        "firstName": "Lauren", "lastName": "van Vale", "rekomi_status": "approved",
        "rekomi_tags": ["Rekomi affiliate", "VIP", "spring & summer"],
    });
    assert_eq!(body(&made[1]), json!({"email": EMAIL, "dataFields": fields, "createNewFields": true}));
    assert_eq!(body(&made[2]), json!({"listId": 2, "subscribers": [{"email": EMAIL}]}));
}

#[tokio::test]
async fn what_never_shows_is_no_success() {
    let crm = iterable(Iterable::default().stuck());
    let (done, made) = sync(&crm, person(&crm, EMAIL)).await;
    let fault = done.faults.last().unwrap();
    assert_eq!((fault.kind, fault.code), (FaultKind::Refused, "not_confirmed"));
    assert!(made.len() < 16, "{}", made.len());
}

/// Asks each data center's fake server what is for it.
async fn check(us: &FakeCrm, eu: &FakeCrm) -> Result<Known, connector::Fault> {
    let account = Account { credentials: us.with(|crm| crm.credentials()), found: Known::new() };
    let mut walk = Walk::new(providers::named("iterable").unwrap(), &account, &Task::Check);
    while let Some(request) = walk.next(now())? {
        let base = if request.host.name == "ITERABLE_EU" { eu.base() } else { us.base() };
        walk.parse_response(&send(base, &request).await?, now())?;
    }
    Ok(walk.known)
}

#[tokio::test]
async fn the_data_center_is_found_out() {
    let (us, eu) = (iterable(Iterable::default()), iterable(Iterable::default()));
    let known = check(&us, &eu).await.unwrap();
    assert_eq!(known.maybe("region").as_deref(), Some("US"));
    assert_eq!(eu.calls().len(), 0);
    us.with(|crm| crm.revoke());
    let known = check(&us, &eu).await.unwrap();
    assert_eq!(known.maybe("region").as_deref(), Some("EU"));
    assert!(known.maybe("account").unwrap().contains("EU"));
    eu.with(|crm| crm.revoke());
    assert_eq!(check(&us, &eu).await.unwrap_err().kind, FaultKind::Credentials);
}

#[test]
fn later_calls_go_to_the_data_center_that_was_found() {
    let account = |region: &str| Account {
        credentials: [("apiKey".to_owned(), "k".to_owned())].into(),
        found: Known::new().with("region", region),
    };
    for (region, url) in [("US", "https://api.iterable.com"), ("EU", "https://api.eu.iterable.com")] {
        let account = account(region);
        let mut walk = Walk::new(providers::named("iterable").unwrap(), &account, &Task::Lists);
        assert_eq!(walk.next(now()).unwrap().unwrap().host.url, url);
    }
}

#[tokio::test]
async fn a_key_for_browsers_is_told_apart() {
    let crm = iterable(Iterable::default());
    let account = Account { credentials: crm.with(|crm| crm.credentials()), found: Known::new() };
    crm.when("GET /api/lists", Mood::Says(403, json!({"code": "Forbidden", "msg": "Wrong type of key", "params": {}})));
    let fault = run(&crm, &account, &Task::Check, 0).await.faults.pop().unwrap();
    assert_eq!(fault.kind, FaultKind::Rights);
    assert!(fault.message.contains("Server-side"), "{}", fault.message);
}

#[tokio::test]
async fn only_static_lists_are_picked() {
    let crm = iterable(Iterable::default());
    let account = connected(&crm).await;
    let found = run(&crm, &account, &Task::Lists, 0).await.known.choices();
    assert_eq!(found.iter().map(|list| list.name.as_str()).collect::<Vec<_>>(), ["Customers", "Affiliates"]);
}

#[tokio::test]
async fn only_mail_counts_as_unsubscribed() {
    let crm = iterable(Iterable::default().silent(EMAIL, 10));
    let (done, made) = sync(&crm, person(&crm, EMAIL)).await;
    assert!(done.left_alone.is_some_and(|why| why.contains("unsubscribed")), "{:?}", done.faults);
    assert!(made.iter().all(|line| line.starts_with("GET ")), "{made:?}");
    // Text messages are another matter; a channel that isn't there any more may have been for mail.
    let crm = iterable(Iterable::default().silent(EMAIL, 20));
    assert!(sync(&crm, person(&crm, EMAIL)).await.0.is_success());
    let crm = iterable(Iterable::default().silent(EMAIL, 99));
    assert!(sync(&crm, person(&crm, EMAIL)).await.0.left_alone.is_some());
}

#[tokio::test]
async fn whoever_was_forgotten_is_left_alone() {
    let crm = iterable(Iterable::default().forgotten(EMAIL));
    let (done, _) = sync(&crm, person(&crm, EMAIL)).await;
    assert!(done.left_alone.is_some_and(|why| why.contains("forgotten")), "{:?}", done.faults);
    // The list says so within an answer that looks like a success.
    let crm = iterable(Iterable::default().forgotten(EMAIL));
    crm.when("POST /api/users/update", Mood::Says(200, json!({"code": "Success", "msg": "", "params": {}})));
    assert!(sync(&crm, person(&crm, EMAIL)).await.0.left_alone.is_some());
}

#[tokio::test]
async fn a_success_that_carries_failures_is_none() {
    let crm = iterable(Iterable::default());
    for (failed, code) in [("invalidEmails", "invalid_email"), ("notFoundEmails", "list_refused")] {
        let answer = json!({"successCount": 0, "failCount": 1, "failedUpdates": {failed: [EMAIL]}});
        crm.once("POST /api/lists/subscribe", Mood::Says(200, answer));
        let (done, _) = sync(&crm, person(&crm, EMAIL)).await;
        assert_eq!(done.faults.last().map(|fault| fault.code), Some(code));
    }
}

#[tokio::test]
async fn the_documented_calls_are_enough() {
    for status in [404, 405] {
        let crm = iterable(Iterable::default().listless());
        crm.when("GET /api/channels", Mood::Says(status, Value::Null));
        let lauren = person(&crm, EMAIL);
        for _ in 0..2 {
            let (done, _) = sync(&crm, lauren.clone()).await;
            assert!(done.is_success(), "{:?} {:?}", done.faults, done.left_alone);
            let contact = crm.with(|crm| crm.contact(EMAIL)).unwrap();
            assert!(contact.lists.contains("2") && contact.tags.contains("Rekomi affiliate"));
        }
        // The channel may have been for mail, and so was this one.
        for channel in [10, 20] {
            let crm = iterable(Iterable::default().silent(EMAIL, channel));
            crm.when("GET /api/channels", Mood::Says(status, Value::Null));
            let (done, made) = sync(&crm, person(&crm, EMAIL)).await;
            assert!(done.left_alone.is_some_and(|why| why.contains("unsubscribed")), "{channel}");
            assert!(made.iter().all(|line| line.starts_with("GET ")), "{made:?}");
        }
    }
    // A list that shows nobody and counted nobody has nobody.
    let crm = iterable(Iterable::default().listless());
    crm.when("POST /api/lists/subscribe", Mood::Says(200, json!({"successCount": 0, "failCount": 0})));
    let (done, _) = sync(&crm, person(&crm, EMAIL)).await;
    assert_eq!(done.faults.last().map(|fault| fault.code), Some("not_confirmed"));
}

#[tokio::test]
async fn what_the_project_lacks_is_a_matter_of_settings() {
    let crm = iterable(Iterable::default().with_field("rekomi_tags", "string"));
    let (done, _) = sync(&crm, person(&crm, EMAIL)).await;
    let fault = done.faults.last().unwrap();
    assert_eq!((fault.kind, fault.code), (FaultKind::Settings, "field_type"));
    for list in ["9", "newsletter"] {
        let crm = iterable(Iterable::default());
        let mut person = person(&crm, EMAIL);
        person.lists[0].id = list.to_owned();
        let (done, _) = sync(&crm, person).await;
        let fault = done.faults.last().unwrap();
        assert_eq!((fault.kind, fault.code), (FaultKind::Settings, "list_missing"), "{list}");
    }
}

#[tokio::test]
async fn of_whoever_left_only_our_own_fields_change() {
    let crm = iterable(Iterable::default());
    let member = person(&crm, EMAIL);
    assert!(sync(&crm, member.clone()).await.0.is_success());
    let (done, made) = sync(&crm, former(&member)).await;
    assert!(done.is_success(), "{:?}", done.faults);
    let fields = json!({"rekomi_tags": ["Rekomi former affiliate"], "rekomi_status": "left"});
    assert_eq!(body(&made[1]), json!({"email": EMAIL, "dataFields": fields, "createNewFields": true}));
}

#[tokio::test]
async fn nobody_is_added_only_to_be_marked_as_gone() {
    let crm = iterable(Iterable::default());
    let (done, made) = sync(&crm, former(&person(&crm, EMAIL))).await;
    assert!(done.is_success(), "{:?}", done.faults);
    assert_eq!(made, ["GET /api/users/getByEmail "]);
}

#[tokio::test]
async fn a_deletion_is_done_when_the_user_is_gone() {
    let crm = iterable(Iterable::default());
    let account = connected(&crm).await;
    let person = person(&crm, EMAIL);
    assert!(run(&crm, &account, &Task::Sync(person.clone()), 0).await.is_success());
    let before = lines(&crm).len();
    assert!(run(&crm, &account, &Task::Forget(person), 0).await.is_success());
    let made = lines(&crm).split_off(before);
    assert_eq!(made[0], "DELETE /api/users/lauren%40creators.test ");
    assert_eq!(made.len(), 3, "{made:?}");
    assert_eq!(crm.with(|crm| crm.contact(EMAIL)), None);
}

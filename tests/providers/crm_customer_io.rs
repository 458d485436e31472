//! Goal: Customer.io gets what the product page promises in whichever region it is, an unsubscription stays with the App API
//! key and without, and a 200 is taken for no more than it is.

use connector::{
    Account, Action, AffiliateStatus, Choice, Fault, FaultKind, Known, Person, Step, StepContext, StepRequest, Task,
    Walk, providers,
};
use serde_json::{Value, json};
use world::fakes::{
    Call, FakeServer, Mood,
    crm::{
        self, Crm, Subscribed,
        customerio::CustomerIo,
        rehearsal::{self, connected, now, run, send},
    },
};

type World = FakeServer<Box<dyn Crm>>;

const EMAIL: &str = "lauren+shop@creators.test";
const PERSON: &str = "lauren%2Bshop%40creators%2Etest";

async fn world(prepare: impl FnOnce(&mut CustomerIo)) -> (World, Account) {
    let mut inside = CustomerIo::default();
    prepare(&mut inside);
    let crm = crm::start(Box::new(inside));
    let account = connected(&crm).await;
    (crm, account)
}

/// The same account without the key of the App API.
fn blind(account: &Account) -> Account {
    let mut account = account.clone();
    account.credentials.remove("appApiKey");
    account
}

fn person(crm: &World) -> Person {
    rehearsal::person(crm, EMAIL)
}

fn body(call: &Call) -> Value {
    call.json().unwrap_or_default()
}

/// Without those of the test call.
fn calls(crm: &World) -> Vec<Call> {
    let tests = ["/api/v1/accounts/region", "/v1/segments", "/v1/workspaces"];
    crm.calls().into_iter().filter(|call| !tests.contains(&call.path.as_str())).collect()
}

fn lines(crm: &World) -> Vec<String> {
    calls(crm).iter().map(Call::line).collect()
}

async fn sync(crm: &World, account: &Account, person: &Person) -> rehearsal::Outcome {
    run(crm, account, &Task::Sync(person.clone()), 0).await
}

#[tokio::test]
async fn a_first_sync_is_what_the_product_page_promises() {
    let (crm, account) = world(|_| {}).await;
    let done = sync(&crm, &account, &person(&crm)).await;
    assert!(done.is_success(), "{:?}", done.faults);
    let attributes = format!("GET /v1/customers/{PERSON}/attributes");
    let segments = format!("GET /v1/customers/{PERSON}/segments");
    let put = format!("PUT /api/v1/customers/{PERSON}");
    let add = "POST /api/v1/segments/7/add_customers".to_owned();
    // Each of the two writes shows at the third reading.
    let [seen, on] = [&attributes, &segments].map(|read| [read.clone(), read.clone(), read.clone()]);
    let expected: Vec<String> = [attributes, put].into_iter().chain(seen).chain([add]).chain(on).collect();
    assert_eq!(lines(&crm), expected);
    let calls = calls(&crm);
    assert_eq!(calls[0].parameter("id_type"), Some("email"));
    assert!(calls[0].bearer().starts_with("canaryappkey") && calls[1].header("authorization").starts_with("Basic "));
    assert_eq!(
        body(&calls[1]),
        json!({
            "email": EMAIL, "first_name": "Lauren", "last_name": "van Vale", "created_at": 1_790_000_000,
            "rekomi_tags": "Rekomi affiliate,VIP,spring & summer", "rekomi_status": "approved",
        })
    );
    assert_eq!((calls[5].parameter("id_type"), body(&calls[5])), (Some("email"), json!({"ids": [EMAIL]})));
}

#[tokio::test]
async fn without_the_app_key_it_is_one_write_that_subscribes_nobody() {
    let (crm, account) = world(|inside| inside.unsubscribed(EMAIL)).await;
    let account = blind(&account);
    let alone = Person { lists: Vec::new(), ..person(&crm) };
    let done = sync(&crm, &account, &alone).await;
    assert!(done.is_success(), "{:?}", done.faults);
    assert_eq!(lines(&crm), [format!("PUT /api/v1/customers/{PERSON}")]);
    assert_eq!(body(&calls(&crm)[0]).get("unsubscribed"), None);
    let contact = crm.with(|crm| {
        crm.settle();
        crm.contact(EMAIL)
    });
    assert_eq!(contact.map(|contact| contact.subscribed), Some(Subscribed::No));
    let fault = run(&crm, &account, &Task::Lists, 0).await.faults.pop().unwrap();
    assert_eq!((fault.kind, fault.code), (FaultKind::Settings, "app_key_needed"));
    assert!(fault.message.contains("App API key"), "{}", fault.message);
}

#[tokio::test]
async fn every_spelling_of_unsubscribed_is_a_no() {
    for (value, out) in
        [(json!(true), true), (json!("TRUE"), true), (json!("1"), true), (json!(1), true), (json!(false), false)]
    {
        let (crm, account) = world(|inside| inside.put(EMAIL, "unsubscribed", value.clone())).await;
        let done = sync(&crm, &account, &person(&crm)).await;
        assert_eq!(done.left_alone.is_some(), out, "{value}");
        assert_eq!(lines(&crm).iter().all(|line| line.starts_with("GET ")), out, "{value}");
    }
}

#[tokio::test]
async fn a_date_that_is_there_stays_where_it_can_be_seen() {
    let (crm, account) = world(|inside| inside.put(EMAIL, "created_at", json!(1_400_000_000))).await;
    for (account, sent) in [(account.clone(), false), (blind(&account), true)] {
        let before = calls(&crm).len();
        assert!(sync(&crm, &account, &person(&crm)).await.is_success());
        let put = calls(&crm).split_off(before).into_iter().find(|call| call.method == "PUT").unwrap();
        assert_eq!(body(&put).get("created_at").is_some(), sent);
    }
    // What the brand corrected after the first sync stays.
    let before = calls(&crm).len();
    let again = Person { is_synced: true, ..person(&crm) };
    assert!(sync(&crm, &blind(&account), &again).await.is_success());
    let put = calls(&crm).split_off(before).into_iter().find(|call| call.method == "PUT").unwrap();
    assert_eq!(body(&put).get("created_at"), None);
}

/// Walks with a fake server for each region, as their variables would point.
async fn across(us: &World, eu: &World, account: &Account, task: &Task) -> Result<(Known, Vec<String>), Fault> {
    let mut walk = Walk::new(providers::named("customer-io").unwrap(), account, task);
    let mut polls = Vec::new();
    while let Some(request) = walk.next(now())? {
        polls.push(format!("{} {}", request.host.url, request.path));
        let base = if request.host.name == "CUSTOMERIO_EU" { eu.base() } else { us.base() };
        walk.parse_response(&send(base, &request).await?, now())?;
    }
    Ok((walk.known.clone(), polls))
}

fn of(home: &'static str, region: &'static str, reports: bool) -> World {
    crm::start(Box::new(CustomerIo::at(region, home, reports)))
}

#[tokio::test]
async fn the_region_is_found_the_us_first() {
    for reports in [true, false] {
        let (us, eu) = (of("eu", "us", reports), of("eu", "eu", reports));
        let mut account = Account { credentials: us.with(|crm| crm.credentials()), found: Known::new() };
        let (known, polls) = across(&us, &eu, &account, &Task::Check).await.unwrap();
        assert_eq!(polls[0], "https://track.customer.io /api/v1/accounts/region");
        let second = if reports {
            "https://api-eu.customer.io /v1/segments"
        } else {
            "https://track-eu.customer.io /api/v1/accounts/region"
        };
        assert_eq!(polls[1], second);
        assert_eq!(known.maybe("region").as_deref(), Some("eu"));
        assert_eq!(known.maybe("account").as_deref(), Some("Canary SaaS (EU)"));
        account.found = known;
        let (_, polls) = across(&us, &eu, &account, &Task::Sync(person(&eu))).await.unwrap();
        assert!(polls.contains(&format!("https://track-eu.customer.io /api/v1/customers/{PERSON}")), "{polls:?}");
        assert!(polls.iter().all(|url| url.contains("-eu.")), "{polls:?}");
    }
    let (us, eu) = (of("us", "us", true), of("us", "eu", true));
    let account = blind(&Account { credentials: us.with(|crm| crm.credentials()), found: Known::new() });
    let (known, polls) = across(&us, &eu, &account, &Task::Check).await.unwrap();
    assert_eq!(polls, ["https://track.customer.io /api/v1/accounts/region"]);
    assert_eq!(known.maybe("account").as_deref(), Some("Workspace 4711 (US)"));
}

#[tokio::test]
async fn trouble_in_the_us_does_not_keep_the_eu_from_being_asked() {
    for mood in [404, 500, 503].map(|status| Mood::Says(status, Value::Null)).into_iter().chain([Mood::Garbage]) {
        let (us, eu) = (of("eu", "us", true), of("eu", "eu", true));
        us.when("GET", mood.clone());
        let account = Account { credentials: us.with(|crm| crm.credentials()), found: Known::new() };
        let (known, _) = across(&us, &eu, &account, &Task::Check).await.unwrap();
        assert_eq!(known.maybe("region").as_deref(), Some("eu"));
        eu.with(|crm| crm.revoke());
        let fault = across(&us, &eu, &account, &Task::Check).await.unwrap_err();
        assert_eq!((fault.kind, fault.code), (FaultKind::Passing, "vendor_error"));
        assert!(fault.message.contains("in the US"), "{}", fault.message);
    }
    let (us, eu) = (of("us", "us", true), of("us", "eu", true));
    let account = Account { credentials: us.with(|crm| crm.credentials()), found: Known::new() };
    us.once("GET", Mood::Busy(7));
    let fault = across(&us, &eu, &account, &Task::Check).await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::Busy);
    us.with(|crm| crm.revoke());
    eu.with(|crm| crm.revoke());
    let fault = across(&us, &eu, &account, &Task::Check).await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::Credentials);
}

#[tokio::test]
async fn the_documented_calls_are_enough() {
    for status in [404, 405] {
        let crm = crm::start(Box::new(CustomerIo::default()));
        for request in ["GET /v1/workspaces", "GET /v1/customers/"] {
            crm.when(request, Mood::Says(status, Value::Null));
        }
        // The id of the workspace is a nicety.
        let place = json!({"url": "https://track.customer.io", "region": "us"});
        crm.when("GET /api/v1/accounts/region", Mood::Says(200, place));
        let account = connected(&crm).await;
        assert_eq!(account.found.maybe("account").as_deref(), Some("Customer.io workspace (US)"));
        for account in [account.clone(), blind(&account)] {
            for _ in 0..2 {
                let done = sync(&crm, &account, &person(&crm)).await;
                assert!(done.is_success(), "{:?}", done.faults);
                let contact = crm.with(|crm| {
                    crm.settle();
                    crm.contact(EMAIL)
                });
                let contact = contact.unwrap();
                assert!(contact.lists.contains("7") && contact.tags.contains("Rekomi affiliate"), "{contact:?}");
            }
        }
        assert_eq!(lines(&crm).iter().filter(|line| line.starts_with("GET ")).count(), 6, "nothing is polled");
    }
}

#[tokio::test]
async fn which_key_is_wrong_is_said() {
    let (crm, account) = world(|_| {}).await;
    for (field, words) in [("apiKey", "site ID and the API key"), ("appApiKey", "the App API key")] {
        let mut wrong = account.clone();
        wrong.found = Known::new();
        wrong.credentials.insert(field.to_owned(), "wrong".to_owned());
        let fault = run(&crm, &wrong, &Task::Check, 0).await.faults.pop().unwrap();
        assert_eq!(fault.kind, FaultKind::Credentials);
        assert!(fault.message.contains(words), "{}", fault.message);
    }
    let mut missing = account;
    missing.credentials.remove("siteId");
    let fault = run(&crm, &missing, &Task::Check, 0).await.faults.pop().unwrap();
    assert!(fault.kind == FaultKind::Credentials && fault.message.contains("siteId"), "{fault:?}");
}

#[tokio::test]
async fn what_was_accepted_and_dropped_is_no_success_where_it_can_be_seen() {
    let (crm, account) = world(|inside| inside.stuck = true).await;
    let fault = sync(&crm, &account, &person(&crm)).await.faults.pop().expect("200 was taken for success");
    assert_eq!((fault.kind, fault.code), (FaultKind::Refused, "not_confirmed"));
    assert!(!lines(&crm).iter().any(|line| line.contains("add_customers")), "whoever isn\u{2019}t there joins nothing");
}

#[tokio::test]
async fn a_workspace_without_email_as_identifier_is_left_as_it_is() {
    let (crm, account) = world(|inside| inside.by_email = false).await;
    let fault = sync(&crm, &account, &person(&crm)).await.faults.pop().unwrap();
    assert_eq!((fault.kind, fault.code), (FaultKind::Settings, "no_email_identifier"));
    assert!(lines(&crm).iter().all(|line| line.starts_with("GET ")));
}

#[tokio::test]
async fn only_manual_segments_are_offered_and_others_are_told_apart() {
    let (crm, account) = world(|_| {}).await;
    let picked = run(&crm, &account, &Task::Lists, 0).await.known.choices();
    let picked: Vec<(&str, &str)> = picked.iter().map(|one| (one.id.as_str(), one.name.as_str())).collect();
    assert_eq!(picked, [("6", "Beta"), ("7", "Affiliates")]);
    for id in ["1", "99"] {
        let list = Choice { id: id.to_owned(), name: "Gone".to_owned() };
        let fault = sync(&crm, &account, &Person { lists: vec![list], ..person(&crm) }).await.faults.pop().unwrap();
        assert_eq!((fault.kind, fault.code), (FaultKind::Settings, "list_missing"));
    }
}

#[tokio::test]
async fn who_leaves_is_marked_but_not_made_anew() {
    let (crm, account) = world(|_| {}).await;
    let tags = vec!["Rekomi former affiliate".to_owned()];
    let gone = Person { affiliate_status: AffiliateStatus::Left, lists: Vec::new(), tags, ..person(&crm) };
    for account in [account.clone(), blind(&account)] {
        assert!(sync(&crm, &account, &gone).await.is_success());
        crm.with(|crm| crm.settle());
        assert_eq!(crm.with(|crm| crm.contacts()), 0);
    }
    let put = calls(&crm).into_iter().find(|call| call.method == "PUT").unwrap();
    let sent = body(&put);
    assert_eq!((&sent["_update"], &sent["rekomi_status"]), (&json!(true), &json!("left")));
    assert_eq!(sent.get("created_at"), None);
}

#[tokio::test]
async fn tags_that_do_not_fit_are_refused_whole() {
    let (crm, account) = world(|_| {}).await;
    let tags = (0..60).map(|number| format!("a tag of twenty bytes {number}")).collect();
    let fault = sync(&crm, &account, &Person { tags, ..person(&crm) }).await.faults.pop().unwrap();
    assert_eq!((fault.kind, fault.code), (FaultKind::Refused, "tags_too_long"));
    assert!(lines(&crm).iter().all(|line| line.starts_with("GET ")));
}

#[tokio::test]
async fn an_event_carries_a_ulid_and_its_moment() {
    let (crm, account) = world(|_| {}).await;
    let event = connector::Event {
        name: "affiliate_approved".to_owned(),
        id: uuid::Uuid::from_u128(0x0192_0000_0000_7000_8000_0000_0000_0001),
        at: now(),
        properties: json!({"program": "Canary"}).as_object().unwrap().clone(),
    };
    assert!(run(&crm, &account, &Task::Event(person(&crm), event), 0).await.is_success());
    let call = calls(&crm).pop().unwrap();
    assert_eq!(call.line(), format!("POST /api/v1/customers/{PERSON}/events"));
    let sent = body(&call);
    assert_eq!((&sent["name"], &sent["timestamp"]), (&json!("affiliate_approved"), &json!(1_795_163_400)));
    assert_eq!((&sent["data"], sent["id"].as_str().map(str::len)), (&json!({"program": "Canary"}), Some(26)));
}

#[tokio::test]
async fn who_leaves_while_it_is_under_way_joins_nothing() {
    let (crm, account) = world(|_| {}).await;
    let task = Task::Sync(Person { affiliate_status: AffiliateStatus::Left, ..person(&crm) });
    for action in [Action::Join, Action::Confirm] {
        let (step, known) = (Step::about(action, "7"), Known::new());
        let ctx = StepContext {
            account: &account,
            task: &task,
            step: &step,
            known: &known,
            polls: 0,
            now: now(),
            sync: None,
        };
        let polls = providers::named("customer-io").unwrap().request(&ctx);
        assert!(matches!(polls, Ok(StepRequest::Nothing(_))), "{polls:?}");
    }
}

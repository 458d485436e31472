//! Goal: Klaviyo gets what the product page promises, an accepted job is never taken for a finished one, and whatever the
//! key lacks is named.

use connector::{
    Account, Action, AffiliateStatus, Connector as _, FaultKind, Known, Person, Step, StepContext, StepRequest, Task,
    Walk, providers,
};
use serde_json::{Value, json};
use world::fakes::{
    Call, FakeServer, Mood,
    crm::{
        self, Crm, Subscribed,
        klaviyo::{DOUBLE, KEY, Klaviyo, SINGLE},
        rehearsal::{self, connected, now, run, send},
    },
};

type World = FakeServer<Box<dyn Crm>>;

const EMAIL: &str = "lauren+shop@creators.test";

async fn world(prepare: impl FnOnce(&mut Klaviyo)) -> (World, Account) {
    let mut klaviyo = Klaviyo::default();
    prepare(&mut klaviyo);
    let crm = crm::start(Box::new(klaviyo));
    let credentials = crm.with(|crm| crm.credentials());
    (crm, Account { credentials, found: Known::new() })
}

fn person(crm: &World, list: &str) -> Person {
    let list = connector::Choice { id: list.to_owned(), name: "Affiliates".to_owned() };
    Person { lists: vec![list], ..rehearsal::person(crm, EMAIL) }
}

fn body(call: &Call) -> Value {
    serde_json::from_slice(&call.body).unwrap_or_default()
}

fn lines(crm: &World) -> Vec<String> {
    crm.calls().iter().map(Call::line).collect()
}

#[tokio::test]
async fn a_first_sync_is_what_the_product_page_promises() {
    let (crm, account) = world(|_| {}).await;
    let done = run(&crm, &account, &Task::Sync(person(&crm, SINGLE)), 0).await;
    assert!(done.is_success(), "{:?}", done.faults);
    let calls = crm.calls();
    let list = format!("GET /api/lists/{SINGLE}");
    let members = format!("{list}/relationships/profiles");
    let profile = "GET /api/profiles";
    let writes = ["POST /api/profile-import", "POST /api/profile-subscription-bulk-create-jobs"];
    // The job is done at the third reading; of the list one is enough then.
    let expected = [&list, profile, writes[0], writes[1], profile, profile, profile, &members];
    assert_eq!(lines(&crm), expected);
    assert_eq!(calls[1].parameter("filter"), Some("equals(email,\"lauren+shop@creators.test\")"));
    assert_eq!(calls[1].parameter("additional-fields[profile]"), Some("subscriptions"));
    assert_eq!(calls[1].header("authorization"), format!("Klaviyo-API-Key {KEY}"));
    let properties =
        json!({"rekomi_tags": ["Rekomi affiliate", "VIP", "spring & summer"], "rekomi_status": "approved"});
    let attributes = json!({"email": EMAIL, "first_name": "Lauren", "last_name": "van Vale", "properties": properties});
    assert_eq!(body(&calls[2]), json!({"data": {"type": "profile", "attributes": attributes}}));
    let subscriptions = json!({"email": {"marketing": {"consent": "SUBSCRIBED"}}});
    let profile = json!({"type": "profile", "attributes": {"email": EMAIL, "subscriptions": subscriptions}});
    assert_eq!(
        body(&calls[3]),
        json!({"data": {
            "type": "profile-subscription-bulk-create-job",
            "attributes": {"custom_source": "Rekomi", "profiles": {"data": [profile]}},
            "relationships": {"list": {"data": {"type": "list", "id": SINGLE}}},
        }})
    );
}

#[tokio::test]
async fn without_consent_the_list_is_joined_and_nobody_is_subscribed() {
    let (crm, account) = world(|_| {}).await;
    let quiet = Person { consent: None, ..person(&crm, SINGLE) };
    let done = run(&crm, &account, &Task::Sync(quiet), 0).await;
    assert!(done.is_success(), "{:?}", done.faults);
    let contact = crm.with(|crm| crm.contact(EMAIL)).unwrap();
    assert_eq!(contact.subscribed, Subscribed::Unsaid);
    assert!(contact.lists.contains(SINGLE) && contact.tags.contains("Rekomi affiliate"), "{contact:?}");
    assert!(lines(&crm).contains(&format!("POST /api/lists/{SINGLE}/relationships/profiles")));
    assert!(!lines(&crm).iter().any(|line| line.contains("subscription-bulk")));
}

#[tokio::test]
async fn every_missing_scope_is_named_at_the_test_call() {
    let expected =
        ["accounts:read", "lists:read", "lists:write", "profiles:read", "profiles:write", "subscriptions:write"];
    for scope in expected {
        let (crm, account) = world(|klaviyo| klaviyo.scopes.retain(|known| *known != scope)).await;
        let tested = run(&crm, &account, &Task::Check, 0).await;
        let fault = tested.faults.last().unwrap_or_else(|| panic!("{scope} wasn\u{2019}t missed"));
        assert_eq!((fault.kind, fault.code), (FaultKind::Rights, "missing_scope"), "{scope}");
        assert!(fault.message.contains(&format!("missing {scope}.")), "{}", fault.message);
        assert_eq!(crm.with(|crm| crm.contacts()), 0);
    }
    let (crm, account) = world(|klaviyo| klaviyo.scopes = ["lists:read", "lists:write"].into()).await;
    let fault = run(&crm, &account, &Task::Check, 0).await.faults.pop().unwrap();
    let all = "accounts:read, profiles:read, profiles:write, subscriptions:write.";
    assert!(fault.message.contains(all), "{}", fault.message);
}

#[tokio::test]
async fn a_scope_that_is_missed_later_is_named_then() {
    let later = ["data-privacy:write", "events:write"];
    let (crm, account) = world(|klaviyo| klaviyo.scopes.retain(|known| !later.contains(known))).await;
    assert!(run(&crm, &account, &Task::Check, 0).await.is_success());
    let lauren = person(&crm, SINGLE);
    assert!(run(&crm, &account, &Task::Sync(lauren.clone()), 0).await.is_success());
    let event = connector::Event {
        name: "affiliate_approved".to_owned(),
        id: uuid::Uuid::from_u128(1),
        at: now(),
        properties: serde_json::Map::new(),
    };
    for (task, scope) in [(Task::Forget(lauren.clone()), later[0]), (Task::Event(lauren, event), later[1])] {
        let fault = run(&crm, &account, &task, 0).await.faults.pop().unwrap();
        assert!(fault.kind == FaultKind::Rights && fault.message.contains(scope), "{fault:?}");
    }
}

#[tokio::test]
async fn the_harmless_write_of_the_test_call_passes_with_any_other_answer() {
    for status in [202, 400, 404, 405, 409, 422, 500] {
        let (crm, account) = world(|_| {}).await;
        crm.when("POST /api/profile-subscription-bulk-create-jobs", Mood::Says(status, Value::Null));
        assert!(run(&crm, &account, &Task::Check, 0).await.is_success(), "{status}");
    }
    for status in [401, 429] {
        let (crm, account) = world(|_| {}).await;
        crm.when("POST /api/profile-subscription-bulk-create-jobs", Mood::Says(status, Value::Null));
        assert!(run(&crm, &account, &Task::Check, 0).await.ended, "{status}");
    }
}

#[tokio::test]
async fn the_documented_calls_are_enough() {
    for status in [404, 405] {
        let (crm, account) = world(|_| {}).await;
        // One list, and its members.
        crm.when("GET /api/lists/", Mood::Says(status, Value::Null));
        assert!(run(&crm, &account, &Task::Check, 0).await.is_success());
        for consent in [None, person(&crm, SINGLE).consent] {
            let lauren = Person { consent, ..person(&crm, SINGLE) };
            for _ in 0..2 {
                let done = run(&crm, &account, &Task::Sync(lauren.clone()), 0).await;
                assert!(done.is_success(), "{:?}", done.faults);
                let contact = crm.with(|crm| crm.contact(EMAIL)).unwrap();
                assert!(contact.lists.contains(SINGLE) && contact.tags.contains("Rekomi affiliate"), "{contact:?}");
            }
        }
    }
}

#[tokio::test]
async fn never_subscribed_is_not_suppressed() {
    for (consent, alone) in [("NEVER_SUBSCRIBED", false), ("SUBSCRIBED", true), ("UNSUBSCRIBED", true)] {
        let (crm, account) = world(|_| {}).await;
        let marketing = json!({"consent": consent, "can_receive_email_marketing": false, "suppression": []});
        let attributes = json!({"email": EMAIL, "subscriptions": {"email": {"marketing": marketing}}});
        let found =
            json!({"data": [{"type": "profile", "id": "01KDVDNA00FEC9RPB7DK000001", "attributes": attributes}]});
        crm.once("GET /api/profiles", Mood::Says(200, found));
        let done = run(&crm, &account, &Task::Sync(person(&crm, SINGLE)), 0).await;
        assert_eq!((done.left_alone.is_some(), done.is_success()), (alone, !alone), "{consent}: {:?}", done.faults);
    }
}

#[tokio::test]
async fn a_page_of_the_firewall_says_nothing_about_the_key() {
    let (crm, account) = world(|_| {}).await;
    crm.once("GET", Mood::Writes(403, Vec::new(), "<html>Just a moment</html>".to_owned()));
    let tested = run(&crm, &account, &Task::Check, 1).await;
    assert!(tested.is_success() && tested.faults[0].kind == FaultKind::Passing, "{:?}", tested.faults);
}

#[tokio::test]
async fn a_public_key_is_told_apart_before_anything_is_sent() {
    let (crm, mut account) = world(|_| {}).await;
    account.credentials.insert("apiKey".to_owned(), "AbC123".to_owned());
    let fault = run(&crm, &account, &Task::Check, 0).await.faults.pop().unwrap();
    assert!(fault.kind == FaultKind::Credentials && fault.message.contains("pk_"), "{fault:?}");
    assert!(crm.calls().is_empty());
}

/// Walks to the end; says what went wrong and how long was waited in all.
async fn patiently(crm: &World, account: &Account, task: &Task) -> (Option<connector::Fault>, u64) {
    let mut walk = Walk::new(providers::named("klaviyo").unwrap(), account, task);
    let mut waited = 0;
    while let Some(request) = walk.next(now()).unwrap() {
        match walk.parse_response(&send(crm.base(), &request).await.unwrap(), now()) {
            Ok(pause) => waited += pause.as_secs(),
            Err(fault) => return (Some(fault), waited),
        }
    }
    (None, waited)
}

#[tokio::test]
async fn an_accepted_job_that_never_happens_is_no_success() {
    let (crm, account) = world(|klaviyo| klaviyo.stuck = true).await;
    let (fault, waited) = patiently(&crm, &account, &Task::Sync(person(&crm, SINGLE))).await;
    let fault = fault.expect("202 was taken for success");
    assert_eq!((fault.kind, fault.code), (FaultKind::Refused, "not_confirmed"));
    assert!((300..=600).contains(&waited), "{waited} s");
}

#[tokio::test]
async fn double_opt_in_is_said_and_their_click_ends_it() {
    let (crm, account) = world(|_| {}).await;
    let task = Task::Sync(person(&crm, DOUBLE));
    let (fault, _) = patiently(&crm, &account, &task).await;
    let fault = fault.expect("nobody clicked");
    assert_eq!((fault.kind, fault.code), (FaultKind::Refused, "awaiting_opt_in"));
    assert!(fault.message.contains("double opt-in"), "{}", fault.message);
    assert_eq!(crm.with(|crm| crm.contact(EMAIL)).unwrap().subscribed, Subscribed::Pending);

    let (crm, account) = world(|klaviyo| {
        klaviyo.of(EMAIL).consent = Some("SUBSCRIBED");
        klaviyo.join(EMAIL, DOUBLE);
    })
    .await;
    assert!(run(&crm, &account, &task, 0).await.is_success(), "once they clicked, a re-sync succeeds");
}

#[tokio::test]
async fn suppressions_of_every_kind_are_respected() {
    for reason in ["HARD_BOUNCE", "INVALID_EMAIL", "SPAM_COMPLAINT", "UNSUBSCRIBE", "USER_SUPPRESSED"] {
        let (crm, account) = world(|klaviyo| klaviyo.of(EMAIL).suppression = Some(reason)).await;
        let done = run(&crm, &account, &Task::Sync(person(&crm, SINGLE)), 0).await;
        assert!(done.left_alone.is_some_and(|why| why.contains("unsubscribed")), "{reason}");
        assert!(!lines(&crm).iter().any(|line| line.starts_with("POST")), "{reason}");
    }
    for (list, alone) in [(SINGLE, true), ("L00001", false)] {
        let (crm, account) = world(|klaviyo| klaviyo.of(EMAIL).off.extend([list.to_owned()])).await;
        let done = run(&crm, &account, &Task::Sync(person(&crm, SINGLE)), 0).await;
        assert_eq!(done.left_alone.is_some(), alone, "{list}");
    }
}

#[tokio::test]
async fn who_unsubscribed_and_leaves_is_still_marked_but_not_made_anew() {
    let (crm, account) = world(|klaviyo| klaviyo.unsubscribed(EMAIL)).await;
    let gone = Person {
        affiliate_status: AffiliateStatus::Left,
        lists: Vec::new(),
        tags: vec!["Rekomi former affiliate".to_owned()],
        ..person(&crm, SINGLE)
    };
    assert!(run(&crm, &account, &Task::Sync(gone.clone()), 0).await.is_success());
    let contact = crm.with(|crm| crm.contact(EMAIL)).unwrap();
    assert_eq!((contact.status.as_deref(), contact.subscribed), (Some("left"), Subscribed::No));
    let (crm, account) = world(|_| {}).await;
    assert!(run(&crm, &account, &Task::Sync(gone), 0).await.is_success());
    assert_eq!(crm.with(|crm| crm.contacts()), 0);
}

#[tokio::test]
async fn properties_of_the_brands_own_stay() {
    let (crm, account) = world(|klaviyo| {
        klaviyo.of(EMAIL).properties.insert("loyalty_active".to_owned(), json!(true));
    })
    .await;
    assert!(run(&crm, &account, &Task::Sync(person(&crm, SINGLE)), 0).await.is_success());
    let import = crm.calls().into_iter().find(|call| call.line() == "POST /api/profile-import").unwrap();
    assert_eq!(body(&import).pointer("/data/attributes/properties/loyalty_active"), None);
}

#[tokio::test]
async fn a_deleted_list_is_told_by_joining_it() {
    for consent in [None, rehearsal::person(&world(|_| {}).await.0, EMAIL).consent] {
        let (crm, account) = world(|_| {}).await;
        let lauren = Person { consent, ..person(&crm, "gone99") };
        let fault = run(&crm, &account, &Task::Sync(lauren), 0).await.faults.pop().unwrap();
        assert_eq!((fault.kind, fault.code), (FaultKind::Settings, "list_missing"));
        assert_eq!(crm.with(|crm| crm.contact(EMAIL)).unwrap().subscribed, Subscribed::Unsaid);
    }
}

#[tokio::test]
async fn the_picker_reads_on_past_ten_lists() {
    let (crm, account) = world(|_| {}).await;
    let found = run(&crm, &account, &Task::Lists, 0).await;
    assert_eq!(found.known.choices().len(), 11);
    assert_eq!(lines(&crm), ["GET /api/lists", "GET /api/lists"]);
}

#[tokio::test]
async fn an_event_carries_what_makes_it_count_once() {
    let (crm, account) = world(|_| {}).await;
    let id = uuid::Uuid::from_u128(0x0192_0000_0000_7000_8000_0000_0000_0001);
    let properties = json!({"amountCents": 2_500, "currency": "USD"});
    let event = connector::Event {
        name: "commission_earned".to_owned(),
        id,
        at: now(),
        properties: properties.as_object().unwrap().clone(),
    };
    assert!(run(&crm, &account, &Task::Event(person(&crm, SINGLE), event), 0).await.is_success());
    let metric = json!({"data": {"type": "metric", "attributes": {"name": "commission_earned"}}});
    let profile = json!({"data": {"type": "profile", "attributes": {"email": EMAIL}}});
    assert_eq!(
        body(&crm.calls()[0]).pointer("/data/attributes"),
        Some(&json!({
            "unique_id": id.to_string(), "time": "2026-11-20T08:30:00Z", "properties": properties,
            "metric": metric, "profile": profile,
        }))
    );
}

#[tokio::test]
async fn one_subscribe_a_second_with_jitter() {
    let (crm, _) = world(|_| {}).await;
    let account = connected(&crm).await;
    let task = Task::Sync(person(&crm, SINGLE));
    let mut walk = Walk::new(providers::named("klaviyo").unwrap(), &account, &task);
    let mut paced = Vec::new();
    while let Some(request) = walk.next(now()).unwrap() {
        paced.push((request.path.clone(), request.pace));
        walk.parse_response(&send(crm.base(), &request).await.unwrap(), now()).unwrap();
    }
    let slow = paced.iter().filter(|(_, pace)| *pace == "subscribe").map(|(path, _)| path.as_str());
    assert_eq!(slow.collect::<Vec<_>>(), ["/api/profile-subscription-bulk-create-jobs"]);
    let pace = providers::klaviyo::CONNECTOR.descriptor().pace("subscribe").unwrap();
    assert!(pace.per_minute == 60 && pace.burst == 1 && pace.jitter_ms > 0);
}

#[tokio::test]
async fn who_leaves_while_it_is_under_way_joins_nothing() {
    let (crm, account) = world(|_| {}).await;
    let task = Task::Sync(Person { affiliate_status: AffiliateStatus::Left, ..person(&crm, SINGLE) });
    for action in [Action::Join, Action::Confirm] {
        let (step, known) = (Step::about(action, SINGLE), Known::new());
        let ctx = StepContext {
            account: &account,
            task: &task,
            step: &step,
            known: &known,
            polls: 0,
            now: now(),
            sync: None,
        };
        let polls = providers::named("klaviyo").unwrap().request(&ctx);
        assert!(matches!(polls, Ok(StepRequest::Nothing(_))), "{polls:?}");
    }
}

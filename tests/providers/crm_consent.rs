//! Goal: nothing that is sent a second time rests on what was seen before it failed, and an answer with nothing in it counts for
//! nothing: a person who unsubscribes in between stays unsubscribed, whatever the vendor.
//! Method: the table of all vendors, each against its fake server, which takes a subscription at its word as its vendor does. Each
//! call of a first sync fails in turn; with the failure the person unsubscribes at the fake server. The same through the whole
//! ledger, with pauses and lost answers, is in `crm/meanwhile.rs`.

use connector::{Account, Action, Fault, Person, Task, Walk};
use serde_json::Value;
use world::fakes::{
    FakeServer, Mood,
    crm::{
        self, Contact, Crm, Subscribed,
        rehearsal::{connected, connector_of, lines, now, person, run, send},
    },
};

type FakeCrm = FakeServer<Box<dyn Crm>>;

async fn start(slug: &str) -> (FakeCrm, Account, Person) {
    let crm = crm::start(crm::of(slug));
    let account = connected(&crm).await;
    let person = person(&crm, "lauren@creators.test");
    (crm, account, person)
}

fn contact(crm: &FakeCrm, person: &Person) -> Option<Contact> {
    crm.with(|crm| {
        crm.settle();
        crm.contact(&person.email)
    })
}

/// What a vendor is asked for a first sync, and what it brings about.
async fn whole(slug: &str) -> (Vec<String>, Option<Contact>) {
    let (crm, account, person) = start(slug).await;
    let before = crm.calls().len();
    let done = run(&crm, &account, &Task::Sync(person.clone()), 0).await;
    assert!(done.is_success(), "{slug}: {:?}", done.faults);
    (lines(&crm).split_off(before), contact(&crm, &person))
}

fn slugs() -> Vec<&'static str> {
    crm::all().iter().map(|crm| crm.slug()).collect()
}

/// Whether a call only looks: there are vendors whose exports and searches are POSTs.
fn looks(line: &str) -> bool {
    ["GET ", "POST /users/export/", "POST /v3/search-contacts/"].iter().any(|start| line.starts_with(start))
}

#[tokio::test]
async fn who_unsubscribes_between_the_look_and_a_retry_stays_unsubscribed() {
    let mut wrong = Vec::new();
    for slug in slugs() {
        let (calls, _) = whole(slug).await;
        let writes = (0..calls.len()).filter(|nth| !looks(&calls[*nth]));
        for (nth, mood) in writes.flat_map(|nth| [Mood::Says(500, Value::Null), Mood::Breaks].map(|mood| (nth, mood))) {
            let (crm, account, person) = start(slug).await;
            let email = person.email.clone();
            crm.nth_then("", nth, mood.clone(), move |crm| {
                crm.settle();
                crm.leaves_list(&email);
            });
            let done = run(&crm, &account, &Task::Sync(person.clone()), 1).await;
            let what = format!("{slug}: {} under {mood:?}: {:?}", calls[nth], done.faults);
            assert!(!done.faults.is_empty(), "{what}: it never failed");
            let subscribed = contact(&crm, &person).map(|contact| contact.subscribed);
            if subscribed != Some(Subscribed::No) {
                wrong.push(format!("{what} {subscribed:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "subscribed again:\n{}", wrong.join("\n"));
}

#[tokio::test]
async fn who_unsubscribed_before_a_retry_of_the_first_write_is_left_alone() {
    for slug in slugs() {
        let (calls, _) = whole(slug).await;
        let (crm, account, person) = start(slug).await;
        if !crm.with(|crm| crm.reports_consent()) {
            continue;
        }
        let first = calls.iter().position(|line| !looks(line)).unwrap();
        let email = person.email.clone();
        crm.nth_then("", first, Mood::Says(500, Value::Null), move |crm| crm.leaves_list(&email));
        let done = run(&crm, &account, &Task::Sync(person), 1).await;
        assert!(done.left_alone.is_some_and(|why| why.contains("unsubscribed")), "{slug}: {:?}", done.faults);
    }
}

#[tokio::test]
async fn a_success_with_nothing_in_it_is_none() {
    for slug in slugs() {
        let (calls, expected) = whole(slug).await;
        for (nth, call) in calls.iter().enumerate() {
            let (crm, account, person) = start(slug).await;
            crm.nth("", nth, Mood::Says(200, Value::Null));
            let done = run(&crm, &account, &Task::Sync(person.clone()), 1).await;
            let what = format!("{slug}: call {nth} ({call}): {:?}", done.faults);
            assert_eq!(done.left_alone, None, "{what}");
            if done.ended {
                // It was read back, and wasn't there.
                assert_eq!(done.faults.last().map(|fault| fault.code), Some("not_confirmed"), "{what}");
            } else {
                assert_eq!(contact(&crm, &person), expected, "{what}");
            }
        }
    }
}

/// Words that agree to something in a person's name.
const CONSENT: [&str; 7] =
    ["\"subscribed\"", "SUBSCRIBED", "\"granted\"", "\"active\"", "\"status\":1", "status_if_new", "opted_in"];

#[tokio::test]
async fn every_write_that_carries_consent_names_the_looks_that_it_rests_on() {
    for slug in slugs() {
        let (crm, account, person) = start(slug).await;
        let task = Task::Sync(person);
        let mut walk = Walk::new(connector_of(&crm), &account, &task);
        while let Some(request) = walk.next(now()).unwrap() {
            let (step, body) = (walk.step().unwrap(), String::from_utf8(request.bytes().0).unwrap());
            // Tags have states too.
            let word = CONSENT.iter().find(|word| step.action != Action::Tag && body.contains(**word));
            if let Some(word) = word {
                assert!(!step.depends_on.is_empty(), "{slug}: \u{201c}{step}\u{201d} says {word} and rests on nothing");
            }
            let parsed: Result<_, Fault> = walk.parse_response(&send(crm.base(), &request).await.unwrap(), now());
            parsed.unwrap_or_else(|fault| panic!("{slug}: {step}: {fault:?}"));
        }
    }
}
